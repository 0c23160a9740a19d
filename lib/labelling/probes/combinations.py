"""Harm only in the combination: query, response and titles together, and each of them alone as the harmless case."""

from collections.abc import Iterator

from lib.labelling.probes.probe_case import ProbeCase, phrase_case
from schemas.contracts.probe import ProbeLexicon
from schemas.contracts.unit_content import PinContent, UnitContent

TACTIC = "combination"


def combination_cases(lexicon: ProbeLexicon) -> Iterator[ProbeCase]:
    """Every combination, and its parts each in dull surroundings, where they must not violate."""
    for combination in lexicon.combinations:
        content = UnitContent(
            query_text=combination.query,
            response_text=combination.response,
            pins=tuple(PinContent(title=title) for title in combination.titles),
            language="en",
        )
        yield ProbeCase(
            policy=lexicon.policy,
            tactic=TACTIC,
            expected_verdict="violating",
            components=("combination",),
            content=content,
            family=combination.query,
        )
        for number, text in enumerate((combination.query, combination.response, ", ".join(combination.titles))):
            yield phrase_case(
                text,
                policy=lexicon.policy,
                tactic=TACTIC,
                is_violating=False,
                number=number,
                family=combination.query,
            )
