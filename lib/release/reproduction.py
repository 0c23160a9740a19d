"""Recomputes a release from the table versions it recorded, and says what differs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.release.content_fingerprint import content_fingerprints, n_rows_gone
from lib.release.day_state import DayState
from lib.release.recorded_settings import settings_of_text
from lib.release.release_inputs import EVIDENCE, evidence_fingerprint
from lib.release.restatements import is_same
from lib.storage import Storage
from schemas import labels, prevalence_moments, released_prevalence, releases
from schemas.contracts.moment_names import COUNT_COLUMNS, MAX_COLUMNS, SUM_COLUMNS
from schemas.contracts.settings import Settings
from schemas.errors import MissingInputError, ReproductionError
from schemas.released_prevalence import FIGURES, NUMBER

# A sum over another partitioning of the same rows differs in the last digits.
_SAME = 1e-9
_NAMED = 5
_COUNTS = ("n_llm", "n_human", "n_gold", "population_size")


def recorded_release(storage: Storage, release_id: str) -> dict[str, Any]:
    """The row of `releases`; raises MissingInputError if there is none."""
    rows = storage.read(releases.TABLE).where(F.col("release_id") == release_id).collect()
    if not rows:
        raise MissingInputError(
            f"Table `releases`: field `release_id` has no `{release_id}`; read the table for those that are there."
        )
    return dict(rows[0].asDict())


def reproduce(storage: Storage, release: Mapping[str, Any], settings: Settings) -> list[str]:
    """What differs between the release as recorded and as recomputed; empty if nothing does.

    Everything is read at the recorded versions: the moments of the day are made again from sample and labels, the
    numbers from moments, the decisions from the recorded settings. `settings` are those of this run.

    Raises:
        ReproductionError: a recorded version cannot be read, its content is not what the release read, or labels that
            it read were edited since.
    """
    recorded = settings_of_text(release["settings"], release_id=release["release_id"])
    pinned = storage.at_versions(release["table_versions"])
    state = DayState(pinned, recorded, sorted(release["policies"]), release["design_id"], release["ds"])
    _require_recorded_content(state, release)
    if not settings.release.accept_edited_labels:
        _require_kept_labels(storage, state, release)
    differing = moment_differences(state.recorded_moments(), state.recomputed_moments())
    return [*differing, *_number_differences(storage, state, release)]


def require_equal(release_id: str, differences: Sequence[str]) -> None:
    """Raise ReproductionError with what differs, up to five lines of it."""
    if differences:
        more = f"; and {len(differences) - _NAMED} more" if len(differences) > _NAMED else ""
        raise ReproductionError(f"Release {release_id}: differs. {'; '.join(differences[:_NAMED])}{more}")


def _require_recorded_content(state: DayState, release: Mapping[str, Any]) -> None:
    """Each table on its own, so that a version that is gone is named."""
    for table in sorted(set(release["fingerprints"]) - {EVIDENCE}):
        version = release["table_versions"][table]
        with _refused_if_unreadable(release, [table]):
            found = content_fingerprints({table: state.content(table)})[table]
        if found != release["fingerprints"][table]:
            raise ReproductionError(
                f"Release {release['release_id']}: refused, version {version} of table `{table}` does not hold what "
                f"it read: fingerprint {release['fingerprints'][table]} recorded, {found} found; its history was "
                "changed: restore the table from a backup."
            )


@contextmanager
def _refused_if_unreadable(release: Mapping[str, Any], tables: Sequence[str]) -> Iterator[None]:
    """Turn whatever the engine raises while it reads `tables` at their recorded versions into a refusal."""
    try:
        yield
    # Engines raise errors of their own here: py4j's where Spark runs beside the driver, gRPC's behind Connect.
    except Exception as error:
        named = " or ".join(f"version {release['table_versions'][table]} of table `{table}`" for table in tables)
        raise ReproductionError(
            f"Release {release['release_id']}: refused, {named} cannot be read ({_condition(error)}); vacuumed or "
            "damaged: restore its files, or keep versions longer (delta.logRetentionDuration, "
            "delta.deletedFileRetentionDuration)."
        ) from error


def _condition(error: Exception) -> str:
    """What Spark calls the error, for example DELTA_FILE_NOT_FOUND; the error's class where it calls it nothing."""
    named = re.search(r"\[([A-Z][A-Z0-9_.]+)\]", str(error))
    return named.group(1) if named else type(error).__name__


def _require_kept_labels(storage: Storage, state: DayState, release: Mapping[str, Any]) -> None:
    """Labels are append-only: what the release read must still be there, whatever came in since."""
    now = storage.read_design(labels.TABLE, state.design_id, state.ds)
    n_gone = n_rows_gone(state.content(labels.TABLE.name), now)
    if n_gone:
        raise ReproductionError(
            f"Release {release['release_id']}: refused, {n_gone} labels of {state.ds} that it read were edited or "
            f"erased since (table `labels` is append-only; version {release['table_versions']['labels']} has them "
            "still). See DESCRIBE HISTORY of the table for who did it; if it was meant to be, run the day again "
            "(run_chain --from calibrate_labelers), or reproduce from the recorded version with "
            "--set release.accept_edited_labels=true."
        )


def moment_differences(recorded: DataFrame, recomputed: DataFrame) -> list[str]:
    """Rows of the day's moments that come out otherwise, up to five of them by name."""
    key = [name for name in prevalence_moments.TABLE.key if name != "design_id"]
    names = (*SUM_COLUMNS, *COUNT_COLUMNS, *MAX_COLUMNS)
    a, b = (rows.select(*key, F.struct(*names).alias(side)) for rows, side in ((recorded, "a"), (recomputed, "b")))
    joined = a.join(b, key, "full_outer")
    differing = [F.when(_differs(F.col("a")[name], F.col("b")[name]), F.lit(name)) for name in names]
    is_unpaired = F.col("a").isNull() | F.col("b").isNull()
    found = joined.select(*key, is_unpaired.alias("is_unpaired"), F.array_compact(F.array(*differing)).alias("names"))
    wrong = found.where(F.col("is_unpaired") | (F.size("names") > 0))
    rows = wrong.orderBy(*key).limit(_NAMED).collect()
    if not rows:
        return []
    said = [
        f"moments of {' | '.join(row[name] for name in key)}: "
        + ("on one side only" if row["is_unpaired"] else ", ".join(row["names"][:_NAMED]))
        for row in rows
    ]
    return [f"{wrong.count()} rows of `prevalence_moments` come out otherwise from sample and labels", *said]


def _differs(a: Any, b: Any) -> Any:
    size = F.greatest(F.abs(a), F.abs(b))
    return F.abs(a - b) > F.lit(_SAME) * size


def _number_differences(storage: Storage, state: DayState, release: Mapping[str, Any]) -> list[str]:
    numbers = state.numbers()
    others = sorted(set(release["table_versions"]) - set(release["fingerprints"]))
    with _refused_if_unreadable(release, others):
        evidence = state.evidence(numbers)
    released_at = release["released_at"].astimezone(UTC)
    decided = state.decision(numbers, evidence, released_at=released_at).numbers
    is_of_release = F.col("release_id") == release["release_id"]
    rows = storage.read_day(released_prevalence.TABLE, state.ds).where(is_of_release).collect()
    differing = number_differences([row.asDict() for row in rows], decided)
    if evidence_fingerprint(evidence) != release["fingerprints"][EVIDENCE]:
        differing.append("what the gates went by is not what the release recorded (`gate_evidence`)")
    return differing


def number_differences(recorded: Sequence[Mapping[str, Any]], recomputed: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line per number that differs in figures, counts, status or reasons: recorded, then recomputed."""
    by_key = [{tuple(row[name] for name in NUMBER): row for row in rows} for rows in (recorded, recomputed)]
    lines = []
    for key in sorted(set(by_key[0]) | set(by_key[1]), key=str):
        old, new = (rows.get(key) for rows in by_key)
        name = " | ".join(str(part) for part in key[1:])
        if old is None or new is None:
            lines.append(f"{name}: {'not recorded' if old is None else 'not recomputed'}")
            continue
        is_equal = is_same(old, new, FIGURES) and all(old[c] == new[c] for c in (*_COUNTS, "status"))
        if not is_equal or list(old["hold_reasons"]) != list(new["hold_reasons"]):
            lines.append(f"{name}: recorded {_shown(old)}, recomputed {_shown(new)}")
    return lines


def _shown(row: Mapping[str, Any]) -> str:
    if row["status"] == "held":
        return f"held ({'; '.join(row['hold_reasons'])})"
    return f"{row['prevalence']!r} [{row['ci_low']!r}, {row['ci_high']!r}]"
