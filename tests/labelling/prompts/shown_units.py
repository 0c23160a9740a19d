"""Reads a message back: what a model would find between the boundaries, by an own reading of the documented form."""

import json
import re
from typing import Any

from lib.labelling.prompts.unified_prompt import UnifiedPrompt
from lib.settings import load_policies
from schemas.contracts.unit_content import UnitContent

PROMPT = UnifiedPrompt.of(load_policies(), model="a-model", image_limit=2, redaction_version="r1")
_MARK = re.compile(r"⟦(?:U\+([0-9A-F]{4,6})(?:×(\d+))?|tags:([^⟧]*))⟧")


def text_parts(message: dict[str, Any]) -> list[str]:
    """The texts of a user message, in their order."""
    content = message["content"]
    return [content] if isinstance(content, str) else [part["text"] for part in content if part["type"] == "text"]


def boundary_of(message: dict[str, Any]) -> str:
    """The boundary that the first line names."""
    named = re.match(r"Boundary of this unit: (unit-[0-9a-f]{24})\n", text_parts(message)[0])
    assert named is not None
    return named.group(1)


def fields_of(message: dict[str, Any]) -> dict[str, str]:
    """Field to what stands behind ` = ` on its line; every line of the unit must begin with the boundary."""
    boundary = boundary_of(message)
    first, *others = text_parts(message)
    lines = first.split("\n")[1:]
    if not others:
        lines = lines[: lines.index(f"{boundary} end of unit")]
    fields = {}
    for line in lines:
        assert line.startswith(f"{boundary} ")
        name, separator, value = line.removeprefix(f"{boundary} ").partition(" = ")
        assert separator
        assert name not in fields
        fields[name] = value
    return fields


def shown_text(message: dict[str, Any], field: str) -> str:
    """The text of `field` as it is shown, with its marks."""
    value = json.loads(fields_of(message)[field])
    assert isinstance(value, str)
    return value


def original_text(shown: str) -> str:
    """What was written: every mark read back."""

    def read(mark: re.Match[str]) -> str:
        code, times, tags = mark.groups()
        if code is None:
            return "".join(chr(0xE0000 + ord(character)) for character in tags)
        return chr(int(code, 16)) * int(times or 1)

    return _MARK.sub(read, shown)


def messages(content: UnitContent) -> list[dict[str, Any]]:
    """The messages of PROMPT."""
    return PROMPT.messages(content)
