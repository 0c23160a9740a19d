"""Searches every byte below a folder: raw files, and what Parquet files hold once decompressed."""

import base64
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq


def variants(needle: str | bytes) -> set[bytes]:
    """The forms in which a text may turn up: plain, in other case, hex, base64 at any place, UTF-16."""
    plain = needle.encode() if isinstance(needle, str) else needle
    forms = {plain, plain.swapcase(), plain.lower(), plain.upper()}
    forms |= {plain.hex().encode(), plain.hex().upper().encode()}
    for offset, n_unclear in ((0, 0), (1, 2), (2, 3)):
        n_clear = (offset + len(plain)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            forms.add(encode(bytes(offset) + plain)[n_unclear:n_clear])
    if isinstance(needle, str):
        forms |= {needle.encode("utf-16-le"), needle.encode("utf-16-be")}
    return forms


def places(root: Path, needles: Iterable[str | bytes], *, leave_out: Iterable[str] = ()) -> dict[str, list[str]]:
    """Needle to the files below `root` that hold it in any form; folders named in `leave_out` are not searched."""
    forms = {repr(needle): variants(needle) for needle in needles}
    found: dict[str, list[str]] = {}
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if not path.is_file() or relative.parts[0] in leave_out:
            continue
        for content in contents(path):
            for needle, shapes in forms.items():
                if any(shape in content for shape in shapes):
                    found.setdefault(needle, []).append(f"{relative}")
    return {needle: sorted(set(files)) for needle, files in found.items()}


def contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file; of a Parquet file also its values and its statistics, decompressed."""
    raw = path.read_bytes()
    yield raw
    if raw[:4] == b"PAR1" and raw[-4:] == b"PAR1":
        file = pq.ParquetFile(path)
        yield json.dumps(file.read().to_pylist(), default=repr, ensure_ascii=False).encode("utf-8", "surrogatepass")
        yield f"{file.metadata.to_dict()} {file.schema_arrow} {file.metadata.metadata}".encode()
