"""Validates what a conf file says against its contract, and names every fault with its place and remedy."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from lib.credentials import LEFT_OUT, names_credential, without_credentials
from schemas.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)
_LONGEST_SHOWN = 80
PlaceOf = Callable[[Sequence[str | int]], str]


def validated(model: type[Model], values: Mapping[str, Any], place_of: PlaceOf) -> Model:
    """`values` as a `model`; `place_of(field)` says where a field was set. Raises ConfigurationError."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError("; ".join(_sentences(error, place_of))) from error


def shown_value(field: str, value: Any) -> str:
    """`value` of `field` as an error may quote it: short, and no credential."""
    return LEFT_OUT if names_credential(field) else str(without_credentials(value))[:_LONGEST_SHOWN]


def _sentences(error: ValidationError, place_of: PlaceOf) -> Iterator[str]:
    for fault in error.errors():
        field = ".".join(str(part) for part in fault["loc"])
        named = f"field `{field}`" if field else "the file"
        if fault["type"] == "extra_forbidden":
            yield f"{place_of(fault['loc'])}: {named}: there is no such setting; mend its name or take it out"
            continue
        value = "" if fault["type"] == "missing" else f" is `{shown_value(field, fault['input'])}`"
        yield f"{place_of(fault['loc'])}: {named}{value}: {fault['msg'].removeprefix('Value error, ')}; mend it there"
