"""A public labelled text set read into memory by its mapping; its texts are never part of a message."""

import csv
import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa

from lib.conf_validation import validated
from lib.located_yaml import read_located
from schemas.contracts.labelled_text_mapping import LabelledTextMapping
from schemas.errors import ConfigurationError
from scripts.log_generation.traffic import BoolArray


@dataclass(frozen=True)
class LabelledTexts:
    """Texts with a verdict per policy.

    `is_violating` is (text, policy in the order of `policies`); `languages` has None where the set names none;
    `n_missing_labels` counts absent labels per policy, `n_dropped` the records left out.
    """

    policies: tuple[str, ...]
    texts: pa.StringArray
    text_ids: pa.StringArray
    languages: tuple[str | None, ...]
    is_violating: BoolArray
    n_missing_labels: Mapping[str, int]
    n_dropped: int


def load_mapping(path: Path) -> LabelledTextMapping:
    """Read a mapping file; raises ConfigurationError with every fault in one sentence."""
    written = read_located(path, str(path))
    return validated(LabelledTextMapping, written.values, written.place_of)


def load_labelled_texts(path: Path, mapping: LabelledTextMapping) -> LabelledTexts:
    """Read the labelled texts at `path` (.gz is unpacked); raises ConfigurationError."""
    named = {"text": mapping.text, **{f"labels.{policy}": column for policy, column in mapping.labels.items()}}
    named |= {field: column for field in ("id", "language") if (column := getattr(mapping, field)) is not None}
    positive = {_spelling(value) for value in mapping.positive}
    columns: set[str] = set()
    rows: list[tuple[str, str, str | None, list[bool]]] = []
    n_missing = dict.fromkeys(mapping.labels, 0)
    n_records = 0
    for number, record in enumerate(_records(path, mapping)):
        n_records += 1
        columns |= record.keys()
        labels = [record.get(column) for column in mapping.labels.values()]
        is_missing = [label is None or label == "" for label in labels]
        for policy, missing in zip(mapping.labels, is_missing, strict=True):
            n_missing[policy] += missing
        text = record.get(mapping.text)
        if text is None or text == "" or (mapping.missing_label == "drop_text" and any(is_missing)):
            continue
        text_id = record.get(mapping.id, number) if mapping.id else number
        language = record.get(mapping.language) if mapping.language else None
        rows.append(
            (_clean(text), _clean(text_id), _language_code(language), [_spelling(x) in positive for x in labels])
        )
    _check_columns(path, named, columns)
    if not rows:
        raise ConfigurationError(
            f"Input {path} has no text to use: field `missing_label` is {mapping.missing_label} and column "
            f"`{mapping.text}` is filled in none of the {n_records} records that have all labels; "
            f"set `missing_label: negative` or give another --input."
        )
    return LabelledTexts(
        policies=tuple(mapping.labels),
        texts=pa.array([row[0] for row in rows], pa.string()),
        text_ids=pa.array([row[1] for row in rows], pa.string()),
        languages=tuple(row[2] for row in rows),
        is_violating=np.array([row[3] for row in rows], dtype=np.bool_),
        n_missing_labels=n_missing,
        n_dropped=n_records - len(rows),
    )


def _records(path: Path, mapping: LabelledTextMapping) -> Iterator[dict[str, Any]]:
    """Yield the records of a file, as dictionaries."""
    try:
        with _open(path) as lines:
            yield from _json_records(path, lines) if mapping.format == "jsonl" else _csv_records(lines)
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"Input {path} cannot be read ({reason}): check --input.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(
            f"Input {path} is not UTF-8 text in the format `{mapping.format}` that its mapping names: "
            f"correct field `format` or convert the file."
        ) from error


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _json_records(path: Path, lines: IO[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            record = None
        if not isinstance(record, dict):
            # The line is not quoted: it may hold offensive text.
            raise ConfigurationError(
                f"Input {path} has no JSON object in line {number}: mend the line or set field `format` to csv."
            ) from None
        yield record


def _csv_records(lines: IO[str]) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(sys.maxsize)
    yield from csv.DictReader(lines)


def _check_columns(path: Path, named: Mapping[str, str], columns: set[str]) -> None:
    absent = "; ".join(f"field `{field}` names `{column}`" for field, column in named.items() if column not in columns)
    if absent:
        raise ConfigurationError(
            f"Input {path} has no such column: {absent}; name one of its columns in the mapping file: "
            f"{', '.join(sorted(map(str, columns)))}."
        )


def _spelling(value: object) -> str:
    """Spell a label so that 1, 1.0 and "1" are the same, and true and "True" are."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().lower()


def _clean(value: object) -> str:
    """Return the value as text that UTF-8 can carry: JSON may smuggle in lone surrogates."""
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _language_code(value: object) -> str | None:
    """Return the ISO 639 part of a language tag such as en-US."""
    return str(value).replace("_", "-").split("-")[0].strip().lower() or None if value is not None else None
