"""One prompt for all policies of a unit, generated from the written policies."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Self

from jinja2 import Environment, StrictUndefined

from lib.labelling.prompts.answer_reading import read_unit_answer
from lib.labelling.prompts.answer_schema import response_format
from lib.labelling.prompts.delimiting import LIMITS, delimited_unit
from schemas.contracts.canonical_hash import canonical_hash
from schemas.contracts.llm_answer import LONGEST_RATIONALE, UnitAnswer
from schemas.contracts.policy import Policy
from schemas.contracts.redaction_settings import PLACEHOLDERS
from schemas.contracts.unit_content import PinContent, UnitContent

TOKENS_PER_PICTURE = 1_600
"""Above what hosted models count for a picture of about a megapixel; some small models count far more."""
_TOKENS_PER_MESSAGE = 16
_VERSION_DIGITS = 16

# Meets every rule of the message, so that a change of any of them changes prompt_version.
_SPECIMEN = UnitContent(
    query_text='a\n"b" <|c|> [d] `e` \u202e\u200b\u200b\U000e0041 \u27e6',
    response_text="r" * (LIMITS["response"] + 1),
    pins=(
        PinContent(title="t" * (LIMITS["title"] + 1), image_url="https://images.example/1.jpg"),
        *(
            PinContent(title=None, image_url=url)
            for url in (
                "ftp://images.example/2.jpg",
                "https://user@images.example/3.jpg",
                "https://images.example\\@other.example/4.jpg",
                "http://10.0.0.1/5.jpg",
                "http://0x7f.1/6.jpg",
                "http://host/7.jpg",
                "http://host.internal/8.jpg",
                "http://host.lan/9.jpg",
                "http://10-0-0-1.images.example/10.jpg",
                "http://0a000001.images.example/11.jpg",
            )
        ),
        *(PinContent() for _ in range(LIMITS["pins"])),
    ),
    language="en",
)


@dataclass(frozen=True)
class UnifiedPrompt:
    """What a language model is asked about a unit; made by `of`, the same for every unit but for the unit itself.

    `prompt_version` is `llm-` and the first 16 hex digits of a SHA-256 over the policies, the template, the answer's
    schema, the model's name, the number of pictures, where they may lie, the limits, the version of the redaction, and
    the message made of a specimen.
    """

    model: str
    image_limit: int
    allows_private_image_hosts: bool
    policy_ids: tuple[str, ...]
    severity_ids: dict[str, tuple[str, ...]]
    system_text: str
    closing_text: str
    response_format: dict[str, Any]
    prompt_version: str

    @classmethod
    def of(
        cls,
        policies: Sequence[Policy],
        *,
        model: str,
        image_limit: int,
        redaction_version: str,
        allows_private_image_hosts: bool = False,
    ) -> Self:
        """The prompt for `policies`, in whatever order, asked of `model` with at most `image_limit` pictures.

        `redaction_version` names the rules by which personal data was taken out of what it is asked about. Pictures on
        hosts of one's own network are shown only if `allows_private_image_hosts`. Raises ValueError
        if there is no policy, one comes twice, or image_limit is below 0.
        """
        ordered = sorted(policies, key=lambda policy: policy.id)
        _require_sound(ordered, image_limit)
        asked = response_format(ordered)
        system_text, closing_text = (_rendered(name, ordered) for name in ("system.txt.jinja", "closing.txt.jinja"))
        specimen = delimited_unit(
            _SPECIMEN,
            # More than may be shown: every rule of what is a usable address is in the version.
            image_limit=LIMITS["pins"] if image_limit else 0,
            prompt_version="specimen",
            allows_private_image_hosts=allows_private_image_hosts,
        )
        hashed = {
            "policies": [policy.content_hash for policy in ordered],
            "system": system_text,
            "specimen": specimen.parts(closing_text),
            "response_format": asked,
            "model": model,
            "image_limit": image_limit,
            "allows_private_image_hosts": allows_private_image_hosts,
            "limits": LIMITS,
            "redaction": redaction_version,
        }
        return cls(
            model=model,
            image_limit=image_limit,
            allows_private_image_hosts=allows_private_image_hosts,
            policy_ids=tuple(policy.id for policy in ordered),
            severity_ids={policy.id: policy.severity_ids for policy in ordered},
            system_text=system_text,
            closing_text=closing_text,
            response_format=asked,
            prompt_version=f"llm-{canonical_hash(hashed)[:_VERSION_DIGITS]}",
        )

    def messages(self, content: UnitContent) -> list[dict[str, Any]]:
        """OpenAI chat messages: the system's, the same to the byte for every unit, and the user's with the unit.

        The user's content is a text, or parts (text, image_url) if pictures are shown.
        """
        unit = delimited_unit(
            content,
            image_limit=self.image_limit,
            prompt_version=self.prompt_version,
            allows_private_image_hosts=self.allows_private_image_hosts,
        )
        return [
            {"role": "system", "content": self.system_text},
            {"role": "user", "content": unit.parts(self.closing_text)},
        ]

    def read_answer(self, text: str) -> UnitAnswer:
        """The model's answer, verdicts in the order of `policy_ids`; raises InvalidAnswerError that quotes nothing."""
        return read_unit_answer(text, severity_ids=self.severity_ids)

    def estimated_prompt_tokens(self, content: UnitContent) -> int:
        """Upper estimate of the prompt's tokens: a token per 2 ASCII characters, one per other UTF-8 byte.

        English has about 4 characters a token, random letters and digits about 2; other scripts 2 to 4 bytes a token.
        A picture counts TOKENS_PER_PICTURE, and the schema counts as text, as servers put it into the prompt.
        """
        user = self.messages(content)[1]["content"]
        parts = [{"type": "text", "text": user}] if isinstance(user, str) else user
        texts = [part["text"] for part in parts if part["type"] == "text"]
        n_pictures = len(parts) - len(texts)
        written = [self.system_text, json.dumps(self.response_format), *texts]
        n_tokens = sum(_token_estimate(text) for text in written)
        return n_tokens + n_pictures * TOKENS_PER_PICTURE + 2 * _TOKENS_PER_MESSAGE


def _token_estimate(text: str) -> int:
    n_ascii = sum(character < "\x80" for character in text)
    return -(-n_ascii // 2) + len(text.encode("utf-8")) - n_ascii


def _require_sound(policies: Sequence[Policy], image_limit: int) -> None:
    if not policies:
        raise ValueError("policies is empty; a prompt needs at least one.")
    identifiers = [policy.id for policy in policies]
    repeated = [name for name in identifiers if identifiers.count(name) > 1]
    if repeated:
        raise ValueError(f"policies has `{repeated[0]}` twice; keep one.")
    if image_limit < 0:
        raise ValueError(f"image_limit is {image_limit}; it must be at least 0.")


def _rendered(name: str, policies: Sequence[Policy]) -> str:
    template = files("lib.labelling.prompts").joinpath("templates", name).read_text(encoding="utf-8")
    environment = Environment(  # noqa: S701 - plain text for a model, made of written policies: no markup to escape
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(template).render(
        policies=policies, longest_rationale=LONGEST_RATIONALE, placeholders=PLACEHOLDERS.values()
    )
