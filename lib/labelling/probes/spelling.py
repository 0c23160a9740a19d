"""Obfuscated spelling: the words stay readable for people and change for machines."""

from collections.abc import Callable, Iterator, Mapping

from lib.labelling.probes.probe_case import ProbeCase, phrase_case
from schemas.contracts.probe import ProbeLexicon

_LEET = str.maketrans("aeiost", "431057")
# Cyrillic letters that look like Latin ones.
_HOMOGLYPHS = str.maketrans("aceopxyi", "асеорхуі")
_ZERO_WIDTH_SPACE = "\u200b"


def leet(text: str) -> str:
    """Digits for the letters that they resemble."""
    return text.translate(_LEET)


def spacing(text: str) -> str:
    """A space between all letters, three between words."""
    return "   ".join(" ".join(word) for word in text.split())


def homoglyphs(text: str) -> str:
    """Cyrillic letters in place of the Latin ones that look alike."""
    return text.translate(_HOMOGLYPHS)


def zero_width(text: str) -> str:
    """An invisible zero-width space after every second character of a word."""
    return " ".join(_ZERO_WIDTH_SPACE.join(word[i : i + 2] for i in range(0, len(word), 2)) for word in text.split())


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "leet": leet,
    "spacing": spacing,
    "homoglyphs": homoglyphs,
    "zero_width": zero_width,
}


def spelling_cases(lexicon: ProbeLexicon) -> Iterator[ProbeCase]:
    """Every phrase in every spelling, and every harmless look-alike: an odd spelling alone is no violation."""
    for tactic, respell in SPELLINGS.items():
        for texts, is_violating in ((lexicon.phrases, True), (lexicon.look_alikes, False)):
            for number, text in enumerate(texts):
                yield phrase_case(
                    respell(text),
                    policy=lexicon.policy,
                    tactic=tactic,
                    is_violating=is_violating,
                    number=number,
                    family=text,
                )
