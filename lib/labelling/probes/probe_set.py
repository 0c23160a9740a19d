"""The whole set of probes with its version."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lib.labelling.labeler import content_hash
from lib.labelling.probes.combinations import combination_cases
from lib.labelling.probes.edge_cases import edge_cases
from lib.labelling.probes.injections import injection_cases
from lib.labelling.probes.languages import language_cases
from lib.labelling.probes.probe_case import ProbeCase
from lib.labelling.probes.spelling import spelling_cases
from lib.labelling.probes.wording import wording_cases
from schemas.contracts.policy import Policy
from schemas.contracts.probe import ProbeLexicon

_GENERATORS = (wording_cases, spelling_cases, language_cases, combination_cases, injection_cases)


@dataclass(frozen=True)
class ProbeSet:
    """Every probe, each content once per policy and tactic, in a fixed order."""

    cases: tuple[ProbeCase, ...]

    @cached_property
    def version(self) -> str:
        """Content hash of all cases: it changes with policies, lexicons and rules, and with nothing else."""
        return "probes-" + content_hash(sorted(case.case_id for case in self.cases))


def probe_set(policies: Sequence[Policy], lexicons: Mapping[str, ProbeLexicon]) -> ProbeSet:
    """All probes of `policies`; one without a lexicon has its edge cases only."""
    cases = {case.case_id: case for policy in policies for case in _cases_of(policy, lexicons.get(policy.id))}
    return ProbeSet(tuple(sorted(cases.values(), key=lambda case: (case.policy, case.tactic, case.case_id))))


def _cases_of(policy: Policy, lexicon: ProbeLexicon | None) -> Iterator[ProbeCase]:
    yield from edge_cases(policy)
    if lexicon is not None:
        for generator in _GENERATORS:
            yield from generator(lexicon)
