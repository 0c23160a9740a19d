"""Templates of this package, read so that they are found inside a zip as well."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined


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
