"""What is known of the size of a population, in units or in exposure."""

from scripts.labelled_tables.design_choice import stratified_population_size
from scripts.labelled_tables.sample import Sample


def known_units(sample: Sample) -> float | None:
    """Return N, the units of the population: given, or the sum of the stratum sizes; None if not known."""
    if sample.population_size is not None:
        return sample.population_size
    return stratified_population_size(sample)


def known_exposure(sample: Sample) -> float | None:
    """Return X = Σ_U x: N without an exposure column; None if not known.

    An auxiliary that is the exposure column itself brings its total along.
    """
    if not sample.has_exposure:
        return known_units(sample)
    if sample.exposure_total is not None:
        return sample.exposure_total
    is_auxiliary = sample.options.get("auxiliary") == sample.options["exposure"]
    return sample.auxiliary_total if is_auxiliary else None


def known_domain_units(sample: Sample, domain: str) -> float | None:
    """Return N of a domain, known only if the domains are the strata; None if not."""
    if sample.has_exposure or sample.design == "cluster" or sample.stratum_size is None:
        return None
    are_strata = sample.options.get("domain") == sample.options.get("stratum")
    return float(sample.stratum_size[sample.stratum == domain][0]) if are_strata else None
