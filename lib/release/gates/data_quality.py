"""Whether the data under the numbers are whole: rows lost in joining, failed checks, rungs that nobody labelled."""

from collections.abc import Iterable, Mapping
from typing import Any

from lib.release.gates.gate import GateResult, held_against, held_for_lack, known_number
from schemas.contracts.release_settings import GateName, ReleaseSettings


def join_loss(rows: Iterable[Mapping[str, Any]], settings: ReleaseSettings) -> list[GateResult]:
    """Share of each log's rows that are in quarantine, in [0, 1]; `rows`: period, source, rows_in, rows_quarantined."""
    results = []
    for row in rows:
        rows_in, lost = known_number(row["rows_in"]), known_number(row["rows_quarantined"])
        scope, subject, limit = {"period": str(row["period"])}, str(row["source"]), settings.maximum_join_loss
        if rows_in is None or lost is None or lost > rows_in:
            reason = (
                f"row_account of {subject} has rows_in {row['rows_in']} and rows_quarantined "
                f"{row['rows_quarantined']}; run the days again"
            )
            results.append(held_for_lack("join_loss", limit, reason=reason, scope=scope, subject=subject))
            continue
        share = lost / rows_in if rows_in else None
        reason = (
            f"{share or 0:.1%} of the rows of {subject} are in quarantine, more than {limit:.1%}; "
            "see the table `quarantine` for why, and mend the delivery"
        )
        results.append(held_against("join_loss", share, limit, reason=reason, scope=scope, subject=subject))
    return results


def data_checks(rows: Iterable[Mapping[str, Any]], settings: ReleaseSettings) -> list[GateResult]:
    """Share of the checked days on which a check of severity `fail` or `hold` failed, per table, in [0, 1].

    `rows`: period, table_name, n_days (days with checks), n_failed_days and check_names (some that failed).
    """
    results = []
    for row in rows:
        reason = (
            f"data checks of {row['table_name']} failed on {row['n_failed_days']} of {row['n_days']} days "
            f"({', '.join(row['check_names'] or [])}); mend the data and run the days again"
        )
        scope, subject = {"period": str(row["period"])}, str(row["table_name"])
        share, limit = _share_of_days(row, "n_failed_days"), settings.maximum_failed_days
        results.append(_held_by_days("data_checks", share, limit, reason=reason, scope=scope, subject=subject))
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
        scope, subject = {name: str(row[name]) for name in ("period", "policy")}, f"rung {row['rung']}"
        share, limit = _share_of_days(row, "n_unlabelled"), settings.maximum_unlabelled_days
        results.append(_held_by_days("unlabelled_rung", share, limit, reason=reason, scope=scope, subject=subject))
    return results


def _share_of_days(row: Mapping[str, Any], name: str) -> float | None:
    """Of `n_days` those counted by `name`; None if the counts cannot be."""
    n_found, n_days = known_number(row[name]), known_number(row["n_days"])
    return n_found / n_days if n_found is not None and n_days else None


def _held_by_days(
    gate: GateName, share: float | None, limit: float, *, reason: str, scope: Mapping[str, str], subject: str
) -> GateResult:
    if share is None:
        lack = f"the days of {subject} cannot be counted; run the days again"
        return held_for_lack(gate, limit, reason=lack, scope=scope, subject=subject)
    return held_against(gate, share, limit, reason=reason, scope=scope, subject=subject)
