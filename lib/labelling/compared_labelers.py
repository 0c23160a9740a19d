"""Builds the two sides of a comparison from conf: a labeler each, and the policies that it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lib.labelling.disagreement_list import ComparisonTitle
from lib.labelling.labeler import Labeler, content_hash
from lib.labelling.labelers import build_labeler
from lib.labelling.redaction.redaction import Redaction
from lib.reporting.figures import day
from lib.run_context import RunContext
from lib.settings import load_policies
from lib.storage import Storage
from schemas.contracts.evaluation_settings import ComparedLabelerSettings
from schemas.contracts.labelling_settings import RungSettings
from schemas.contracts.policy import Policy
from schemas.contracts.settings import Settings
from schemas.errors import ConfigurationError


@dataclass(frozen=True)
class ComparedLabeler:
    """One side of a comparison: who labels, as which rung, by which policies."""

    labeler: Labeler
    rung: str
    policies: tuple[Policy, ...]

    @property
    def policy_versions(self) -> dict[str, str]:
        """Policy to the version that this side judges by."""
        return {policy.id: policy.version for policy in self.policies}

    @property
    def identity(self) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        """What makes it another side."""
        written = tuple((policy.id, policy.content_hash) for policy in self.policies)
        return self.labeler.labeler_id, self.labeler.prompt_version, written


def compared_labelers(
    settings: Settings, *, storage: Storage, run_context: RunContext
) -> tuple[ComparedLabeler, ComparedLabeler]:
    """Baseline and candidate of settings.evaluation, both for the policies that both have.

    Raises ConfigurationError if they are the same, share no policy, or one is a queue that people work through.
    """
    evaluation = settings.evaluation
    shared_by_sides: dict[str, Any] = {"redaction": Redaction(settings.privacy.redaction), "storage": storage}
    sides = [
        _side(compared, field, settings.labelling.rungs, run_context=run_context, **shared_by_sides)
        for field, compared in (("baseline", evaluation.baseline), ("candidate", evaluation.candidate))
    ]
    shared = set(sides[0].policy_versions) & set(sides[1].policy_versions)
    if not shared:
        raise ConfigurationError(
            "evaluation: baseline and candidate have no policy in common; give policies_folder of either side files "
            "with the same ids."
        )
    baseline, candidate = (
        ComparedLabeler(side.labeler, side.rung, tuple(policy for policy in side.policies if policy.id in shared))
        for side in sides
    )
    if baseline.identity == candidate.identity:
        raise ConfigurationError(
            f"evaluation: baseline and candidate are both labeler `{candidate.labeler.labeler_id}` with prompt_version "
            f"`{candidate.labeler.prompt_version}` and the same policies; give evaluation.candidate another "
            "labeler or another policies_folder."
        )
    return baseline, candidate


def comparison_id(baseline: ComparedLabeler, candidate: ComparedLabeler) -> str:
    """Content hash of both sides."""
    return content_hash([baseline.identity, candidate.identity])


def sides_as_columns(baseline: ComparedLabeler, candidate: ComparedLabeler, row: Mapping[str, Any]) -> dict[str, Any]:
    """`row` (of one policy) with the columns of prompt_evaluations that name the comparison and its sides."""
    named: dict[str, Any] = {"comparison_id": comparison_id(baseline, candidate)}
    for name, side in (("baseline", baseline), ("candidate", candidate)):
        named[f"{name}_labeler_id"] = side.labeler.labeler_id
        named[f"{name}_prompt_version"] = side.labeler.prompt_version
        named[f"{name}_policy_version"] = side.policy_versions[row["policy"]]
    return {**named, **row}


def title_of(baseline: ComparedLabeler, candidate: ComparedLabeler, ds: date) -> ComparisonTitle:
    """How the list of disagreements names the comparison."""
    names = [f"{side.labeler.labeler_id} ({side.labeler.prompt_version})" for side in (baseline, candidate)]
    return ComparisonTitle(day=day(ds), baseline=names[0], candidate=names[1])


def _side(
    compared: ComparedLabelerSettings,
    field: str,
    rungs: Sequence[RungSettings],
    *,
    redaction: Redaction,
    storage: Storage,
    run_context: RunContext,
) -> ComparedLabeler:
    rung = compared.labeler or rungs[0]
    if rung.is_labelled_by_import:
        raise ConfigurationError(
            f"evaluation.{field}.labeler: `{rung.labeler_id}` is a review queue, which cannot be asked on the spot; "
            "name a labeler of another kind."
        )
    policies = load_policies(Path(compared.policies_folder) if compared.policies_folder else None)
    labeler = build_labeler(
        rung, policies=policies, redaction=redaction, storage=storage, run_context=run_context, judges_any_day=True
    )
    return ComparedLabeler(labeler, rung.rung, tuple(policies))
