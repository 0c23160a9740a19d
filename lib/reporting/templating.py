"""Templates of this package, read so that they are found inside a zip as well."""

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from lib.reporting.palette import theme_rules


def template_text(name: str) -> str:
    """Return the text of a file in `templates/`."""
    return files("lib.reporting").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """Jinja with escaping of everything, and an error for anything undefined."""
    return Environment(
        loader=FunctionLoader(template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def page_style() -> dict[str, str]:
    """Return the style sheet of every page, `style`, and `style_hash`, by which its security policy knows it."""
    # Safe: both texts are constants of this package.
    style = Markup(f"{template_text('dashboard.css')}\n{theme_rules()}\n")  # noqa: S704
    return {"style": style, "style_hash": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}
