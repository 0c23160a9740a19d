"""Dawid & Skene's model: true classes and the raters' error rates from votes alone."""

from dataclasses import dataclass

import numpy as np

from lib.estimation.agreement.ratings import Ratings
from lib.estimation.functionals import FloatArray

# A vote that no rater ever gave a class must not rule the class out for good.
SMALLEST_PROBABILITY = 1e-10


@dataclass(frozen=True, eq=False)
class DawidSkene:
    """The model at its last iteration.

    Attributes:
        posterior: P(true class | votes), (items, categories)
        prior: shares of the true classes, weighted
        confusion: P(vote l | true class k) of each rater, (raters, votes l, classes k)
        n_iterations: done
        is_converged: whether the last one moved no posterior by more than the tolerance
        log_likelihood: weighted, at `prior` and `confusion`

    """

    posterior: FloatArray
    prior: FloatArray
    confusion: FloatArray
    n_iterations: int
    is_converged: bool
    log_likelihood: float


def dawid_skene(
    ratings: Ratings, *, weights: FloatArray | None = None, maximum_iterations: int = 500, tolerance: float = 1e-8
) -> DawidSkene:
    """Fit the model by expectation-maximisation, from the shares of the votes: Dawid & Skene (1979).

    It takes raters to err independently given the true class, which labelers that share a training, or a text that
    misleads everybody, do not: a cross-check, never a reference. Two raters cannot tell it from a worse labeler and
    better items; give three or more. Votes may be missing, if what is missing depends on other votes only.

    Args:
        ratings: votes
        weights: of the items, 1/P; None for 1
        maximum_iterations: of the algorithm
        tolerance: largest change of a posterior probability at rest; a negative one runs all iterations

    Returns:
        the model

    """
    w = np.ones(ratings.items.size) if weights is None else weights
    posterior = ratings.counts / ratings.n_votes[:, None]
    prior, confusion = _maximised(ratings, posterior, w)
    log_likelihood, is_converged, n_iterations = 0.0, False, 0
    while n_iterations < maximum_iterations and not is_converged:
        previous = posterior
        posterior, log_likelihood = _expected(ratings, prior, confusion, w)
        prior, confusion = _maximised(ratings, posterior, w)
        n_iterations += 1
        is_converged = float(np.abs(posterior - previous).max()) <= tolerance
    return DawidSkene(posterior, prior, confusion, n_iterations, is_converged, log_likelihood)


def _maximised(ratings: Ratings, posterior: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    n_raters, n_categories = ratings.raters.size, ratings.categories.size
    mass = weights[:, None] * posterior
    prior = mass.sum(axis=0) / weights.sum()
    cell = ratings.rater * n_categories + ratings.category
    of_votes = mass[ratings.item]
    confusion = np.stack(
        [np.bincount(cell, weights=column, minlength=n_raters * n_categories) for column in of_votes.T], axis=1
    ).reshape(n_raters, n_categories, n_categories)
    confusion = np.maximum(confusion, SMALLEST_PROBABILITY)
    return prior, confusion / confusion.sum(axis=1, keepdims=True)


def _expected(
    ratings: Ratings, prior: FloatArray, confusion: FloatArray, weights: FloatArray
) -> tuple[FloatArray, float]:
    """P(class | votes) by Bayes' rule, and the log-likelihood."""
    of_votes = np.log(confusion)[ratings.rater, ratings.category]
    logs = np.stack(
        [np.bincount(ratings.item, weights=column, minlength=ratings.items.size) for column in of_votes.T], axis=1
    )
    logs += np.log(np.maximum(prior, SMALLEST_PROBABILITY))
    largest = logs.max(axis=1, keepdims=True)
    likelihood = np.exp(logs - largest)
    total = likelihood.sum(axis=1, keepdims=True)
    log_likelihood = float(weights @ (np.log(total) + largest)[:, 0])
    return likelihood / total, log_likelihood
