"""Trains the text scorer on the driver, from the labelled sample: a few ten thousand units at most."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from lib.scoring.features import (
    DEFAULT_FEATURES,
    DEFAULT_TEXT_LENGTH,
    TEXT_COLUMNS,
    TEXT_COMPONENTS,
    Features,
    hashed_features,
)
from lib.scoring.image_embeddings import IMAGE_COMPONENTS, embedding_features
from lib.scoring.ranking_model import cross_fit, fold_numbers
from lib.scoring.score_calibration import Bools, Floats, fit_calibration, noisy_or_margins
from lib.scoring.text_scorer import COMBINATION, UNIT, ScorerModel, TextScorer

Row = Mapping[str, Any]


@dataclass(frozen=True)
class _PolicyUnits:
    """The units with a verdict for one policy: their positions in the training rows and what calibration needs."""

    policy: str
    positions: npt.NDArray[np.int64]
    is_violating: Bools
    named_components: list[frozenset[str]]
    weights: Floats
    folds: npt.NDArray[np.int64]


def train_text_scorer(
    rows: pd.DataFrame,
    *,
    policies: Sequence[str],
    minimum_positives: int = 5,
    n_features: int = DEFAULT_FEATURES,
    maximum_text_length: int = DEFAULT_TEXT_LENGTH,
    n_folds: int = 5,
    shrinkage: float = 0.1,
    maximum_weights: int = 5_000,
    image_embedding_length: int = 0,
) -> TextScorer | None:
    """A scorer learned from labelled units; the same rows in any order give the same scorer.

    Per policy and component a linear model ranks the units and an isotonic curve over its out-of-fold margins, weighted
    by 1/p, makes probabilities of the ranks; the noisy-or of the components is calibrated the same way against the
    verdict on the unit.

    Args:
        rows: columns of `training_rows`, one row per unit: unit_id, ds, query_text, response_text, image_text, weight
            (1/inclusion probability), verdicts (policy to whether it violates) and violating_components (policy to
            component names). With an `image_embedding_length` also image_embedding, null where there is none.
        policies: policies to score.
        minimum_positives: violating units below which a component gets no model and a policy no score.
        n_features: hashed features per component.
        maximum_text_length: characters read of each text.
        n_folds: folds, each ranked by a model fitted on the others; 2 or more.
        shrinkage: share of the base rate in every probability, in [0, 1]; the lowest is shrinkage × base rate.
        maximum_weights: weights kept of each fold's linear model.
        image_embedding_length: numbers of image_embedding, which the models that see images learn from too.

    Returns:
        The scorer, or None if no policy has enough violating units.

    Raises:
        ValueError: a unit_id occurs twice.
    """
    if rows["unit_id"].duplicated().any():
        raise ValueError("training rows hold a unit_id twice; pass one row per unit, as training_rows returns")
    ordered = rows.sort_values("unit_id", ignore_index=True)
    settings = {
        "policies": sorted(policies),
        "minimum_positives": minimum_positives,
        "n_features": n_features,
        "maximum_text_length": maximum_text_length,
        "n_folds": n_folds,
        "shrinkage": shrinkage,
        "maximum_weights": maximum_weights,
    }
    # Not among them where it is 0: what learns from texts alone keeps the version that it always had.
    if image_embedding_length:
        settings["image_embedding_length"] = image_embedding_length
    units_by_policy = [_policy_units(ordered, policy, n_folds) for policy in sorted(policies)]
    enough = [units for units in units_by_policy if units.is_violating.sum() >= minimum_positives]
    if not enough:
        return None
    features = _component_features(ordered, n_features, maximum_text_length, image_embedding_length)
    models: list[ScorerModel] = []
    for units in enough:
        targets = _component_targets(units, minimum_positives)
        models += _policy_models(units, features, targets, shrinkage, maximum_weights)
    return TextScorer(
        scorer_version=_version(ordered, settings),
        n_features=n_features,
        maximum_text_length=maximum_text_length,
        trained_from_ds=ordered["ds"].min(),
        trained_to_ds=ordered["ds"].max(),
        models=tuple(models),
    )


def _policy_units(rows: pd.DataFrame, policy: str, n_folds: int) -> _PolicyUnits:
    verdicts = [verdicts.get(policy) for verdicts in rows["verdicts"]]
    positions = np.array([i for i, verdict in enumerate(verdicts) if verdict is not None], dtype=np.int64)
    components = rows["violating_components"].iloc[positions]
    return _PolicyUnits(
        policy=policy,
        positions=positions,
        is_violating=np.array([verdicts[i] for i in positions], dtype=np.bool_),
        named_components=[frozenset(named.get(policy, ())) for named in components],
        weights=rows["weight"].to_numpy(dtype=np.float64)[positions],
        folds=fold_numbers(rows["unit_id"].to_numpy(dtype=object)[positions], n_folds=n_folds),
    )


def _component_features(
    rows: pd.DataFrame, n_features: int, maximum_text_length: int, image_embedding_length: int
) -> dict[str, Features]:
    """Features of each text component, hashed once for every policy, and of all three side by side.

    Those of embeddings, if there are any, come last.
    """
    features: dict[str, Features] = {
        component: hashed_features(
            rows[column].tolist(), n_features=n_features, maximum_text_length=maximum_text_length
        )
        for component, column in zip(TEXT_COMPONENTS, TEXT_COLUMNS, strict=True)
    }
    features[COMBINATION] = sparse.hstack([features[component] for component in TEXT_COMPONENTS], format="csr")
    if image_embedding_length:
        images = embedding_features(rows["image_embedding"].tolist(), length=image_embedding_length)
        for component in IMAGE_COMPONENTS:
            features[component] = sparse.hstack([features[component], images], format="csr")
    return features


def _component_targets(units: _PolicyUnits, minimum_positives: int) -> dict[str, Bools]:
    """What each component's model learns, for the components with enough positives.

    Violating units that no text component's model accounts for (none is named, or only such with too few positives)
    count to `combination`, whose model sees all texts: otherwise a rare policy's few positives would teach nothing.
    """

    def names(component: str) -> Bools:
        return units.is_violating & np.array([component in named for named in units.named_components], dtype=np.bool_)

    targets = {component: names(component) for component in TEXT_COMPONENTS}
    targets = {component: target for component, target in targets.items() if target.sum() >= minimum_positives}
    is_accounted_for = np.zeros(units.is_violating.size, dtype=np.bool_)
    for target in targets.values():
        is_accounted_for |= target
    combination = names(COMBINATION) | (units.is_violating & ~is_accounted_for)
    if combination.sum() >= minimum_positives:
        targets[COMBINATION] = combination
    return targets


def _policy_models(
    units: _PolicyUnits,
    features: Mapping[str, Features],
    targets: Mapping[str, Bools],
    shrinkage: float,
    maximum_weights: int,
) -> list[ScorerModel]:
    """The models of one policy: its components in order, then the calibration of the unit."""
    models: list[ScorerModel] = []
    probabilities: list[Floats] = []
    for component, target in targets.items():
        ranking, margins = cross_fit(
            features[component][units.positions], target, units.folds, maximum_weights=maximum_weights
        )
        calibration = fit_calibration(margins, target, units.weights, shrinkage=shrinkage)
        probabilities.append(calibration.probabilities_at(margins))
        models.append(
            ScorerModel(
                policy=units.policy,
                component=component,
                feature_indices=ranking.feature_indices,
                feature_weights=ranking.feature_weights,
                intercept=ranking.intercept,
                calibration=calibration,
                n_training_units=units.positions.size,
                n_training_positives=int(target.sum()),
            )
        )
    unit_margins = noisy_or_margins(np.column_stack(probabilities))
    models.append(
        ScorerModel(
            policy=units.policy,
            component=UNIT,
            feature_indices=np.empty(0, dtype=np.int32),
            feature_weights=np.empty(0),
            intercept=0.0,
            calibration=fit_calibration(unit_margins, units.is_violating, units.weights, shrinkage=shrinkage),
            n_training_units=units.positions.size,
            n_training_positives=int(units.is_violating.sum()),
        )
    )
    return models


def _version(rows: pd.DataFrame, settings: Mapping[str, Any]) -> str:
    """Content hash of the labels, weights and settings; texts are fixed by unit_id."""
    lines = sorted(
        json.dumps([unit_id, policy, bool(verdict), sorted(named.get(policy, ())), float(weight)])
        for unit_id, verdicts, named, weight in zip(
            rows["unit_id"], rows["verdicts"], rows["violating_components"], rows["weight"], strict=True
        )
        for policy, verdict in verdicts.items()
        if policy in settings["policies"] and verdict is not None
    )
    content = json.dumps(settings, sort_keys=True) + "\n" + "\n".join(lines)
    return "text-" + hashlib.sha256(content.encode()).hexdigest()[:12]
