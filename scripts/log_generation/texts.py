"""Texts assembled from tables of phrases by index, with code words put into them where harm or a false alarm calls."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.log_generation.harm import Harm
from scripts.log_generation.interactions import Interactions
from scripts.log_generation.policies import (
    PIN_FALSE_ALARM_RATE,
    SIGNAL_PROBABILITY,
    TEXT_FALSE_ALARM_RATE,
    PolicyProfile,
)
from scripts.log_generation.traffic import LANGUAGES, BoolArray, FloatArray, IntArray, Stream
from scripts.log_generation.vocabulary import OPENINGS, QUALIFIERS, TOPIC_WORDS

PHRASES_PER_LANGUAGE = 4_000
SECOND_WORD_PROBABILITY = 0.35
"""P(a telling component carries a second code word)."""
_WORD_DECAY = 0.85
"""Each code word is this much rarer in violating text than the one before it in the policy's list."""


@dataclass(frozen=True)
class Texts:
    """The texts of a chunk: one string (or null) per query, response and Pin."""

    query_text: pa.StringArray
    response_text: pa.StringArray
    title: pa.StringArray


class PhraseTable:
    """Benign phrases of every language, built once from the seed and then taken by index."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(np.random.SeedSequence([seed, int(Stream.PHRASES)]))
        phrases: list[str] = []
        for language in LANGUAGES:
            topics = [topic.split() for topic in TOPIC_WORDS[language]]
            topic_of = rng.integers(len(topics), size=PHRASES_PER_LANGUAGE)
            n_words = rng.integers(2, 6, size=PHRASES_PER_LANGUAGE)
            phrases += [
                " ".join(rng.permutation(topics[topic])[:n]) for topic, n in zip(topic_of, n_words, strict=True)
            ]
        self._phrases = pa.array(phrases, pa.string())
        self._qualifiers = _table(QUALIFIERS)
        self._openings = _table(OPENINGS)

    def benign_texts(self, rng: np.random.Generator, interactions: Interactions) -> Texts:
        """Benign queries, responses and titles in the language of each query."""
        of_response = interactions.language[interactions.response_query]
        of_pin = of_response[interactions.pin_response]
        return Texts(
            query_text=self._short_texts(rng, interactions.language),
            response_text=_join(
                self._some(rng, self._openings, of_response, len(OPENINGS["en"])),
                self._short_texts(rng, of_response),
                self._some(rng, self._phrases, of_response, PHRASES_PER_LANGUAGE),
            ),
            title=self._short_texts(rng, of_pin),
        )

    def _short_texts(self, rng: np.random.Generator, language: IntArray) -> pa.StringArray:
        phrases = self._some(rng, self._phrases, language, PHRASES_PER_LANGUAGE)
        return _join(phrases, self._some(rng, self._qualifiers, language, len(QUALIFIERS["en"])))

    @staticmethod
    def _some(rng: np.random.Generator, table: pa.StringArray, language: IntArray, per_language: int) -> pa.StringArray:
        """One entry of the language's part of `table` for each row; low entries are the popular ones."""
        entry = (per_language * rng.random(len(language)) ** 2).astype(np.int64)
        return table.take(pa.array(language * per_language + entry))


def _table(entries: dict[str, tuple[str, ...]]) -> pa.StringArray:
    return pa.array([entry for language in LANGUAGES for entry in entries[language]], pa.string())


def _join(*parts: pa.StringArray) -> pa.StringArray:
    """Join the parts of every row by a blank; a null part is left out."""
    return pc.binary_join_element_wise(*parts, " ", null_handling="skip")


@dataclass
class Insertions:
    """Words to put into some rows of a text column: row positions and the words, in the order of insertion."""

    rows: list[IntArray] = field(default_factory=list)
    words: list[pa.StringArray] = field(default_factory=list)

    def add(self, rows: IntArray, words: pa.StringArray) -> None:
        """Put `words` (one each) into `rows`."""
        self.rows.append(rows)
        self.words.append(words)

    def apply(self, texts: pa.StringArray) -> pa.StringArray:
        """`texts` with a row's first word in front and its further words behind; null texts become the words."""
        if not self.rows or not sum(map(len, self.rows)):
            return texts
        rows = np.concatenate(self.rows)
        order = np.argsort(rows, kind="stable")
        words = pa.concat_arrays(self.words).take(pa.array(order))
        touched, first, counts = np.unique(rows[order], return_index=True, return_counts=True)
        pieces = [texts.take(pa.array(touched))]
        for place in range(int(counts.max())):
            absent = counts <= place
            piece = words.take(pa.array(np.where(absent, 0, first + place), mask=absent))
            pieces.insert(0 if place == 0 else len(pieces), piece)
        is_touched = np.zeros(len(texts), dtype=np.bool_)
        is_touched[touched] = True
        return pc.replace_with_mask(texts, pa.array(is_touched), _join(*pieces))


def compose_texts(
    rng: np.random.Generator,
    phrases: PhraseTable,
    interactions: Interactions,
    harm: Harm,
    policies: Sequence[PolicyProfile],
) -> Texts:
    """Texts of the chunk: benign phrases, code words in most violating components and a few benign ones, markers."""
    benign = phrases.benign_texts(rng, interactions)
    return Texts(
        query_text=_with_signal(
            rng,
            benign.query_text,
            is_harmful=harm.query,
            has_marker=harm.query_marker,
            component="query",
            false_alarm_rate=TEXT_FALSE_ALARM_RATE,
            policies=policies,
        ),
        response_text=_with_signal(
            rng,
            benign.response_text,
            is_harmful=harm.response,
            has_marker=harm.response_marker,
            component="response",
            false_alarm_rate=TEXT_FALSE_ALARM_RATE,
            policies=policies,
        ),
        title=_with_signal(
            rng,
            benign.title,
            is_harmful=harm.pin,
            has_marker=harm.pin_marker,
            component="image",
            false_alarm_rate=PIN_FALSE_ALARM_RATE,
            policies=policies,
        ),
    )


def _with_signal(
    rng: np.random.Generator,
    texts: pa.StringArray,
    *,
    is_harmful: BoolArray,
    has_marker: BoolArray,
    component: str,
    false_alarm_rate: float,
    policies: Sequence[PolicyProfile],
) -> pa.StringArray:
    insertions = Insertions()
    for k, policy in enumerate(policies):
        if component in policy.markers:
            rows = np.flatnonzero(has_marker[:, k])
            insertions.add(rows, pa.repeat(policy.markers[component], len(rows)))
        telling = _word_shares(len(policy.code_words))
        harmful = np.flatnonzero(is_harmful[:, k])
        told = harmful[rng.random(len(harmful)) < SIGNAL_PROBABILITY]
        again = told[rng.random(len(told)) < SECOND_WORD_PROBABILITY]
        benign = np.flatnonzero(rng.random(len(texts)) < false_alarm_rate)
        alarmed = benign[~is_harmful[benign, k]]
        code_words = pa.array(policy.code_words, pa.string())
        for rows, shares in ((told, telling), (again, telling), (alarmed, telling[::-1])):
            insertions.add(rows, code_words.take(pa.array(rng.choice(len(code_words), len(rows), p=shares))))
    return insertions.apply(texts)


def _word_shares(n_words: int) -> FloatArray:
    weights = np.asarray(_WORD_DECAY ** np.arange(n_words), dtype=np.float64)
    return np.asarray(weights / weights.sum(), dtype=np.float64)
