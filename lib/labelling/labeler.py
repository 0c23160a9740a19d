"""What a labeler is: something that gives verdicts on units, and says who it is."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Protocol

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# What a labeler may say beside its verdict.
OPTIONAL_VERDICT_COLUMNS = (
    "no_verdict_reason",
    "severity",
    "confidence",
    "rationale",
    "content_hash",
    "injection_signs",
    "cost",
    "seconds",
)


class Labeler(Protocol):
    """Gives verdicts on units.

    `labeler_id` and `prompt_version` name the labeler and exactly what it was shown or configured with: the same pair
    never labels a unit twice. `label_source` is the kind of labeler, shown beside every number that rests on it.
    """

    @property
    def labeler_id(self) -> str:
        """Who labels."""

    @property
    def label_source(self) -> str:
        """Kind of labeler: simulated, file, ..."""

    @property
    def prompt_version(self) -> str:
        """Content hash of what the labeler was shown or configured with."""

    @property
    def reads_content(self) -> bool:
        """Whether `verdicts` needs the units' query_text, response_text and pins."""

    def verdicts(self, units: DataFrame, policies: Sequence[str]) -> DataFrame:
        """Verdicts on `units` (rows of `samples`, with their content if `reads_content`).

        Returns unit_id, policy, verdict, violating_components, and any of OPTIONAL_VERDICT_COLUMNS; at most one row per
        unit and policy. A unit may be missing: it then has no verdict yet, which is not the same as a negative one, and
        the labeler is asked again when the day is labelled again. What is final without a verdict (a refusal, an
        answer that cannot be read) is `cannot_tell` with its no_verdict_reason.
        """


def content_hash(content: Any) -> str:
    """First 12 hex digits of SHA-256 over `content` as canonical JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:12]


def every_unit_and_policy(units: DataFrame, policies: Sequence[str]) -> DataFrame:
    """One row per unit and policy: unit_id, policy."""
    return units.select("unit_id", F.explode(F.array(*[F.lit(policy) for policy in policies])).alias("policy"))
