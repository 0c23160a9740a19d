"""Loads the layered YAML conf: base, an environment, a user's own files, single values from the command line."""

import re
from collections.abc import Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from lib.conf_validation import shown_value, validated
from lib.located_yaml import read_located, yaml_problem, yaml_value
from schemas.contracts.policy import Policy
from schemas.contracts.sampling_design import SamplingDesign
from schemas.contracts.settings import Settings
from schemas.errors import ConfigurationError

_NAME = re.compile(r"[a-z0-9_]+")
Layer = tuple[str, Mapping[str, Any]]


def load_settings(
    environment: str = "local", conf_files: Sequence[Path] = (), assignments: Sequence[str] = ()
) -> Settings:
    """The settings of a run: conf/base.yaml, conf/`environment`.yaml, `conf_files` in order, then `assignments`.

    An assignment is "section.key=value", its value read as YAML. Raises ConfigurationError naming the layer, the
    field, the value and what is expected.
    """
    if not _NAME.fullmatch(environment):
        raise ConfigurationError(f"--env: `{environment}` is no name of a layer; name a file of conf/ without .yaml.")
    conf, shown = resources.files("conf"), f"conf/{environment}.yaml"
    layers: list[Layer] = [
        ("conf/base.yaml", read_located(conf / "base.yaml", "conf/base.yaml").values),
        (shown, read_located(conf / f"{environment}.yaml", shown).values),
        *((str(path), read_located(path, str(path)).values) for path in conf_files),
        *(("--set", _assignment(text)) for text in assignments),
    ]
    merged: dict[str, Any] = {}
    for _, layer in layers:
        merged = _merge(merged, layer)
    return validated(Settings, merged, lambda field: _source_of(field, layers))


def load_policies(folder: Path | None = None) -> list[Policy]:
    """Every written policy in `folder`, by default conf/policies, sorted by id.

    Raises ConfigurationError that names the file, the line and the field.
    """
    found, shown = (resources.files("conf") / "policies", "conf/policies") if folder is None else (folder, str(folder))
    if not found.is_dir():
        raise ConfigurationError(f"{shown}: there is no such folder; name the folder with the written policies.")
    names = sorted(entry.name for entry in found.iterdir() if entry.name.endswith((".yaml", ".yml")))
    misnamed = [name for name in names if name.endswith(".yml")]
    if misnamed:
        raise ConfigurationError(f"{shown}/{misnamed[0]}: a policy's file ends in .yaml; rename it.")
    if not names:
        raise ConfigurationError(f"{shown} holds no policy (*.yaml); write one to measure.")
    return [_load_policy(found / name, f"{shown}/{name}") for name in names]


def load_design(name: str) -> SamplingDesign:
    """The design conf/designs/`name`.yaml, or the file `name` if it ends in .yaml; raises ConfigurationError."""
    if name.endswith(".yaml"):
        return _load_design(Path(name), name)
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"`{name}` is no name of a design; name a file of conf/designs, or the path of another."
        )
    path = resources.files("conf") / "designs" / f"{name}.yaml"
    return _load_design(path, f"conf/designs/{name}.yaml")


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


def _load_policy(path: Traversable, shown: str) -> Policy:
    written = read_located(path, shown)
    policy = validated(Policy, written.values, written.place_of)
    _require_name_of_file(path, policy.id, place=written.place_of(["id"]), identity="id")
    return policy


def _load_design(path: Traversable, shown: str) -> SamplingDesign:
    design = validated(SamplingDesign, read_located(path, shown).values, lambda _: shown)
    _require_name_of_file(path, design.name, place=shown, identity="name")
    return design


def _require_name_of_file(path: Traversable, name: str, *, place: str, identity: str) -> None:
    stem = path.name.removesuffix(".yaml")
    if name != stem:
        raise ConfigurationError(f"{place}: field `{identity}` is `{name}`; it must be the file's name, `{stem}`.")


def _assignment(text: str) -> dict[str, Any]:
    field, separator, value = text.partition("=")
    if not separator or not field:
        raise ConfigurationError(f"--set: `{shown_value('', text)}` is not of the form section.key=value; write it so.")
    place = f"--set: field `{field}` is `{shown_value(field, value)}`"
    try:
        nested = yaml_value(value, place)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{place}: broken YAML, {yaml_problem(error)}; mend the value or quote it.") from error
    except ValueError as error:
        raise ConfigurationError(f"{place}: {error}; quote the value if it is a text.") from error
    for key in reversed(field.split(".")):
        nested = {key: nested}
    return dict(nested)


def _merge(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        merged[key] = _merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


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
