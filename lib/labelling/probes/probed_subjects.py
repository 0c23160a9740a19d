"""Asks the day's scorer and the labelers of conf about every probe."""

from collections.abc import Iterator

import structlog

from lib.labelling.labelers import build_labeler
from lib.labelling.probes.labeler_answers import labeler_answers, probe_records, probed_rungs
from lib.labelling.probes.probe_set import ProbeSet
from lib.labelling.probes.result_rows import ProbedSubject
from lib.labelling.probes.scorer_answers import population_scores, scorer_answers
from lib.labelling.redaction.redaction import Redaction
from lib.run_context import RunContext
from lib.sampling.content import with_content
from lib.scoring.scorer_rows import latest_scorer
from lib.settings import load_policies
from lib.storage import Storage
from schemas import sample_content, samples, scorers, unit_scores
from schemas.contracts.settings import Settings
from schemas.errors import MissingInputError

SCORER = "scorer"


def probed_scorer(
    probes: ProbeSet, settings: Settings, *, storage: Storage, run_context: RunContext
) -> ProbedSubject | None:
    """The scorer of the day on every probe; None while there is none, or scores come with the logs.

    Raises MissingInputError if the day's units have not been scored by it: there is nothing to compare with.
    """
    trained = storage.read_if_exists(scorers.TABLE) if settings.scoring.source == "text_scorer" else None
    length, ds = settings.scoring.maximum_text_length, run_context.ds
    scorer = latest_scorer(trained, ds=ds, maximum_text_length=length) if trained is not None else None
    if scorer is None:
        return None
    share = settings.evaluation.suspect_share
    population = population_scores(
        storage.read_day(unit_scores.TABLE, ds),
        scorer_version=scorer.scorer_version,
        policies=scorer.policies,
        suspect_share=share,
    )
    if not population:
        raise MissingInputError(
            f"Table `unit_scores`: field `scorer_version` is nowhere `{scorer.scorer_version}` on {ds}; run "
            "score_units for that day, or name another day."
        )
    answers = scorer_answers(probes.cases, scorer, population)
    return ProbedSubject(SCORER, SCORER, scorer.scorer_version, answers.verdicts, share, answers.gains)


def probed_labelers(
    probes: ProbeSet, settings: Settings, *, storage: Storage, run_context: RunContext
) -> Iterator[ProbedSubject]:
    """Every labeler of settings.evaluation.probed_labelers on every probe; raises ConfigurationError."""
    policies = load_policies()
    rungs = probed_rungs(settings.labelling.rungs, settings.evaluation.probed_labelers)
    if not rungs:
        log = structlog.get_logger()
        log.info(f"probe_labelers {run_context.ds}: no configured labeler reads content, so none is probed.")
        return
    records = probe_records(probes.cases, ds=run_context.ds)
    units = with_content(storage.rows(samples.TABLE, records), storage.rows(sample_content.TABLE, records))
    redaction = Redaction(settings.privacy.redaction)
    for rung in rungs:
        labeler = build_labeler(rung, policies=policies, redaction=redaction, storage=storage, run_context=run_context)
        verdicts = labeler_answers(probes.cases, units, labeler=labeler)
        yield ProbedSubject("labeler", labeler.labeler_id, labeler.prompt_version, verdicts)
