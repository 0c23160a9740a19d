"""From the name of a design to the analysis design of `lib.estimation` that describes the sample."""

from collections.abc import Callable, Mapping

import numpy as np

from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.lonely_psus import LonelyPsuRule
from lib.estimation.designs.poisson import PoissonDesign
from lib.estimation.designs.pps_fixed_size import PpsApproximation, PpsFixedSize
from lib.estimation.designs.pps_with_replacement import PpsWithReplacement
from lib.estimation.designs.sampling_stages import SamplingStage
from lib.estimation.designs.stratified import StratifiedDesign
from schemas.errors import ConfigurationError
from scripts.labelled_tables.columns import FloatArray
from scripts.labelled_tables.sample import Sample

_SAME_WEIGHT_WITHIN = 1e-6
# How a message of `lib.estimation` begins, and the option it is about.
_FIELD_OPTIONS: Mapping[str, str] = {
    "stratum": "stratum",
    "strata": "stratum",
    "lonely_psus": "stratum",
    "stage 1: strata": "stratum",
    "stage 1: units": "cluster",
    "stage 1: population_sizes": "stratum_size",
    "stage 2: population_sizes": "cluster_size",
    "population_size": "stratum_size",
    "population_sizes": "stratum_size",
    "given_weights": "weight",
    "inclusion_probability": "inclusion_probability",
    "auxiliary": "auxiliary",
}


def analysis_design(sample: Sample, *, lonely_psus: LonelyPsuRule) -> LinearisedDesign:
    """Return the analysis design of the sample; raises ConfigurationError if its columns don't fit the design."""
    if sample.cluster is not None and sample.design != "cluster":
        # units of a cluster are alike: leaving it out would make the standard error far too small
        raise sample.refused(
            f"{sample.column('cluster')} has no place in design {sample.design}; use --design cluster, or leave it out."
        )
    try:
        return _DESIGNS[sample.design](sample, lonely_psus)
    except ValueError as error:
        raise named_refusal(sample, error) from None


def named_refusal(sample: Sample, error: ValueError) -> ConfigurationError:
    """Return a refusal of `lib.estimation` with the name of the column that it is about."""
    message = str(error)
    for field in sorted(_FIELD_OPTIONS, key=len, reverse=True):
        if message.startswith(f"{field}:"):
            message = f"{sample.column(_FIELD_OPTIONS[field])}:{message[len(field) + 1 :]}"
            break
    return sample.refused(message)


def _poisson(sample: Sample, _: LonelyPsuRule) -> LinearisedDesign:
    return PoissonDesign(inclusion_probability(sample))


def _srs(sample: Sample, _: LonelyPsuRule) -> LinearisedDesign:
    if sample.stratum is not None:
        raise sample.refused(f"{sample.column('stratum')} has no place in design srs; use --design stratified.")
    size = None if sample.population_size is None else np.full(sample.n, sample.population_size)
    weight = _weight(sample)
    if size is None and weight is None:
        raise sample.refused("design srs needs --population-size, --weight or --inclusion-probability.")
    return StratifiedDesign(stratum=None, population_size=size, given_weights=weight)


def _stratified(sample: Sample, _: LonelyPsuRule) -> LinearisedDesign:
    if sample.stratum is None:
        raise sample.refused("design stratified needs --stratum, the column with each unit's stratum.")
    weight = _weight(sample)
    if sample.stratum_size is None and weight is None:
        raise sample.refused(
            "design stratified needs --stratum-size, or weights (--weight or --inclusion-probability)."
        )
    design = StratifiedDesign(sample.stratum, population_size=sample.stratum_size, given_weights=weight)
    if sample.stratum_size is not None and sample.population_size is not None:
        _refuse_unsampled_strata(sample)
    return design


def _refuse_unsampled_strata(sample: Sample) -> None:
    known = stratified_population_size(sample)
    if known is None or sample.population_size is None:
        return
    if abs(known - sample.population_size) > _SAME_WEIGHT_WITHIN * known:
        raise sample.refused(
            f"--population-size is {sample.population_size:g}, but {sample.column('stratum_size')} adds up to "
            f"{known:g} over the strata of the sample; a stratum without sampled units cannot be left out."
        )


def stratified_population_size(sample: Sample) -> float | None:
    """Return Σ N_h over the strata of the sample, None if their sizes in units are not known."""
    if sample.stratum is None or sample.stratum_size is None or sample.design == "cluster":
        return None
    _, first = np.unique(sample.stratum, return_index=True)
    return float(sample.stratum_size[first].sum())


def _pps_with_replacement(sample: Sample, _: LonelyPsuRule) -> LinearisedDesign:
    weight = _weight(sample)
    if weight is None:
        raise sample.refused(
            "design pps_with_replacement needs --weight, 1/(m p) of m draws with probability p, or its inverse "
            "--inclusion-probability."
        )
    return PpsWithReplacement(weight, sample.stratum)


def _pps_fixed_size(method: PpsApproximation) -> Callable[[Sample, LonelyPsuRule], LinearisedDesign]:
    return lambda sample, _: PpsFixedSize(inclusion_probability(sample), method, stratum=sample.stratum)


def _cluster(sample: Sample, lonely_psus: LonelyPsuRule) -> LinearisedDesign:
    if sample.cluster is None:
        raise sample.refused("design cluster needs --cluster, the column with each unit's cluster.")
    weight = _weight(sample)
    if sample.stratum_size is None and weight is None:
        raise sample.refused(
            "design cluster needs --stratum-size, the number of clusters in the stratum (with --cluster-size where "
            "clusters were sub-sampled), --weight or --inclusion-probability."
        )
    first = SamplingStage(sample.cluster, sample.stratum, sample.stratum_size)
    if sample.cluster_size is not None:
        if sample.stratum_size is None:
            raise sample.refused(f"{sample.column('cluster_size')} is of no use without --stratum-size; leave it out.")
        second = SamplingStage(np.arange(sample.n), None, sample.cluster_size)
        return ClusterDesign([first, second], given_weights=weight, lonely_psus=lonely_psus)
    if weight is not None and sample.stratum_size is not None:
        whole_clusters = ClusterDesign([first], lonely_psus=lonely_psus)
        if not np.allclose(weight, whole_clusters.weights, rtol=_SAME_WEIGHT_WITHIN, atol=0.0):
            # Weights other than N/n: clusters were sub-sampled. A correction of the first stage alone would leave out
            # the variance within clusters; without it the between-cluster variance covers both, conservatively.
            first = SamplingStage(sample.cluster, sample.stratum)
    return ClusterDesign([first], given_weights=weight, lonely_psus=lonely_psus)


def _weight(sample: Sample) -> FloatArray | None:
    if sample.weight is not None:
        return sample.weight
    return None if sample.inclusion_probability is None else 1.0 / sample.inclusion_probability


def inclusion_probability(sample: Sample) -> FloatArray:
    """Return π, given or 1/w; raises ConfigurationError if neither is there or a weight is below 1."""
    if sample.inclusion_probability is not None:
        return sample.inclusion_probability
    if sample.weight is None:
        raise sample.refused(f"design {sample.design} needs --inclusion-probability, or --weight, its inverse.")
    is_too_small = sample.weight < 1.0
    if is_too_small.any():
        row = int(np.flatnonzero(is_too_small)[0])
        raise sample.refused(
            f"{sample.column('weight')} is {sample.weight[row]:g} in row {row + 1}; as the inverse of a probability it "
            "must be 1 or more: give weights that were not rescaled, or --inclusion-probability."
        )
    return 1.0 / sample.weight


_DESIGNS: Mapping[str, Callable[[Sample, LonelyPsuRule], LinearisedDesign]] = {
    "poisson": _poisson,
    "bottom_k": _poisson,
    "srs": _srs,
    "stratified": _stratified,
    "pps_with_replacement": _pps_with_replacement,
    "pps_brewer": _pps_fixed_size("brewer"),
    "pps_hartley_rao": _pps_fixed_size("hartley_rao"),
    "cluster": _cluster,
}
DESIGNS = tuple(_DESIGNS)
