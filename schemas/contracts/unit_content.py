"""What a labeler is shown of a unit, and nothing else of it: no identifiers, no scores."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict

from schemas.contracts.canonical_hash import canonical_hash


def _whole_characters(text: Any) -> Any:
    """`text` with U+FFFD in place of half a surrogate pair, which no encoding can carry."""
    if not isinstance(text, str):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


Text = Annotated[str, BeforeValidator(_whole_characters)]


class PinContent(BaseModel):
    """A Pin as the person saw it; both fields are hostile text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text | None = None
    image_url: Text | None = None


class UnitContent(BaseModel):
    """Query, response and Pins of one unit, in the order of slots; hostile text throughout."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query_text: Text | None = None
    response_text: Text | None = None
    pins: tuple[PinContent, ...] = ()
    language: Text | None = None

    @property
    def content_hash(self) -> str:
        """SHA-256 of the content as canonical JSON, 64 hex digits: units with equal content share it."""
        return canonical_hash(self.model_dump(mode="json"))

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """The content of a sampled unit with its content, or of a row of the golden set.

        Reads query_text, response_text, pins (mappings with title and image_url, in the order of slots) and the
        language: column `language`, or segment `language` (a mapping, or the pairs that Arrow gives for a map).
        """
        segments, pins = row.get("segments"), row.get("pins")
        language = row.get("language") or dict(() if segments is None else segments).get("language")
        shown = [PinContent(title=pin["title"], image_url=pin["image_url"]) for pin in (() if pins is None else pins)]
        return cls(
            query_text=row["query_text"],
            response_text=row["response_text"],
            pins=tuple(shown),
            language=None if language == "unknown" else language,
        )
