"""The coefficients that scripts/rate_agreement.py prints."""

import argparse
from typing import Any

import numpy as np

from lib.estimation.agreement.agreement_estimate import AgreementCoefficient, AgreementEstimate, agreement_estimate
from lib.estimation.agreement.brennan_prediger import brennan_prediger
from lib.estimation.agreement.category_metric import AgreementWeights, agreement_matrix
from lib.estimation.agreement.cohen_kappa import cohen_kappa
from lib.estimation.agreement.conger_kappa import MOST_RATERS, conger_kappa
from lib.estimation.agreement.dawid_skene import dawid_skene
from lib.estimation.agreement.fleiss_kappa import fleiss_kappa, observed_agreement
from lib.estimation.agreement.gwet_ac1 import gwet_ac1
from lib.estimation.agreement.krippendorff_alpha import KrippendorffAlpha
from lib.estimation.agreement.ratings import Ratings
from lib.estimation.designs.pps_with_replacement import PpsWithReplacement
from lib.estimation.designs.replicate_weights import ReplicateDesign
from schemas.errors import ConfigurationError
from scripts.rating_tables.votes import Votes

_FEWEST_FOR_DAWID_SKENE = 3
_MOST_BOOTSTRAP_WEIGHTS = 50_000_000


def answer(votes: Votes, args: argparse.Namespace) -> dict[str, Any]:
    """Return what is printed: counts, coefficients with intervals, and the raters' error rates if asked for."""
    ratings = votes.ratings
    # an item with a single vote says nothing of agreement, though it does of the categories' shares
    has_pair = ratings.is_pairable
    observed = observed_agreement(ratings.counts, np.eye(ratings.categories.size))
    return {
        "n_items": int(ratings.items.size),
        "n_items_with_two_votes": int(has_pair.sum()),
        "n_raters": int(ratings.raters.size),
        "n_votes": int(ratings.item.size),
        "categories": _names(ratings),
        "level": args.level,
        "confidence_level": args.confidence,
        "interval": args.interval,
        "agreement": float(observed.value(votes.weights)) if has_pair.any() else None,
        "coefficients": [
            {"coefficient": name} | _shown(_estimated(coefficient, votes, args))
            for name, coefficient in _coefficients(ratings, args.level).items()
        ],
        "dawid_skene": _error_rates(votes) if args.dawid_skene else None,
    }


def _coefficients(ratings: Ratings, level: Any) -> dict[str, AgreementCoefficient]:
    counts, values = ratings.counts, ratings.category_values
    alike = np.eye(values.size)
    found: dict[str, AgreementCoefficient] = {}
    if ratings.raters.size == 2:
        first, second = ratings.of_rater(0), ratings.of_rater(1)
        schemes: tuple[AgreementWeights, ...] = ("unweighted",) if level == "nominal" else ("linear", "quadratic")
        places = np.arange(values.size, dtype=np.float64) if level == "ordinal" else values
        for scheme in schemes:
            name = "cohen_kappa" if scheme == "unweighted" else f"cohen_kappa_{scheme}"
            found[name] = cohen_kappa(first, second, agreement_matrix(scheme, places))
    found["krippendorff_alpha"] = KrippendorffAlpha(counts, values, level)
    found["fleiss_kappa"] = fleiss_kappa(counts, alike)
    if 2 <= ratings.raters.size <= MOST_RATERS:
        found["conger_kappa"] = conger_kappa(ratings, alike)
    if values.size > 1:
        found["gwet_ac1"] = gwet_ac1(counts, alike)
        found["brennan_prediger"] = brennan_prediger(counts, alike)
    return found


def _estimated(coefficient: AgreementCoefficient, votes: Votes, args: argparse.Namespace) -> AgreementEstimate:
    has_pair = votes.ratings.is_pairable
    if has_pair.sum() < 2:
        return AgreementEstimate(
            None, None, None, None, f"{int(has_pair.sum())} items have two votes; give two or more such items."
        )
    weights = votes.weights[has_pair]
    return agreement_estimate(
        _replicates(votes, args) if args.interval == "percentile" else PpsWithReplacement(votes.weights),
        coefficient,
        effective_size=float(weights.sum()) ** 2 / float(weights @ weights),
        degrees_of_freedom=float(has_pair.sum() - 1),
        level=args.confidence,
        interval=args.interval,
    )


def _replicates(votes: Votes, args: argparse.Namespace) -> ReplicateDesign:
    """Bootstrap samples of items, as many as there are, with replacement: Efron (1979)."""
    n_items = votes.weights.size
    if n_items * args.replicates > _MOST_BOOTSTRAP_WEIGHTS:
        raise ConfigurationError(
            f"--replicates: {args.replicates} samples of {n_items} items are more than memory should hold; give at "
            f"most {_MOST_BOOTSTRAP_WEIGHTS // n_items}, or take --interval fisher."
        )
    random = np.random.default_rng(args.seed)
    drawn = random.multinomial(n_items, np.full(n_items, 1.0 / n_items), args.replicates).T
    return ReplicateDesign(
        given_weights=votes.weights,
        replicate_weights=drawn * votes.weights[:, None],
        scale=1.0 / args.replicates,
        given_degrees_of_freedom=n_items - 1.0,
    )


def _error_rates(votes: Votes) -> dict[str, Any]:
    ratings = votes.ratings
    if ratings.raters.size < _FEWEST_FOR_DAWID_SKENE:
        raise ConfigurationError(
            f"--dawid-skene: {ratings.raters.size} raters; their errors cannot be told apart with fewer than "
            f"{_FEWEST_FOR_DAWID_SKENE}, leave it out."
        )
    model = dawid_skene(ratings, weights=votes.weights)
    names = _names(ratings)
    return {
        "is_converged": model.is_converged,
        "n_iterations": model.n_iterations,
        "prior": dict(zip(map(str, names), model.prior.tolist(), strict=True)),
        # P(vote | true class): a row a true class, in the order of the categories
        "raters": [
            {"rater": str(rater), "confusion": model.confusion[index].T.tolist()}
            for index, rater in enumerate(ratings.raters)
        ],
    }


def _names(ratings: Ratings) -> list[Any]:
    """The categories, whole numbers without a point."""
    names = ratings.categories.tolist()
    return [int(name) if isinstance(name, float) and name.is_integer() else name for name in names]


def _shown(found: AgreementEstimate) -> dict[str, Any]:
    return {
        "estimate": found.estimate,
        "std_error": found.std_error,
        "ci_low": found.low,
        "ci_high": found.high,
        "reason": found.refused,
    }
