"""Templates of this package, read so that they are found inside a zip as well."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from lib.reporting.shown_text import shown_value

_STYLES: Final = ("page.css", "dashboard.css")
_SCRIPTS: Final = (
    "dashboard_numbers.js",
    "dashboard_charts.js",
    "dashboard_view.js",
    "dashboard_downloads.js",
    "dashboard_filters.js",
)


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


@cache
def page_style(*further: str) -> dict[str, str]:
    """Return the style sheet of every page, `style`, and `style_hash`, by which its security policy knows it.

    `further` names sheets of `templates/` that a page adds.
    """
    return _inlined("style", (*_STYLES, *further))


@cache
def page_script() -> dict[str, str]:
    """Return the dashboard's script, `script`, and `script_hash`, by which its security policy knows it."""
    return _inlined("script", _SCRIPTS)


def _finalized(value: Any) -> Any:
    """What stands for `value` on the page; markup is made of values that were finalized already."""
    return shown_value(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _inlined(kind: str, names: tuple[str, ...]) -> dict[str, str]:
    text = Markup("\n".join(template_text(name) for name in names))  # noqa: S704 - constants of this package
    return {kind: text, f"{kind}_hash": base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}
