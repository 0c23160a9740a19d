"""The body of one chat completion request, the same for an online call and a line of a batch file."""

from typing import Any

from lib.labelling.prompts.unified_prompt import UnifiedPrompt
from schemas.contracts.llm_settings import LlmLabelerSettings
from schemas.contracts.unit_content import UnitContent


def request_body(
    content: UnitContent, *, prompt: UnifiedPrompt, settings: LlmLabelerSettings, n_asked_before: int = 0
) -> dict[str, Any]:
    """What is sent about `content`; asked again after an invalid answer, it is sampled differently."""
    temperature, seed = settings.temperature, settings.seed
    if n_asked_before and temperature is not None:
        temperature = settings.reask_temperature
    if seed is not None:
        seed += n_asked_before
    optional = {
        "temperature": temperature,
        "seed": seed,
        "response_format": _response_format(prompt, settings.answer_format),
    }
    return {
        "model": settings.model,
        "messages": prompt.messages(content),
        settings.output_limit_parameter: settings.maximum_output_tokens,
        **{name: value for name, value in optional.items() if value is not None},
        **settings.extra_body,
    }


def _response_format(prompt: UnifiedPrompt, answer_format: str) -> dict[str, Any] | None:
    schema = prompt.response_format["json_schema"]["schema"]
    forms: dict[str, dict[str, Any]] = {
        "json_schema": prompt.response_format,
        "json_object_schema": {"type": "json_object", "schema": schema},
        "json_object": {"type": "json_object"},
    }
    return forms.get(answer_format)
