"""What a labeler is shown of a unit, and nothing else of it: no identifiers, no scores, no personal data.

lib/labelling/redaction/shown_content.py makes it of rows; whoever builds one otherwise knows every word of it.
"""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from schemas.contracts.canonical_hash import canonical_hash


def whole_characters(text: str) -> str:
    """`text` with U+FFFD in place of half a surrogate pair, which no encoding can carry."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _whole_if_text(value: Any) -> Any:
    return whole_characters(value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_whole_if_text)]


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
