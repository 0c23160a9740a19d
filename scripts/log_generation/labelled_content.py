"""Content of interactions that carry real labelled texts; everything around them is benign filler."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.contracts.labelled_text_mapping import LabelledTextMapping
from scripts.log_generation.harm import Harm
from scripts.log_generation.interactions import Interactions
from scripts.log_generation.labelled_texts import LabelledTexts
from scripts.log_generation.records import query_ids, response_ids
from scripts.log_generation.synthetic_content import Content
from scripts.log_generation.texts import PhraseTable
from scripts.log_generation.traffic import LANGUAGES, LOWEST_WEEKDAY_FACTOR, DayPlan, IntArray, Stream

TURN_SHARE = 0.9
"""Share of a chunk's planned units that take the texts in turn, so that each appears; the others take popular ones.

Below 1 because some queries get no response that could hold a text.
"""
POPULARITY_EXPONENT, POPULARITY_OFFSET = 0.8, 5.0
"""The text of popularity rank r (from 0) is drawn in proportion to (r + offset)^-exponent."""


class LabelledContent:
    """Puts one labelled text into each interaction: into its query, its response, or half of them each."""

    def __init__(self, seed: int, texts: LabelledTexts, mapping: LabelledTextMapping) -> None:
        self._texts = texts
        self._place = mapping.place
        self._phrases = PhraseTable(seed)
        n_texts = len(texts.texts)
        rng = np.random.default_rng(np.random.SeedSequence([seed, int(Stream.ASSIGNMENT)]))
        self._order = rng.permutation(n_texts)
        weights = (np.arange(n_texts) + POPULARITY_OFFSET) ** -POPULARITY_EXPONENT
        self._popularity = np.cumsum(weights) / weights.sum()
        self._language_codes = tuple(dict.fromkeys([*LANGUAGES, *(x for x in texts.languages if x)]))
        self._language_of = np.array([self._language_codes.index(x) if x else -1 for x in texts.languages])
        self._is_placed = np.zeros(n_texts, dtype=np.bool_)
        self.policies = texts.policies
        self.marked_components: tuple[frozenset[str], ...] = (frozenset(),) * len(texts.policies)

    @property
    def n_placed_texts(self) -> int:
        """Texts that appeared at least once so far."""
        return int(self._is_placed.sum())

    def fill(self, plan: DayPlan, chunk: int, interactions: Interactions) -> Content:
        """Return the content of one chunk: filler, labelled texts, and their labels as harm of query or response."""
        benign = self._phrases.benign_texts(plan.random(Stream.TEXTS, chunk), interactions)
        harm = Harm.none(interactions, len(self.policies))
        rng = plan.random(Stream.ASSIGNMENT, chunk)
        queries, responses = self._places(interactions)
        order = rng.permutation(len(queries) + len(responses))
        text = np.empty(len(order), dtype=np.int64)
        text[order] = self._draw_texts(rng, plan, chunk, len(order))
        of_query, of_response = text[: len(queries)], text[len(queries) :]
        harm.query[queries] = self._texts.is_violating[of_query]
        harm.response[responses] = self._texts.is_violating[of_response]
        self._is_placed[text] = True
        texts = replace(
            benign,
            query_text=self._put(benign.query_text, queries, of_query),
            response_text=self._put(benign.response_text, responses, of_response),
        )
        spoken = self._with_languages(interactions, queries, responses, of_query, of_response)
        uses = self._uses(plan, interactions, queries, responses, text)
        return Content(spoken, texts, harm, extra_truth={"labelled_texts": uses})

    def _places(self, interactions: Interactions) -> tuple[IntArray, IntArray]:
        """List the queries and the responses that take a text; `alternate`: every other query leaves it to those."""
        takes_query = np.full(len(interactions.query_us), self._place == "query")
        if self._place == "alternate":
            takes_query = interactions.query_number % 2 == 0
        return np.flatnonzero(takes_query), np.flatnonzero(~takes_query[interactions.response_query])

    def _draw_texts(self, rng: np.random.Generator, plan: DayPlan, chunk: int, n: int) -> IntArray:
        """Draw `n` texts: most in turn, going on where the chunk or the day before stopped, some by popularity."""
        n_texts = len(self._order)
        units_before = sum(plan.chunk_sizes[:chunk])
        first = int(TURN_SHARE * units_before)
        in_turn = int(TURN_SHARE * (units_before + plan.chunk_sizes[chunk])) - first
        # Turns of a day are never fewer than this, whatever the weekday: the next day starts without a gap.
        turns_per_day = int(TURN_SHARE * LOWEST_WEEKDAY_FACTOR * plan.units_per_day)
        n_in_turn = max(0, min(in_turn, n, n_texts - first))
        turn = plan.ds.toordinal() * turns_per_day + first + np.arange(n_in_turn)
        by_popularity = np.searchsorted(self._popularity, rng.random(n - n_in_turn), side="right")
        rank = np.concatenate([turn % n_texts, np.minimum(by_popularity, n_texts - 1)])
        return np.asarray(self._order[rank], dtype=np.int64)

    def _put(self, filler: pa.StringArray, places: IntArray, text: IntArray) -> pa.StringArray:
        is_replaced = np.zeros(len(filler), dtype=np.bool_)
        is_replaced[places] = True
        return pc.replace_with_mask(filler, pa.array(is_replaced), self._texts.texts.take(pa.array(text)))

    def _with_languages(
        self, interactions: Interactions, queries: IntArray, responses: IntArray, *texts: IntArray
    ) -> Interactions:
        """Return the interactions in the language of their text, where the set names it."""
        language = interactions.language.copy()
        places = (queries, interactions.response_query[responses])
        for query, text in zip(places, texts, strict=True):
            language[query] = np.where(self._language_of[text] >= 0, self._language_of[text], language[query])
        return replace(interactions, language=language, language_codes=self._language_codes)

    def _uses(
        self, plan: DayPlan, interactions: Interactions, queries: IntArray, responses: IntArray, text: IntArray
    ) -> pa.Table:
        """Return one row per text placed: query_id, response_id (null if it is the query's), text_id, place."""
        query = np.concatenate([queries, interactions.response_query[responses]])
        response = np.concatenate([np.zeros_like(queries), responses])
        is_in_query = np.arange(len(query)) < len(queries)
        return pa.table(
            {
                "query_id": query_ids(plan, interactions).take(pa.array(query)),
                "response_id": response_ids(plan, interactions).take(pa.array(response, mask=is_in_query)),
                "text_id": self._texts.text_ids.take(pa.array(text)),
                "place": pa.array(["response", "query"]).take(pa.array(is_in_query.astype(np.int8))),
            }
        )
