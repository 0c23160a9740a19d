"""Secrets that tests plant, and the search for them in whatever form Spark, Java or Python would print them."""

import base64
from collections.abc import Iterator
from pathlib import Path

SECRET = "N3VER-SH0WN"  # noqa: S105 - it is none: the tests look for it
PROPERTIES = {
    "spark.hadoop.fs.s3a.secret.key": f"{SECRET}-s3a",
    "spark.hadoop.fs.azure.account.key.store.example": f"{SECRET}-account",
    "spark.executorEnv.PLUMBLINE_LLM_KEY": f"{SECRET}-llm",
    "spark.hadoop.some.password": f"{SECRET}-password",
}
_BLOCK = 64
_LONG_ENOUGH = 15
"""Bytes: what is found by chance is shorter, and base64 makes whole characters of a multiple of three."""


def forms_of_key(key: bytes) -> dict[str, str]:
    """How the key of an HMAC, or either of its pads, would look in a text; in lower case."""
    padded = key.ljust(_BLOCK, b"\0")
    masked = {"key": padded, "inner pad": _xor(padded, 0x36), "outer pad": _xor(padded, 0x5C)}
    forms = {}
    for name, value in masked.items():
        part = value[:_LONG_ENOUGH]
        signed = [byte - 256 if byte > 127 else byte for byte in part]
        forms |= {
            f"{name} as text": part.decode("latin-1"),
            f"{name} as Python writes it": repr(part)[2:-1],
            f"{name} in hex": part.hex(),
            f"{name} in hex with blanks": part.hex(" "),
            f"{name} in base64": base64.b64encode(part).decode(),
            f"{name} in numbers": ", ".join(map(str, signed)),
            f"{name} in numbers without blanks": ",".join(map(str, signed)),
        }
    return {name: form.lower() for name, form in forms.items()}


def found_in(text: str, key: bytes) -> set[str]:
    """The forms of the key, and the planted secret, that stand in `text`."""
    lower = text.lower()
    found = {name for name, form in forms_of_key(key).items() if form in lower}
    return found | ({"the planted secret"} if SECRET.lower() in lower else set())


def found_in_files(folder: Path, key: bytes) -> dict[str, set[str]]:
    """The same of every file below `folder`, by its path."""
    found = {name: found_in(text, key) for name, text in _texts(folder)}
    return {name: forms for name, forms in found.items() if forms}


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes().decode("latin-1")


def _xor(value: bytes, mask: int) -> bytes:
    return bytes(byte ^ mask for byte in value)
