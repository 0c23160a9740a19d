"""Whether the data under the numbers are whole: rows lost in joining, failed checks, rungs that nobody labelled."""

from collections.abc import Iterable, Mapping
from typing import Any

from lib.release.gates.gate import GateResult, held_against
from schemas.contracts.release_settings import ReleaseSettings


def join_loss(rows: Iterable[Mapping[str, Any]], settings: ReleaseSettings) -> list[GateResult]:
    """Share of each log's rows that are in quarantine, in [0, 1]; `rows`: period, source, rows_in, rows_quarantined."""
    results = []
    for row in rows:
        rows_in, lost = int(row["rows_in"]), int(row["rows_quarantined"])
        share = lost / rows_in if rows_in else None
        results.append(
            held_against(
                "join_loss",
                share,
                settings.maximum_join_loss,
                reason=f"{share or 0:.1%} of the rows of {row['source']} are in quarantine, more than "
                f"{settings.maximum_join_loss:.1%}; see the table `quarantine` for why, and mend the delivery",
                scope={"period": str(row["period"])},
                subject=str(row["source"]),
            )
        )
    return results


def data_checks(rows: Iterable[Mapping[str, Any]], settings: ReleaseSettings) -> list[GateResult]:
    """Share of the checked days on which a check of severity `fail` failed, per table, in [0, 1].

    `rows`: period, table_name, n_days (days with checks), n_failed_days and check_names (some that failed).
    """
    results = []
    for row in rows:
        reason = (
            f"data checks of {row['table_name']} failed on {row['n_failed_days']} of {row['n_days']} days "
            f"({', '.join(row['check_names'])}); mend the data and run the days again"
        )
        share = row["n_failed_days"] / row["n_days"]
        scope, subject = {"period": str(row["period"])}, str(row["table_name"])
        limit = settings.maximum_failed_days
        results.append(held_against("data_checks", share, limit, reason=reason, scope=scope, subject=subject))
    return results


def unlabelled_rung(rows: Iterable[Mapping[str, Any]], settings: ReleaseSettings) -> list[GateResult]:
    """Share of the days on which a rung was drawn and has no verdict at all, in [0, 1].

    `rows`: period, policy, rung (its position on the ladder, from 1), n_days (days on which it was drawn) and
    n_unlabelled (of them without a verdict).
    """
    results = []
    for row in rows:
        reason = (
            f"units were drawn to rung {row['rung']} of the ladder on {row['n_days']} days, and on "
            f"{row['n_unlabelled']} of them none has a verdict yet; import the labels and estimate the days again"
        )
        share = row["n_unlabelled"] / row["n_days"]
        scope, subject = {name: str(row[name]) for name in ("period", "policy")}, f"rung {row['rung']}"
        limit = settings.maximum_unlabelled_days
        results.append(held_against("unlabelled_rung", share, limit, reason=reason, scope=scope, subject=subject))
    return results
