"""Other words for the same, the same words for something else: plain phrases, code words, look-alikes, contexts."""

from collections.abc import Iterator

from lib.labelling.probes.probe_case import ProbeCase, phrase_case
from schemas.contracts.probe import ProbeLexicon


def wording_cases(lexicon: ProbeLexicon) -> Iterator[ProbeCase]:
    """Plain phrases (the yardstick of all other tactics), code words, look-alikes, and harmless contexts by kind."""
    groups = [
        ("plain", lexicon.phrases, True),
        ("code_words", lexicon.code_words, True),
        ("look_alikes", lexicon.look_alikes, False),
        *((f"context_{kind}", texts, False) for kind, texts in sorted(lexicon.contexts.items())),
    ]
    for tactic, texts, is_violating in groups:
        for number, text in enumerate(texts):
            yield phrase_case(text, policy=lexicon.policy, tactic=tactic, is_violating=is_violating, number=number)
