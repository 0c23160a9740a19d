"""Templates of this package, read so that they are found inside a zip as well."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from lib.labelling.prompts.visible_text import shortened
from lib.reporting.palette import theme_rules
from lib.reporting.shown_text import shown_text

LONGEST_VALUE: Final = 50_000
"""Characters of one value: a page of a few tables must not become one of a gigabyte."""


def template_text(name: str) -> str:
    """Return the text of a file in `templates/`."""
    return files("lib.reporting").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Jinja with escaping of everything, marks for what is hidden, and an error for anything undefined."""
    return Environment(
        loader=FunctionLoader(template_text),
        autoescape=True,
        finalize=_finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def page_style() -> dict[str, str]:
    """Return the style sheet of every page, `style`, and `style_hash`, by which its security policy knows it."""
    style = Markup(f"{template_text('dashboard.css')}\n{theme_rules()}\n")  # noqa: S704 - constants of this package
    return {"style": style, "style_hash": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}


def _finalized(value: Any) -> Any:
    """What stands for `value` on the page; markup is made of values that were finalized already."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return shortened(shown_text(value), LONGEST_VALUE)
