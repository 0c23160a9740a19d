"""The one place where a row becomes what a labeler may see: nothing leaves unless it went through here."""

from collections.abc import Mapping
from typing import Any

from lib.labelling.redaction.redaction import Redaction
from schemas.contracts.unit_content import PinContent, UnitContent, whole_characters


def shown_content(row: Mapping[str, Any], redaction: Redaction) -> UnitContent:
    """The redacted content of a sampled unit with its content, or of a row of the golden set.

    Reads query_text, response_text, pins (mappings with title and image_url, in the order of slots) and the language:
    column `language`, or segment `language` (a mapping, or the pairs that Arrow gives for a map).
    """
    segments, pins = row.get("segments"), row.get("pins")
    language = row.get("language") or dict(() if segments is None else segments).get("language")
    return UnitContent(
        query_text=_redacted(row["query_text"], redaction),
        response_text=_redacted(row["response_text"], redaction),
        pins=tuple(_shown_pin(pin, redaction) for pin in (() if pins is None else pins)),
        language=None if language == "unknown" else _redacted(language, redaction),
    )


def _shown_pin(pin: Mapping[str, Any], redaction: Redaction) -> PinContent:
    url = pin["image_url"]
    shown_url = None if url is None else redaction.image_address(whole_characters(url))
    return PinContent(title=_redacted(pin["title"], redaction), image_url=shown_url)


def _redacted(text: str | None, redaction: Redaction) -> str | None:
    return None if text is None else redaction.text(whole_characters(text))
