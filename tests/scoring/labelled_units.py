"""Units with known truth, as rows for training: words are made up, so that nothing offensive stands here."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

_COMMON_WORDS = np.array([f"word{i}" for i in range(500)])


def common_words(rng: np.random.Generator, n_texts: int, n_words: int) -> list[str]:
    """Texts of frequent and rare harmless words."""
    ranks = np.minimum(rng.zipf(1.3, size=(n_texts, n_words)) - 1, _COMMON_WORDS.size - 1)
    return [" ".join(line) for line in _COMMON_WORDS[ranks]]


def training_frame(
    *,
    query: Sequence[str | None],
    response: Sequence[str | None],
    image: Sequence[str | None],
    violating_components: Sequence[Mapping[str, Sequence[str]]],
    policies: Sequence[str],
    weight: Any = 1.0,
) -> pd.DataFrame:
    """Rows as `training_rows` returns them; a unit violates the policies that `violating_components` names for it."""
    return pd.DataFrame(
        {
            "unit_id": [f"{i:032x}" for i in range(len(query))],
            "ds": date(2026, 3, 1),
            "query_text": list(query),
            "response_text": list(response),
            "image_text": list(image),
            "weight": weight,
            "verdicts": [{policy: policy in named for policy in policies} for named in violating_components],
            "violating_components": list(violating_components),
        }
    )


def component_units(rng: np.random.Generator, n_units: int, *, share: float = 0.05) -> pd.DataFrame:
    """Units of policy `harm`: in `share` of them each, a cue in query, response or image violates on its own.

    In another `share` the query asks (`ask`) for what the response answers (`answer`), and only both together violate;
    as often each of the two stands alone and is harmless.
    """
    parts = {name: common_words(rng, n_units, 6) for name in ("query", "response", "image")}
    kind = rng.choice(
        ["query", "response", "image", "combination", "ask", "answer", "none"], n_units, p=[*[share] * 6, 1 - 6 * share]
    )
    named: list[dict[str, list[str]]] = [{} for _ in range(n_units)]
    for i, what in enumerate(kind):
        if what in parts:
            parts[what][i] += f" cue{what}"
        if what in ("combination", "ask"):
            parts["query"][i] += " ask"
        if what in ("combination", "answer"):
            parts["response"][i] += " answer"
        if what in (*parts, "combination"):
            named[i] = {"harm": [what]}
    return training_frame(**parts, violating_components=named, policies=["harm"])
