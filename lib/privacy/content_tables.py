"""Every table that holds content, and how it goes: with its row, or out of columns of a row that stays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas import (
    golden_set,
    interaction_units,
    label_rationales,
    llm_answers,
    quarantine,
    review_rejects,
    sample_content,
    sample_embeddings,
    stream_waiting,
)
from schemas.contracts.privacy_settings import PrivacySettings
from schemas.table_spec import TableSpec

_IMAGE = ("image_signature", "image_url", "title")
_PIN = ("slot", "pin_id", "is_viewed", "event_ts", *_IMAGE)
_VERDICT = ("policy", "verdict", "violating_components", "severity", "confidence", "rationale")


def bare_unit() -> dict[str, Column]:
    """What is left of a unit: it stays in the population, is counted, and its Pins are."""
    nothing = {name: _nothing() for name in ("query_text", "response_text")}
    return nothing | {"pins": _without("pins", _PIN, gone=_IMAGE), "has_content": F.lit(False)}


def bare_record() -> dict[str, Column]:
    """What is left of a quarantined record: it stays in the account of its log."""
    return {"record": _nothing()}


def bare_answer() -> dict[str, Column]:
    """What is left of a model's answer: it stays on the bill, and its verdicts stay."""
    return {"answer": _nothing(), "verdicts": _without("verdicts", _VERDICT, gone=("rationale",))}


def _nothing() -> Column:
    return F.lit(None).cast("string")


def _without(array: str, fields: tuple[str, ...], *, gone: tuple[str, ...]) -> Column:
    """The structs of an array with all `fields`, those of `gone` null."""

    def bare(entry: Column) -> Column:
        return F.struct(*[(_nothing() if name in gone else entry[name]).alias(name) for name in fields])

    return F.transform(array, bare)


def _any_row() -> Column:
    return F.lit(True)


@dataclass(frozen=True)
class ContentTable:
    """A table, the rows that hold content, and the columns that make them bare; without any, the row is deleted."""

    spec: TableSpec
    bare: Callable[[], Mapping[str, Column]] | None = None
    has_content: Callable[[], Column] = _any_row


UNITS = ContentTable(interaction_units.TABLE, bare_unit, lambda: F.col("has_content"))
RECORDS = ContentTable(quarantine.TABLE, bare_record, lambda: F.col("record").isNotNull())
ANSWERS = ContentTable(
    llm_answers.TABLE,
    bare_answer,
    lambda: F.col("answer").isNotNull() | F.exists("verdicts", lambda said: said["rationale"].isNotNull()),
)
RATIONALES = ContentTable(label_rationales.TABLE)
SAMPLE = ContentTable(sample_content.TABLE)
SAMPLE_IMAGES = ContentTable(sample_embeddings.TABLE)
# Rows wait for minutes; those of a stream that was given up would stay.
ARRIVED = ContentTable(stream_waiting.TABLE)
REJECTS = ContentTable(review_rejects.TABLE)


def content_tables(settings: PrivacySettings) -> tuple[ContentTable, ...]:
    """All of them, in the order in which they are cleared: what leads to content last."""
    return (ANSWERS, RATIONALES, REJECTS, golden_items(settings), SAMPLE, SAMPLE_IMAGES, ARRIVED, RECORDS, UNITS)


def golden_items(settings: PrivacySettings) -> ContentTable:
    """The golden set without what is kept by settings.golden_items_kept."""

    def is_let_go() -> Column:
        is_curated = F.col("source") == "curated"
        kinds = {"anchors": F.col("is_anchor"), "curated": is_curated, "sampled": ~is_curated}
        is_kept = F.lit(False)
        for kind in settings.golden_items_kept:
            is_kept = is_kept | kinds[kind]
        return ~is_kept

    return ContentTable(golden_set.TABLE, has_content=is_let_go)
