"""Reads a YAML file as a mapping that knows on which line every field stands.

Nothing but plain values is made of it. A key that comes twice is refused, and so is what a few lines can blow up to
fill the memory: a file that is too long, aliases of aliases, numbers of any length. No other module reads YAML.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from schemas.errors import ConfigurationError

MAXIMUM_BYTES = 1_000_000
MAXIMUM_VALUES = 100_000
"""Values of a file, each counted as often as aliases repeat it."""
_LONGEST_NUMBER = 400
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


@dataclass(frozen=True)
class LocatedMapping:
    """What a YAML file says: its values, and the line of every field (counted from 1)."""

    shown: str
    values: dict[str, Any]
    lines: dict[tuple[str, ...], int]

    def place_of(self, field: Sequence[str | int]) -> str:
        """The file, and the line of `field` or of the longest part of it that the file has."""
        path = tuple(str(part) for part in field)
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return f"{self.shown} line {self.lines[path[:length]]}"
        return self.shown


def read_located(path: Traversable, shown: str) -> LocatedMapping:
    """The mapping in the YAML file `path`, called `shown` in errors; an empty file is an empty mapping.

    Raises ConfigurationError for a missing or unreadable file, broken YAML, a key that comes twice, a value that
    contains itself, more than can be meant, and a file that is no mapping.
    """
    try:
        content, lines = _parsed(_read_text(path, shown), shown)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigurationError(f"{shown}{place}: broken YAML, {yaml_problem(error)}; mend the file.") from error
    except ValueError as error:
        raise ConfigurationError(f"{shown}: broken YAML, {error}; quote the value if it is a text.") from error
    if content is None:
        return LocatedMapping(shown, {}, {})
    if not isinstance(content, dict):
        raise ConfigurationError(f"{shown}: it holds a {type(content).__name__}; write `key: value` lines.")
    return LocatedMapping(shown, content, lines)


def yaml_value(text: str, shown: str) -> Any:
    """The value that `text` is in YAML; raises YAMLError and ValueError, and ConfigurationError as `read_located`."""
    return _parsed(text, shown)[0]


def yaml_problem(error: yaml.YAMLError) -> str:
    """What is wrong, in YAML's own words."""
    return str(getattr(error, "problem", None) or "it cannot be parsed")


def _parsed(text: str, shown: str) -> tuple[Any, dict[tuple[str, ...], int]]:
    lines: dict[tuple[str, ...], int] = {}
    loader = yaml.SafeLoader(text)  # noqa: TID251 - the one place, behind the bounds
    try:
        node = loader.get_single_node()
        if node is None:
            return None, lines
        _collect_lines(node, (), lines, above=(), shown=shown)
        return loader.construct_document(node), lines
    except RecursionError as error:
        raise ConfigurationError(f"{shown}: its values are nested too deeply; write them flatter.") from error
    finally:
        loader.dispose()


def _read_text(path: Traversable, shown: str) -> str:
    try:
        with path.open("rb") as file:
            content: bytes = file.read(MAXIMUM_BYTES + 1)
        if len(content) > MAXIMUM_BYTES:
            raise ConfigurationError(f"{shown}: it has more than {MAXIMUM_BYTES:,} bytes; name a conf file.")
        return content.decode("utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(f"{shown}: there is no such file; name an existing one or write it.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{shown}: it is not UTF-8 text, at byte {error.start}; save it as UTF-8.") from error
    except OSError as error:
        raise ConfigurationError(f"{shown}: it cannot be read, {error.strerror}; name a readable file.") from error


def _collect_lines(
    node: yaml.Node, field: tuple[str, ...], lines: dict[tuple[str, ...], int], *, above: tuple[int, ...], shown: str
) -> None:
    """Note the line of every field below `node`; `above` are the nodes around it."""
    if id(node) in above:
        raise ConfigurationError(f"{shown} line {node.start_mark.line + 1}: a value contains itself; write it out.")
    if len(lines) > MAXIMUM_VALUES:
        raise ConfigurationError(f"{shown}: it has more than {MAXIMUM_VALUES:,} values, aliases written out; cut it.")
    if isinstance(node, yaml.ScalarNode) and node.tag in _NUMBERS and len(node.value) > _LONGEST_NUMBER:
        place = f"{shown} line {node.start_mark.line + 1}"
        raise ConfigurationError(f"{place}: a number of {len(node.value):,} characters; quote it if it is a text.")
    around = (*above, id(node))
    if isinstance(node, yaml.SequenceNode):
        for position, entry in enumerate(node.value):
            lines[*field, str(position)] = entry.start_mark.line + 1
            _collect_lines(entry, (*field, str(position)), lines, above=around, shown=shown)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner, line = (*field, str(key.value)), key.start_mark.line + 1
            if inner in lines:
                raise ConfigurationError(
                    f"{shown} line {line}: field `{'.'.join(inner)}` stands on line {lines[inner]} already; keep one."
                )
            lines[inner] = line
            _collect_lines(value, inner, lines, above=around, shown=shown)
