"""Sensitivity and specificity of each labeler without a reference, from who voted how."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lib.estimation.agreement.dawid_skene import dawid_skene
from lib.estimation.agreement.ratings import Ratings

_CATEGORIES = ("not_violating", "violating")
# Two labelers leave more unknown than their votes can tell.
_FEWEST_RATERS = 3


def dawid_skene_rates(patterns: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """(rung, labeler_id, prompt_version, policy) to dawid_skene_sensitivity, _specificity and _is_converged.

    Policies with fewer than three labelers are left out: their error rates cannot be told apart.

    Args:
        patterns: rows of `pattern_sums`: policy, votes (rung, labeler_id, prompt_version, verdict), weight

    """
    by_policy: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in patterns:
        by_policy[row["policy"]].append(row)
    rates: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for policy, rows in sorted(by_policy.items()):
        # the same weights in the same order, whatever order the rows came in
        in_order = sorted(rows, key=lambda row: [tuple(vote) for vote in row["votes"]])
        labelers = sorted({tuple(vote[:3]) for row in in_order for vote in row["votes"]})
        if len(labelers) < _FEWEST_RATERS:
            continue
        number = {labeler: index for index, labeler in enumerate(labelers)}
        votes = [(item, number[tuple(vote[:3])], vote[3]) for item, row in enumerate(in_order) for vote in row["votes"]]
        item, rater, verdict = (list(column) for column in zip(*votes, strict=True))
        ratings = Ratings.from_votes(item, rater, verdict, categories=_CATEGORIES)
        model = dawid_skene(ratings, weights=np.array([float(row["weight"]) for row in in_order]))
        for index, (rung, labeler_id, prompt_version) in enumerate(labelers):
            rates[(rung, labeler_id, prompt_version, policy)] = {
                "dawid_skene_sensitivity": float(model.confusion[index, 1, 1]),
                "dawid_skene_specificity": float(model.confusion[index, 0, 0]),
                "dawid_skene_is_converged": model.is_converged,
            }
    return rates
