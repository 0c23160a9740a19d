"""The written policy's own edge cases: the sketch stands in for the content that it describes."""

from collections.abc import Iterator

from lib.labelling.probes.probe_case import ProbeCase
from schemas.contracts.policy import Policy
from schemas.contracts.unit_content import UnitContent

TACTIC = "edge_case"


def edge_cases(policy: Policy) -> Iterator[ProbeCase]:
    """One case per edge case of the policy.

    A labeler whose prompt quotes the policy has seen these, and a description is not the thing: read how the rates move
    between versions, not how high they are.
    """
    for edge in policy.edge_cases:
        yield ProbeCase(
            policy=policy.id,
            tactic=TACTIC,
            expected_verdict=edge.verdict,
            components=tuple(edge.violating_components),
            content=UnitContent(response_text=edge.sketch, language="en"),
            family=edge.sketch,
        )
