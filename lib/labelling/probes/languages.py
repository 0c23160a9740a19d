"""Other languages and scripts, and other languages in Latin letters."""

from collections.abc import Iterator

from lib.labelling.probes.probe_case import ProbeCase, phrase_case
from schemas.contracts.probe import ProbeLexicon

_LATIN = "-Latn"


def language_cases(lexicon: ProbeLexicon) -> Iterator[ProbeCase]:
    """The lexicon's phrases in other languages: tactics other_languages and transliteration."""
    for tag, pair in sorted(lexicon.languages.items()):
        tactic = "transliteration" if tag.endswith(_LATIN) else "other_languages"
        for texts, is_violating in ((pair.violating, True), (pair.not_violating, False)):
            for number, text in enumerate(texts):
                yield phrase_case(
                    text,
                    policy=lexicon.policy,
                    tactic=tactic,
                    is_violating=is_violating,
                    number=number,
                    language=tag.removesuffix(_LATIN),
                )
