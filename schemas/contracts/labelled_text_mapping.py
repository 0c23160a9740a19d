"""How the columns of a public labelled text set map onto texts and policies (conf/imports/*.yaml)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

LabelValue = bool | int | float | str
ColumnName = Annotated[str, Field(min_length=1)]


class LabelledTextMapping(BaseModel):
    """One labelled text set: JSON lines or CSV (optionally .gz), a text column and one label column per policy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["jsonl", "csv"] = Field(description="How the records are written")
    text: ColumnName = Field(description="Column with the text")
    labels: dict[ColumnName, ColumnName] = Field(min_length=1, description="Policy to the column with its label")
    positive: tuple[LabelValue, ...] = Field(
        default=(1, True, "1"), min_length=1, description="Label values that count as violating, letter case ignored"
    )
    missing_label: Literal["negative", "drop_text"] = Field(
        default="negative", description="What an absent, null or empty label means: benign, or leave the text out"
    )
    id: ColumnName | None = Field(default=None, description="Column that names the text; without it the record number")
    language: ColumnName | None = Field(default=None, description="Column with the ISO 639 language of the text")
    place: Literal["query", "response", "alternate"] = Field(
        default="query", description="Where the text goes; alternate: half into queries, half into responses"
    )
