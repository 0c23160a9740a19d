"""Small policies, settings and contents to ask about."""

from typing import Any

from lib.labelling.llm.asking import Endpoint, Question
from lib.labelling.prompts.unified_prompt import UnifiedPrompt
from lib.settings import load_policies
from schemas.contracts.llm_settings import LlmLabelerSettings
from schemas.contracts.unit_content import PinContent, UnitContent

POLICIES = load_policies()
PRICES = {"price_per_million_input_tokens": 2.0, "price_per_million_output_tokens": 10.0}


def llm_settings(**changes: Any) -> LlmLabelerSettings:
    """Settings that lose no time, and have patience on a busy machine; `changes` on top."""
    quick = {"request_timeout": 10.0, "n_retries": 1, "maximum_output_tokens": 400}
    return LlmLabelerSettings.model_validate({"kind": "llm", "model": "test-model", **PRICES, **quick, **changes})


def endpoint(url: str, **changes: Any) -> Endpoint:
    settings = llm_settings(**changes)
    return Endpoint(
        UnifiedPrompt.of(POLICIES, model=settings.model, image_limit=settings.image_limit, redaction_version="r1"),
        settings,
        url,
    )


def question(text: str, *, image_urls: tuple[str, ...] = ()) -> Question:
    pins = tuple(PinContent(title="a picture", image_url=url) for url in image_urls)
    content = UnitContent(query_text=text, response_text="an answer", pins=pins, language="en")
    return Question(content.content_hash, content)
