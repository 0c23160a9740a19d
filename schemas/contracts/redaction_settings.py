"""Which personal data is taken out of content before anybody labels it, and the placeholders that stand for it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from schemas.contracts.section import Section

Kind = Literal["email", "phone", "ip_address", "payment_card", "iban", "national_id", "secret", "handle"]

# A closed vocabulary. Whoever writes one himself gains nothing that writing an address would not give.
PLACEHOLDERS: dict[Kind, str] = {
    "email": "⟦e-mail⟧",
    "phone": "⟦phone⟧",
    "ip_address": "⟦IP address⟧",
    "payment_card": "⟦card number⟧",
    "iban": "⟦IBAN⟧",
    "national_id": "⟦national id⟧",
    "secret": "⟦secret⟧",
    "handle": "⟦handle⟧",
}

HostName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]


class RedactionSettings(Section):
    """What labelers must not see; everything that is known is taken out unless conf says otherwise."""

    kinds: list[Kind] = Field(
        default=sorted(PLACEHOLDERS),
        description="What is replaced: e-mail addresses; phone numbers; IP and MAC addresses; payment card numbers; "
        "IBANs; numbers built like national ids; passwords, tokens and keys, in URLs too; @handles",
    )
    own_domains: list[HostName] = Field(
        default_factory=list, description="Domains of your own: e-mail addresses at them and below them are shown"
    )
    own_numbers: list[Annotated[str, StringConstraints(pattern=r"^[+\d][\d ().\-/]{2,40}$")]] = Field(
        default_factory=list, description="Phone numbers of your own, as they are written or otherwise grouped"
    )
    own_handles: list[Annotated[str, StringConstraints(pattern=r"^@\w[\w.]*$")]] = Field(
        default_factory=list, description="@handles of your own"
    )
    signed_image_hosts: list[HostName] = Field(
        default_factory=list,
        description="Hosts whose pictures are served only with the parameters of their address: those are handed out. "
        "Elsewhere a parameter that may be a token or tell who looks is left out",
    )

    @field_validator("kinds")
    @classmethod
    def _name_each_once(cls, value: list[Kind]) -> list[Kind]:
        if repeated := sorted({kind for kind in value if value.count(kind) > 1}):
            raise ValueError(f"`{repeated[0]}` is there twice; write each kind once")
        return sorted(value)
