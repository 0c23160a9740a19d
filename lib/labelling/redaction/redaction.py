"""Replaces personal data in a text by typed placeholders."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from lib.labelling.redaction.emails import find_emails
from lib.labelling.redaction.folded_text import FoldedText
from lib.labelling.redaction.handles import find_handles
from lib.labelling.redaction.image_addresses import clean_image_address
from lib.labelling.redaction.national_ids import find_national_ids
from lib.labelling.redaction.network_addresses import find_network_addresses
from lib.labelling.redaction.payment_numbers import find_ibans, find_payment_cards
from lib.labelling.redaction.phone_numbers import find_phone_numbers
from lib.labelling.redaction.secrets import find_secrets
from lib.labelling.redaction.specimen import SPECIMEN, SPECIMEN_ADDRESSES
from schemas.contracts.canonical_hash import canonical_hash
from schemas.contracts.redaction_settings import PLACEHOLDERS, Kind, RedactionSettings

Finder = Callable[[str, RedactionSettings], Iterator[tuple[int, int]]]

# In the order in which they claim a place: what has check digits or a form of its own before what is only a number.
_FINDERS: Mapping[Kind, Finder] = {
    "secret": find_secrets,
    "email": find_emails,
    "iban": find_ibans,
    "payment_card": find_payment_cards,
    "national_id": find_national_ids,
    "ip_address": find_network_addresses,
    "phone": find_phone_numbers,
    "handle": find_handles,
}
# What stands beside a placeholder may now stand alone: the text is read again until nothing more is found.
_MOST_READINGS = 8
_VERSION_DIGITS = 16


@dataclass(frozen=True)
class Redaction:
    """What is taken out of content before anybody labels it, by `settings`."""

    settings: RedactionSettings = field(default_factory=RedactionSettings)

    @functools.cached_property
    def version(self) -> str:
        """Hash of the settings and of what the rules make of a specimen: part of every prompt_version."""
        read = [*map(self.text, SPECIMEN), *map(self.image_address, SPECIMEN_ADDRESSES)]
        return canonical_hash([self.settings.model_dump(mode="json"), read])[:_VERSION_DIGITS]

    def text(self, text: str) -> str:
        """`text` with a placeholder for everything personal in it; redacting twice changes nothing more."""
        for _ in range(_MOST_READINGS):
            redacted = self._read_once(text)
            if redacted == text:
                break
            text = redacted
        return text

    def image_address(self, url: str) -> str | None:
        """`url` without what may be secret or personal in its parameters; null if the rest of it still is."""
        of_people = sorted({"email", "secret"} & set(self.settings.kinds))
        if not of_people:
            return url
        clean = clean_image_address(url, signed_hosts=tuple(self.settings.signed_image_hosts))
        if clean is None:
            return url if self.text(url) == url else None
        # A number in a path names a picture and no person; an address of a person, or a token, names one.
        named = Redaction(self.settings.model_copy(update={"kinds": of_people}))
        place = clean.partition("?")[0]
        return clean if named.text(unquote(place)) == unquote(place) else None

    def _read_once(self, text: str) -> str:
        folding = FoldedText.of(text)
        places = _without_overlaps(
            [
                (start, end, rank, kind)
                for rank, (kind, find) in enumerate(_FINDERS.items())
                if kind in self.settings.kinds
                for start, end in find(folding.folded, self.settings)
            ]
        )
        parts, begin = [], 0
        for start, end, kind in places:
            first, last = folding.span(start, end)
            parts += [text[begin:first], PLACEHOLDERS[kind]]
            begin = last
        return "".join([*parts, text[begin:]])


def _without_overlaps(found: list[tuple[int, int, int, Kind]]) -> list[tuple[int, int, Kind]]:
    """Places in their order; those that overlap become one, of the kind that comes first among the finders."""
    merged: list[tuple[int, int, int, Kind]] = []
    for start, end, rank, kind in sorted(found):
        if merged and start < merged[-1][1]:
            before = merged.pop()
            first = min((before[2], before[3]), (rank, kind))
            merged.append((before[0], max(end, before[1]), *first))
        else:
            merged.append((start, end, rank, kind))
    return [(start, end, kind) for start, end, _, kind in merged]
