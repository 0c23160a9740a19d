"""Audits a design on one day: the frame as it was drawn, labelers as they were measured, then many samples."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from pyspark.sql import DataFrame

from lib.audit.certificate_rows import certificate_rows
from lib.audit.design_audit import AuditedDesign, audit_design
from lib.audit.frame_population import StoredFrame, virtual_frame
from lib.moments.rung_bounds import rung_bounds
from lib.planning.day_plan import EarlierDays
from schemas.contracts.sampling_design import SamplingDesign
from schemas.contracts.settings import Settings


def audit_day(
    unit_scores: DataFrame,
    frame: DataFrame,
    labelled: EarlierDays,
    *,
    ds: date,
    design: SamplingDesign,
    policies: Sequence[str],
    settings: Settings,
) -> list[dict[str, Any]]:
    """Records of `design_audits` for one day and design, without ds and job_run_id.

    Args:
        unit_scores: the day's rows
        frame: the design's rows of `sampling_frame` of the day
        labelled: samples and labels that error rates are measured from
        ds: the day
        design: the configured design
        policies: every policy
        settings: rungs, estimation, planning (assumed error rates) and audit

    Returns:
        one record a policy, measure and scenario

    Raises:
        MissingInputError: the design has no frame on the day, or scores are not those it was drawn from
        ConfigurationError: the design draws people
    """
    stored = StoredFrame.of(frame, design=design)
    seed = (settings.audit.seed, ds.toordinal())
    population = virtual_frame(
        unit_scores,
        stored,
        design=design,
        policies=policies,
        maximum_units=settings.audit.maximum_units,
        random=np.random.default_rng(seed),
    )
    rungs = settings.labelling.rungs
    names = tuple(rung.rung for rung in rungs)
    sizes = tuple(rung.sample_size for rung in rungs[1:])
    totals = {str(measure): population.total(population.exposures[measure]) for measure in settings.estimation.measures}
    audited = AuditedDesign(
        method=stored.method,
        strata=stored.strata(),
        policy_importance=stored.policy_importance,
        rungs=names,
        rung_sizes=sizes,
        error_rates=labelled.error_rates(policies=policies, rungs=names, planning=settings.planning),
        weight_bounds=stored.weight_bounds(rung_bounds(totals, sample_sizes=sizes)),
        estimator=settings.estimation.published_estimator,
        interval=settings.estimation.interval,
        confidence_level=settings.estimation.confidence_level,
    )
    n_replicates = settings.audit.n_replicates
    numbers = audit_design(population, audited, n_replicates=n_replicates, seed=seed)
    rows = certificate_rows(numbers, population, audited, n_replicates=n_replicates)
    return [row | {"design_id": design.design_id, "scorer_version": stored.scorer_version} for row in rows]
