"""Puts units and golden items into the same bins: of the score, of the texts, of the language."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import normalize

from lib.estimation.functionals import FloatArray
from lib.scoring.features import DEFAULT_FEATURES, hashed_features

NO_SCORE = "no score"
_N_COMPONENTS = 32
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Binning:
    """Bins of one aspect.

    Attributes:
        names: of the bins
        of_units: index of each unit's bin
        of_golden: index of each golden item's bin

    """

    names: tuple[str, ...]
    of_units: Indices
    of_golden: Indices


def score_bins(units: FloatArray, weights: FloatArray, golden: FloatArray, *, n_bins: int) -> Binning:
    """Bins of the score that hold equal parts of half the exposure and half the expected violations.

    Quantiles of the exposure alone would put nearly all violations into the last bin. A missing score (NaN) has a bin
    of its own.

    Args:
        units: scores of the sampled units
        weights: their weights
        golden: scores of the golden items
        n_bins: wanted; equal scores may leave fewer

    """
    has_score = ~np.isnan(units)
    order = np.argsort(units[has_score], kind="stable")
    scores, mass = units[has_score][order], weights[has_score][order]
    risk = mass * scores
    share = mass / mass.sum() if mass.size else mass
    if risk.sum() > 0.0:
        share = (share + risk / risk.sum()) / 2.0
    wanted = np.arange(1, n_bins) / n_bins
    edges = np.empty(0)
    if scores.size:
        edges = np.unique(scores[np.minimum(np.searchsorted(np.cumsum(share), wanted), scores.size - 1)])
    limits = ["0", *[f"{edge:.3g}" for edge in edges], "1"]
    names = [f"{low} to {high}" for low, high in pairwise(limits)]

    def binned(values: FloatArray) -> Indices:
        found = np.searchsorted(edges, np.nan_to_num(values), side="right")
        return np.where(np.isnan(values), len(names), found).astype(np.intp)

    return Binning((*names, NO_SCORE), binned(units), binned(golden))


def text_clusters(
    units: Sequence[str], weights: FloatArray, golden: Sequence[str], *, n_clusters: int, seed: int
) -> Binning:
    """Clusters of texts by their words: k-means of the sample, weighted, on the main axes of hashed words.

    Latent semantic analysis (Deerwester et al. 1990) on the scorer's features, of unit length; nothing is downloaded.

    Args:
        units: texts of the sampled units, at least two
        weights: their weights
        golden: texts of the golden items
        n_clusters: wanted; fewer different texts leave fewer
        seed: of the projection and of the clusters

    """
    features = hashed_features([*units, *golden], n_features=DEFAULT_FEATURES, maximum_text_length=10_000)
    n_units = len(units)
    if len(set(units)) < 2 or features[:n_units].nnz == 0:
        return Binning(("cluster 1",), np.zeros(n_units, dtype=np.intp), np.zeros(len(golden), dtype=np.intp))
    n_axes = max(1, min(_N_COMPONENTS, n_units - 1))
    axes = TruncatedSVD(n_axes, random_state=seed).fit(features[:n_units])
    projected = normalize(axes.transform(features))
    k = max(1, min(n_clusters, np.unique(projected[:n_units].round(9), axis=0).shape[0]))
    model = KMeans(k, n_init=3, random_state=seed).fit(projected[:n_units], sample_weight=weights)
    labels = model.predict(projected).astype(np.intp)
    return Binning(tuple(f"cluster {i + 1}" for i in range(k)), labels[:n_units], labels[n_units:])


def category_bins(units: Sequence[str], golden: Sequence[str]) -> Binning:
    """One bin for each value that occurs."""
    names, found = np.unique(np.asarray([*units, *golden], dtype=object).astype(str), return_inverse=True)
    return Binning(tuple(names.tolist()), found[: len(units)], found[len(units) :])
