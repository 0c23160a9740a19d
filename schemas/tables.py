"""Every table by its name: the contracts of this package, found by walking it, so that none is forgotten."""

import importlib
import pkgutil
from collections.abc import Collection, Iterable

import schemas
from schemas.errors import ConfigurationError
from schemas.table_spec import TableSpec


def _contracts() -> dict[str, TableSpec]:
    modules = [importlib.import_module(f"{schemas.__name__}.{m.name}") for m in pkgutil.iter_modules(schemas.__path__)]
    found = [module.TABLE for module in modules if hasattr(module, "TABLE")]
    return {spec.name: spec for spec in sorted(found, key=lambda spec: spec.name)}


TABLES: dict[str, TableSpec] = _contracts()


def tables_named(names: Collection[str]) -> list[TableSpec]:
    """The tables of these names, all if there are none; raises ConfigurationError for one that does not exist."""
    unknown = sorted(set(names) - set(TABLES))
    if unknown:
        raise ConfigurationError(f"Table `{unknown[0]}` does not exist; known are {', '.join(TABLES)}.")
    return [spec for name, spec in TABLES.items() if name in names or not names]


def written_by(step: str) -> list[TableSpec]:
    """The tables that `step` writes."""
    return [spec for spec in TABLES.values() if step in spec.written_by]


def read_by(step: str) -> list[TableSpec]:
    """The tables of the same day that those of `step` are made from, its own left out."""
    own = written_by(step)
    names = {name for spec in own for name in spec.made_from} - {spec.name for spec in own}
    return [TABLES[name] for name in sorted(names)]


def ancestors(specs: Iterable[TableSpec]) -> list[TableSpec]:
    """`specs` and every table of the same day that they are made from, and those from others."""
    found: dict[str, TableSpec] = {}
    waiting = list(specs)
    while waiting:
        spec = waiting.pop()
        if spec.name not in found:
            found[spec.name] = spec
            waiting += [TABLES[name] for name in spec.made_from]
    return [found[name] for name in sorted(found)]
