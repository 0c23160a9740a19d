"""A trained text scorer as plain arrays, and its application to texts.

Nothing here needs Spark or scikit-learn: this module, `features` and `score_calibration` run on executors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from lib.scoring.features import TEXT_COMPONENTS, hashed_features
from lib.scoring.score_calibration import Calibration, Floats, noisy_or_margins

COMBINATION = "combination"
UNIT = "unit"
# Components that may get a linear model, and the calibration of the unit last: the order of columns everywhere.
MODEL_COMPONENTS = (*TEXT_COMPONENTS, COMBINATION, UNIT)

# Scores are rounded so that they are the same on every engine.
SCORE_DECIMALS = 9


def n_text_features(component: str, n_features: int) -> int:
    """Features of texts that the model of `component` sees; those of embeddings come after them."""
    return n_features * (len(TEXT_COMPONENTS) if component == COMBINATION else 1)


@dataclass(frozen=True)
class ScorerModel:
    """One row of the table `scorers`: the linear model of a policy and component, with its calibration.

    `feature_indices` count from 0 within a component; those of `combination` go on over the three components side by
    side (query first, then response, image). Those of embeddings follow (lib/scoring/image_embeddings.py). The model of
    component `unit` has no features: its calibration takes the log-odds of the noisy-or of the policy's components.
    """

    policy: str
    component: str
    feature_indices: npt.NDArray[np.int32]
    feature_weights: Floats
    intercept: float
    calibration: Calibration
    n_training_units: int
    n_training_positives: int


@dataclass(frozen=True)
class TextScorer:
    """Every model of one scorer, sorted by policy and then as MODEL_COMPONENTS.

    `n_features` is the length of one component's feature vector, `maximum_text_length` the characters read of each
    text; the dates are the first and last day of the labels it learned from.
    """

    scorer_version: str
    n_features: int
    maximum_text_length: int
    trained_from_ds: date
    trained_to_ds: date
    models: tuple[ScorerModel, ...]

    @property
    def policies(self) -> tuple[str, ...]:
        """The policies it has a score for."""
        return tuple(model.policy for model in self.models if model.component == UNIT)

    def probabilities(self, texts: Mapping[str, Sequence[object]]) -> Floats:
        """As TextPredictor.probabilities, for a single batch."""
        return TextPredictor(self).probabilities(texts)


class TextPredictor:
    """Applies a scorer to batches of texts: its weights unpacked once into one dense matrix per text component."""

    def __init__(self, scorer: TextScorer) -> None:
        self._scorer = scorer
        self._weights = {component: np.zeros((scorer.n_features, len(scorer.models))) for component in TEXT_COMPONENTS}
        for column, model in enumerate(scorer.models):
            is_of_text = model.feature_indices < n_text_features(model.component, scorer.n_features)
            blocks, rows = np.divmod(model.feature_indices[is_of_text], scorer.n_features)
            weights = model.feature_weights[is_of_text]
            if model.component in TEXT_COMPONENTS:
                blocks = blocks + TEXT_COMPONENTS.index(model.component)
            for number, component in enumerate(TEXT_COMPONENTS):
                is_here = blocks == number
                self._weights[component][rows[is_here], column] = weights[is_here]

    def probabilities(self, texts: Mapping[str, Sequence[object]]) -> Floats:
        """Calibrated P(violation) of every unit by every model, as its texts alone have it.

        `texts` and what is returned are those of `margins` and `calibrated`.
        """
        return self.calibrated(self.margins(texts))

    def margins(self, texts: Mapping[str, Sequence[object]]) -> Floats:
        """Log-odds of every unit by every model of a component, before calibration; units × `scorer.models`.

        Args:
            texts: text component (query, response, image) to the units' texts, in the same order of units; null for
                a text that is not there, which leaves the model its intercept.
        """
        scorer = self._scorer
        n_units = len(texts[TEXT_COMPONENTS[0]])
        margins = np.tile(np.array([model.intercept for model in scorer.models]), (n_units, 1))
        for component in TEXT_COMPONENTS:
            features = hashed_features(
                texts[component], n_features=scorer.n_features, maximum_text_length=scorer.maximum_text_length
            )
            margins += features @ self._weights[component]
        return margins

    def calibrated(self, margins: Floats) -> Floats:
        """Probabilities of `margins`: a component's own, and at `unit` that of the whole unit.

        In (0, 1), rounded to SCORE_DECIMALS; `margins` at `unit` are not read.
        """
        scorer = self._scorer
        margins = margins.copy()
        probabilities = np.empty_like(margins)
        component_columns: list[int] = []
        for column, model in enumerate(scorer.models):
            if model.component == UNIT:
                margins[:, column] = noisy_or_margins(probabilities[:, component_columns])
                component_columns = []
            else:
                component_columns.append(column)
            probabilities[:, column] = model.calibration.probabilities_at(margins[:, column])
        return np.round(probabilities, SCORE_DECIMALS)
