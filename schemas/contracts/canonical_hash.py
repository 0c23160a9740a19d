"""One way to hash what is written down, so that the same content has the same hash everywhere."""

import hashlib
import json
from typing import Any


def canonical_hash(content: Any) -> str:
    """SHA-256 of `content` as canonical JSON: keys sorted, no blanks, UTF-8; 64 hex digits."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
