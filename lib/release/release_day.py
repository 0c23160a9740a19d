"""Releases a day: decides on every number whose period contains it, and records what the decision rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from lib.moments.periods import owned_rows, periods_of
from lib.release.code_version import code_version
from lib.release.content_fingerprint import n_rows_gone
from lib.release.day_state import TABLES_READ, DayState
from lib.release.evidence import spans_of
from lib.release.gate_verdicts import Decision, Evidence
from lib.release.past_decisions import PastReleases, decisions_before, past_releases
from lib.release.recorded_settings import settings_hash, settings_text
from lib.release.release_inputs import (
    EVIDENCE,
    ReleaseInputs,
    evidence_fingerprint,
    policy_hashes,
    release_id_of,
)
from lib.release.restatements import ChangedInputs, restatement_rows
from lib.run_context import RunContext
from lib.storage import Commit, Storage
from schemas import labels, prevalence, release_gates, released_prevalence, releases, restatements
from schemas.contracts.canonical_hash import canonical_hash
from schemas.contracts.policy import Policy
from schemas.contracts.sampling_design import SamplingDesign
from schemas.contracts.settings import Settings


@dataclass(frozen=True)
class Release:
    """A decided release.

    Args:
        release_id: its id
        released_at: when it was decided, UTC
        is_new: whether this run decided it; an earlier run did where the inputs are the same
        past: the releases before it
        state: the day as it was read
        inputs: what it rests on
        decision: the numbers as decided, and the gates
    """

    release_id: str
    released_at: datetime
    is_new: bool
    past: PastReleases
    state: DayState
    inputs: ReleaseInputs
    decision: Decision

    @property
    def previous(self) -> Mapping[str, Any] | None:
        """The day's release before it as a row of `releases`; None if there is none."""
        return self.past.previous


def decide_release(
    storage: Storage,
    settings: Settings,
    *,
    policies: Sequence[Policy],
    design: SamplingDesign,
    run_context: RunContext,
) -> Release:
    """Decide on the run's day. Equal inputs as the day's release before: that release again, at its own time."""
    versions = storage.versions_of_existing(TABLES_READ)
    pinned = storage.at_versions(versions)
    state = DayState(pinned, settings, [policy.id for policy in policies], design.design_id, run_context.ds)
    numbers = state.numbers()
    evidence = state.evidence(numbers)
    inputs = _inputs(state, versions, evidence, policies=policies, design=design, run_context=run_context)
    state.require_fresh_moments(inputs.fingerprints)
    past = _past(storage, state)
    previous = past.previous
    if previous is not None and previous["inputs_hash"] == inputs.inputs_hash:
        release_id, is_new = str(previous["release_id"]), False
        # Spark hands a timestamp over in the driver's own time zone, without naming it.
        released_at = previous["released_at"].astimezone(UTC)
    else:
        before = str(previous["release_id"]) if previous else None
        release_id = release_id_of(state.ds, state.design_id, inputs, previous_release_id=before)
        released_at, is_new = run_context.now_after(past.last_released_at, what="release"), True
    decision = state.decision(numbers, evidence, released_at=released_at)
    return Release(release_id, released_at, is_new, past, state, inputs, decision)


def write_release(storage: Storage, release: Release, run_context: RunContext) -> list[Commit]:
    """Record a new release, and set status, reasons and release in `prevalence`.

    The row of `releases` comes after what belongs to it: a run that is killed before leaves no release behind, and what
    it did leave is replaced by the next one.
    """
    commits = _record(storage, release, run_context) if release.is_new else []
    numbers = storage.rows(prevalence.TABLE, [_working_row(number, release) for number in release.decision.numbers])
    owned = owned_rows(periods_of(release.state.ds), design_id=release.state.design_id)
    return [*commits, storage.replace(prevalence.TABLE, run_context.stamp(numbers), where=owned)]


def _record(storage: Storage, release: Release, run_context: RunContext) -> list[Commit]:
    state, decision = release.state, release.decision
    of_release = {"release_id": release.release_id, "design_id": state.design_id, "ds": state.ds}
    restated = _restated(storage, release)
    decided = [dict(number) | of_release | {"released_at": release.released_at} for number in decision.numbers]
    found = [result.record() | of_release for result in decision.gates]
    corrected = [row | of_release | {"restated_at": release.released_at} for row in restated]
    row = release.inputs.record() | of_release | {
        "previous_release_id": release.previous["release_id"] if release.previous else None,
        "released_at": release.released_at,
        "n_released": len(decision.numbers) - decision.n_held,
        "n_held": decision.n_held,
        "n_restated": len(restated),
    }  # fmt: skip
    belongs = ((release_gates.TABLE, found), (released_prevalence.TABLE, decided), (restatements.TABLE, corrected))
    commits = [
        storage.replace(spec, run_context.stamp(storage.rows(spec, records)), where=_is_of_no_release(release))
        for spec, records in belongs
    ]
    recorded = run_context.stamp(storage.rows(releases.TABLE, [row]))
    return [*commits, storage.append_new(releases.TABLE, recorded, ds=state.ds)]


def _is_of_no_release(release: Release) -> str:
    """SQL condition: rows of the day and design that no row of `releases` stands for, and those that are to come."""
    state = release.state
    of_day = f"ds = DATE'{state.ds:%Y-%m-%d}' AND design_id = '{state.design_id}'"
    known = ", ".join(f"'{release_id}'" for release_id in release.past.release_ids)
    return f"{of_day} AND release_id NOT IN ({known})" if known else of_day


def _working_row(number: Mapping[str, Any], release: Release) -> dict[str, Any]:
    """The number as a row of `prevalence`, whose ds is the last day of its period, and whose counts stay."""
    counts = {name: number[name] or 0 for name in released_prevalence.FINDINGS}
    return dict(number) | counts | {"release_id": release.release_id}


def _inputs(
    state: DayState,
    versions: Mapping[str, int],
    evidence: Evidence,
    *,
    policies: Sequence[Policy],
    design: SamplingDesign,
    run_context: RunContext,
) -> ReleaseInputs:
    return ReleaseInputs(
        table_versions=versions,
        fingerprints=state.fingerprints() | {EVIDENCE: evidence_fingerprint(evidence)},
        settings=settings_text(state.settings),
        settings_hash=settings_hash(state.settings),
        policies=policy_hashes(policies),
        design_hash=canonical_hash(design.model_dump(mode="json")),
        prompt_versions=state.prompt_versions(),
        code_version=code_version(run_context.environment),
    )


def _past(storage: Storage, state: DayState) -> PastReleases:
    if storage.read_if_exists(releases.TABLE) is None:
        return PastReleases()
    return past_releases(storage.read_design(releases.TABLE, state.design_id), state.ds)


def _restated(storage: Storage, release: Release) -> list[dict[str, Any]]:
    state = release.state
    if storage.read_if_exists(releases.TABLE) is None:
        return []
    decided = storage.read_design(released_prevalence.TABLE, state.design_id)
    known = storage.read_design(releases.TABLE, state.design_id)
    spans = spans_of(release.decision.numbers)
    before = [row.asDict() for row in decisions_before(decided, known, spans).collect()]
    text = state.settings.release.restatement_cause
    changed = ChangedInputs(release.previous, release.inputs)
    found = restatement_rows(release.decision.numbers, before, changed=changed, cause_text=text)
    if not found or release.previous is None:
        return found
    # Which labels are gone is asked only if something came of it.
    exact = replace(changed, n_labels_gone=_n_labels_gone(storage, release))
    return restatement_rows(release.decision.numbers, before, changed=exact, cause_text=text)


def _n_labels_gone(storage: Storage, release: Release) -> int | None:
    """Labels of the day that the release before read and that are gone or changed; None if it cannot be known."""
    assert release.previous is not None  # noqa: S101 - the caller asked
    state = release.state
    earlier = storage.at_versions(release.previous["table_versions"])
    try:
        before, after = (s.read_design(labels.TABLE, state.design_id, state.ds) for s in (earlier, state.storage))
        return n_rows_gone(before, after)
    # A version that was vacuumed; engines raise errors of their own for it.
    except Exception:
        return None
