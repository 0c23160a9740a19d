"""What image models say of images, as features of the scorer: of a unit the mean over its Pins.

The features of embeddings come after those of the texts: 1 where there is an embedding, then its numbers. A unit
without one has none of them, so it keeps the score of its texts. As the models are linear, a unit's margin is the mean
of its Pins': applying them takes a few numbers a Pin, not the embeddings themselves, to where the unit is.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from lib.scoring.features import Features
from lib.scoring.score_calibration import Floats
from lib.scoring.text_scorer import COMBINATION, ScorerModel, TextScorer, n_text_features
from schemas.errors import ConfigurationError

IMAGE_COMPONENTS = ("image", COMBINATION)
# Margins of Pins are whole multiples of 1/MARGIN_UNITS: their sum is the same in any order.
MARGIN_UNITS = 1_000_000


def embedding_features(embeddings: Sequence[Any], *, length: int) -> Features:
    """Rows × (1 + `length`) features; a row without an embedding of that length has none."""
    dense = np.zeros((len(embeddings), 1 + length))
    for row, embedding in enumerate(embeddings):
        if embedding is not None and np.size(embedding) == length:
            dense[row] = [1.0, *embedding]
    return sparse.csr_array(dense)


class ImagePredictor:
    """Applies what a scorer learned of embeddings of `length` numbers to the embeddings of Pins.

    `models` are the positions of the scorer's models that learned any of it: none if it has seen texts alone. Raises
    ConfigurationError if it learned from longer ones.
    """

    def __init__(self, scorer: TextScorer, *, length: int) -> None:
        learned = [_image_weights(model, scorer.n_features) for model in scorer.models]
        self.models = [number for number, (indices, _) in enumerate(learned) if indices.size]
        self._length = length
        self._weights = np.zeros((1 + length, len(self.models)))
        for column, number in enumerate(self.models):
            indices, weights = learned[number]
            if indices.max() > length:
                raise ConfigurationError(
                    f"scoring.image_embedding_length: the scorer {scorer.scorer_version} learned from embeddings of "
                    f"{indices.max()} numbers or more, conf says {length}; mend it, or train a scorer for the day."
                )
            self._weights[indices, column] = weights

    def margins(self, embeddings: pa.Array) -> pa.Array:
        """What each embedding adds to the log-odds of `models`, in 1/MARGIN_UNITS.

        Null for what is no embedding: null, of another length, or with a number that is null or not finite.
        """
        fits = pc.fill_null(pc.equal(pc.list_value_length(embeddings), self._length), False)
        values = embeddings.filter(fits).flatten().to_numpy(zero_copy_only=False)
        found = np.full((len(embeddings), len(self.models)), np.nan)
        with np.errstate(invalid="ignore"):  # infinity times 0
            of_fitting = values.reshape(-1, self._length).astype(np.float64) @ self._weights[1:] + self._weights[0]
        found[fits.to_numpy(zero_copy_only=False)] = of_fitting
        is_known = np.isfinite(found).all(axis=1)
        units = np.rint(np.where(is_known[:, None], found, 0.0) * MARGIN_UNITS).astype(np.int64)
        ends = np.arange(len(embeddings) + 1, dtype=np.int32) * len(self.models)
        return pa.ListArray.from_arrays(pa.array(ends), pa.array(units.ravel()), mask=pa.array(~is_known))


def _image_weights(model: ScorerModel, n_features: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Which features of embeddings have a weight, counted from 0, and their weights."""
    first = n_text_features(model.component, n_features)
    is_of_image = model.feature_indices >= first
    return model.feature_indices[is_of_image].astype(np.int64) - first, model.feature_weights[is_of_image]
