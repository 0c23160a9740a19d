"""Loads the layered YAML conf: base, an environment, a user's own files, single values from the command line."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from schemas.contracts.policy import Policy
from schemas.contracts.sampling_design import SamplingDesign
from schemas.contracts.settings import Settings
from schemas.errors import ConfigurationError

Model = TypeVar("Model", bound=BaseModel)
Layer = tuple[str, Mapping[str, Any]]


def load_settings(
    environment: str = "local", conf_files: Sequence[Path] = (), assignments: Sequence[str] = ()
) -> Settings:
    """The settings of a run: conf/base.yaml, conf/`environment`.yaml, `conf_files` in order, then `assignments`.

    An assignment is "section.key=value", its value read as YAML. Raises ConfigurationError naming the layer, the
    field, the value and what is expected.
    """
    conf = resources.files("conf")
    layers: list[Layer] = [
        ("conf/base.yaml", _read_mapping(conf / "base.yaml", "conf/base.yaml")),
        (f"conf/{environment}.yaml", _read_mapping(conf / f"{environment}.yaml", f"conf/{environment}.yaml")),
        *((str(path), _read_mapping(path, str(path))) for path in conf_files),
        *(("--set", _assignment(text)) for text in assignments),
    ]
    merged: dict[str, Any] = {}
    for _, layer in layers:
        merged = _merge(merged, layer)
    return _validated(Settings, merged, lambda field: _source_of(field, layers))


def load_policies() -> list[Policy]:
    """Every written policy in conf/policies, sorted by id; raises ConfigurationError."""
    folder = resources.files("conf") / "policies"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    policies = [_load_named(Policy, folder / name, f"conf/policies/{name}", "id") for name in names]
    if not policies:
        raise ConfigurationError("conf/policies holds no policy (*.yaml); write one to measure.")
    return policies


def load_design(name: str) -> SamplingDesign:
    """The design conf/designs/`name`.yaml, or the file `name` if it ends in .yaml; raises ConfigurationError."""
    if name.endswith(".yaml"):
        return _load_named(SamplingDesign, Path(name), name, "name")
    path = resources.files("conf") / "designs" / f"{name}.yaml"
    return _load_named(SamplingDesign, path, f"conf/designs/{name}.yaml", "name")


def load_design_for(name: str, policies: Sequence[Policy]) -> SamplingDesign:
    """As `load_design`; a policy that the design weighs and nobody wrote is refused too."""
    design = load_design(name)
    rules = {"policy_importance": design.policy_importance}
    rules |= {f"boosts.{boost.name}.policy_importance": boost.policy_importance for boost in design.boosts}
    for field, rule in rules.items():
        if isinstance(rule, Mapping):
            require_known_policies(rule, policies, where=f"Design `{design.name}`: field `{field}`")
    return design


def require_known_policies(named: Mapping[str, Any], policies: Sequence[Policy], *, where: str) -> None:
    """Raise ConfigurationError if `named` has a policy that conf/policies does not."""
    known = [policy.id for policy in policies]
    unknown = sorted(set(named) - set(known) - {"default"})
    if unknown:
        raise ConfigurationError(
            f"{where}: unknown policy `{unknown[0]}`; conf/policies has {', '.join(known)}. "
            "Mend the name or add the policy's file."
        )


def _load_named(model: type[Model], path: Traversable, shown: str, identity: str) -> Model:
    loaded = _validated(model, _read_mapping(path, shown), lambda _: shown)
    stem = path.name.removesuffix(".yaml")
    if getattr(loaded, identity) != stem:
        raise ConfigurationError(
            f"{shown}: field `{identity}` is `{getattr(loaded, identity)}`; it must be the file's name, `{stem}`."
        )
    return loaded


def _read_mapping(path: Traversable, shown: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(f"{shown}: there is no such file; name an existing one or write it.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{shown}: it is not UTF-8 text, at byte {error.start}; save it as UTF-8.") from error
    except OSError as error:
        raise ConfigurationError(f"{shown}: it cannot be read, {error.strerror}; name a readable file.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigurationError(f"{shown}{place}: broken YAML, {_problem(error)}; mend the file.") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigurationError(f"{shown}: it holds a {type(content).__name__}; write `key: value` lines.")
    return content


def _problem(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or "it cannot be parsed")


def _assignment(text: str) -> dict[str, Any]:
    field, separator, value = text.partition("=")
    if not separator or not field:
        raise ConfigurationError(f"--set: `{text}` is not of the form section.key=value; write it so.")
    try:
        nested: Any = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigurationError(
            f"--set: field `{field}` is `{value}`: broken YAML, {_problem(error)}; mend the value or quote it."
        ) from error
    for key in reversed(field.split(".")):
        nested = {key: nested}
    return dict(nested)


def _merge(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def _validated(model: type[Model], values: Mapping[str, Any], source_of: Any) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError("; ".join(_sentences(error, source_of))) from error


def _sentences(error: ValidationError, source_of: Any) -> Iterator[str]:
    for fault in error.errors():
        field = ".".join(str(part) for part in fault["loc"])
        named = f"field `{field}`" if field else "the file"
        if fault["type"] == "extra_forbidden":
            yield f"{source_of(fault['loc'])}: {named}: there is no such setting; mend its name or take it out"
            continue
        value = "" if fault["type"] == "missing" else f" is `{str(fault['input'])[:80]}`"
        yield f"{source_of(fault['loc'])}: {named}{value}: {fault['msg'].removeprefix('Value error, ')}; mend it there"


def _source_of(field: Sequence[str | int], layers: Sequence[Layer]) -> str:
    """The last layer that sets `field` or the longest part of it."""
    for length in range(len(field), 0, -1):
        for name, layer in reversed(layers):
            if _has(layer, field[:length]):
                return name
    return layers[-1][0] if len(layers) == 1 else "conf"


def _has(layer: Any, field: Sequence[str | int]) -> bool:
    for part in field:
        try:
            layer = layer[part]
        except (KeyError, IndexError, TypeError):
            return False
    return True
