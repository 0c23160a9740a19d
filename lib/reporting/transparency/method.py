"""The method statement of the export, in plain words."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Final

from lib.reporting import figures
from lib.reporting.dashboard import ESTIMATOR_MEANINGS
from lib.reporting.estimates import EVERYTHING
from lib.reporting.shown_text import shown_value
from lib.reporting.summary.sentences import released_policies
from lib.reporting.transparency.rows import Record
from lib.reporting.transparency.source import TransparencyData

_WIDTH: Final = 100


def method_paragraphs(data: TransparencyData, prevalence: Sequence[Record]) -> Mapping[str, str]:
    """Return the statement: a heading and its paragraph each.

    Args:
        data: what the export is made of
        prevalence: its records of prevalence

    """
    first = next((record for record in prevalence if record["estimator"] is not None), None)
    estimator = "" if first is None else str(first["estimator"])
    meaning = ESTIMATOR_MEANINGS.get(estimator, "")
    level = "" if first is None else figures.level(float(first["confidence_level"] or 0))
    return {
        "What is reported": (
            f"How much of what people saw on the platform violated its policies in the {data.quarter.title.lower()}, "
            "how many labels this rests on, and how accurate automated labels were. A unit is one query, the answer to "
            "it and the Pins shown with it. Prevalence is the share of all units, or of all views of their Pins, that "
            "violates a policy. It counts what was shown, not what was removed, and names no person."
        ),
        "What the quarter covers": _coverage(data, prevalence),
        "How the sample is drawn": (
            "Every unit of a day is in the population. Chance draws the sample, each unit with a known probability "
            "above zero; those seen more often, and those a model is unsure about, are likelier. A unit is weighted by "
            "one over its probability, so the model decides where labels are spent, not what comes out."
        ),
        "Who judges": (
            "Each sampled unit is judged against the written policies by automated means; a random part of these is "
            "judged again by people, and a part of that by experts where there are any. The higher verdicts correct "
            "the lower ones in every figure of prevalence, so what automated labels get wrong does not bias it. A "
            "missing label is no verdict of harmlessness: units like it stand for it."
        ),
        "Prevalence and its interval": (
            f"The estimator is “{figures.plain_words(estimator)}”{f': {meaning}' if meaning else ''}. The figure of "
            "the quarter is estimated from the sums over all its days, each day with its own exposure; it is not a "
            f"mean of daily rates. Were the measurement repeated, about {level} of the intervals would hold the true "
            "share. Labels of the top rung are taken for the truth; their own errors are in no interval."
        ),
        "Accuracy of automated labels": (
            "Precision is the share of what is labelled violating that is violating, recall the share of what is "
            "violating that is labelled so, specificity the share of what is not that is not labelled so. All three "
            "compare automated verdicts with those of people or experts on the same units, over the quarter's own "
            "days. Each unit counts by one over its probability of having been judged by both, so the rates are those "
            "of the population, not of the sample. One less precision is the share of false alarms among what is "
            "labelled violating; one less recall is the share of violations that is missed."
        ),
        "What is held": (
            "Every number passes gates on its labels, data and labelers before it is released. One that is held, or "
            f"of a place with fewer than {data.minimum_segment_labels} judged units, has no figure here, nor has what "
            "would tell it. Nothing is filled in for days without data or with a held number."
        ),
        "Where the numbers come from": (
            f"Tables released_prevalence, releases and labels of design {data.design_id}, as they stood at "
            f"{data.generated_at:%Y-%m-%d %H:%M} UTC; run {data.job_run_id}. Accuracy is computed from the verdicts of "
            "the quarter as in table labeler_quality, whose windows are others. Every release can be recomputed from "
            "the table versions that it recorded."
        ),
    }


def method_text(paragraphs: Mapping[str, str], *, title: str, tables: Mapping[str, Mapping[str, str]]) -> str:
    """Return the statement and the meaning of every column as plain text.

    Args:
        paragraphs: of `method_paragraphs`
        title: the first line
        tables: file to its columns with their meanings

    """
    parts = [shown_value(title), "=" * len(title)]
    for heading, text in paragraphs.items():
        parts += ["", heading, "-" * len(heading), fill(shown_value(text), _WIDTH)]
    for file, meanings in tables.items():
        parts += ["", f"Columns of {file}", "-" * len(f"Columns of {file}")]
        parts += [
            fill(f"{name}: {meaning}.", _WIDTH, subsequent_indent="    ", break_long_words=False)
            for name, meaning in meanings.items()
        ]
    return "\n".join(parts) + "\n"


def _coverage(data: TransparencyData, prevalence: Sequence[Record]) -> str:
    whole = [r for r in prevalence if r["segment"] == EVERYTHING and r["measure"] == data.headline_measure]
    n_days = max((int(r["n_days_with_data"] or 0) for r in whole), default=0)
    said = [f"{n_days} of the quarter's {data.quarter.n_days} days have data."]
    released = [r for r in whole if r["status"] == "released"]
    said.append(f"{figures.capital(released_policies(len(released), len(whole)))} of the quarter.")
    for record in whole:
        if held := str(record["held_days"] or ""):
            n, share = len(held.split()), record["share_of_exposure_on_released_days"]
            days = "1 day has a held number of its own" if n == 1 else f"{n} days have held numbers of their own"
            part = "" if share is None else (
                f"; days with a released number have {figures.percent(float(share), decimals=1)} of the exposure"
            )  # fmt: skip
            said.append(f"{record['policy_title']}: {days}{part}.")
    if any("simulated" in str(r["label_sources"]) for r in whole):
        said.append("LABELS ARE SIMULATED: truth disturbed with configured error rates. These are not real labels.")
    return " ".join(said)
