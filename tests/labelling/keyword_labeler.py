"""A labeler that reads: it calls violating what holds one of its words, so that its rates on any set are known."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.labeler import content_hash, every_unit_and_policy


@dataclass(frozen=True)
class KeywordLabeler:
    """Policies to words; content with a word of `refused` gets no verdict, one of `slow` no answer yet."""

    words: dict[str, tuple[str, ...]]
    refused: tuple[str, ...] = ()
    slow: tuple[str, ...] = ()
    labeler_id: str = "keywords"
    label_source: str = "llm"
    reads_content: bool = True
    rationale: str = "it holds the word"
    cost: float = 0.01

    @property
    def prompt_version(self) -> str:
        return "keywords-" + content_hash([sorted(self.words.items()), self.refused, self.slow])

    def verdicts(self, units: DataFrame, policies: Sequence[str]) -> DataFrame:
        text = F.lower(F.concat_ws(" ", "query_text", "response_text", F.concat_ws(" ", "pins.title")))
        read = units.select("unit_id", text.alias("text"))
        judged = every_unit_and_policy(units, policies).join(read, "unit_id")
        is_found = F.lit(False)
        for policy, words in self.words.items():
            is_found = is_found | ((F.col("policy") == policy) & _holds_one_of(words))
        verdict = F.when(is_found, "violating").otherwise("not_violating")
        return judged.where(~_holds_one_of(self.slow)).select(
            "unit_id",
            "policy",
            F.when(_holds_one_of(self.refused), "cannot_tell").otherwise(verdict).alias("verdict"),
            F.when(is_found, F.array(F.lit("query")))
            .otherwise(F.array().cast("array<string>"))
            .alias("violating_components"),
            F.when(_holds_one_of(self.refused), "refused").alias("no_verdict_reason"),
            F.lit(self.rationale).alias("rationale"),
            F.lit(self.cost).alias("cost"),
        )


def _holds_one_of(words: Sequence[str]) -> Column:
    found = F.lit(False)
    for word in words:
        found = found | F.col("text").contains(word)
    return found
