"""The release gates and other reasons in words that need no statistics."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lib.reporting import figures
from schemas.contracts.release_settings import GateName


@dataclass(frozen=True)
class GateWords:
    """A gate: its name, what it asks, and what is said of a number that breaks it."""

    title: str
    asks: str
    broken: str


# In the order in which a person would ask: are the data whole, the labels there and good, the plan kept, the range fit.
GATES: Final[Mapping[GateName, GateWords]] = {
    "join_loss": GateWords(
        "Log rows joined", "Could nearly every row of the logs be used?", "too many rows of the logs could not be used"
    ),
    "data_checks": GateWords("Data checks", "Did the data checks of the tables pass?", "data checks failed"),
    "missing_labels": GateWords(
        "Labels there", "Does nearly every sampled unit have a label?", "too many sampled units have no label"
    ),
    "unlabelled_rung": GateWords(
        "Every step labelled", "Was every step of checking done?", "a step of checking has no labels yet"
    ),
    "enough_labels": GateWords("Enough labels", "Are there enough labels to say anything?", "there are too few labels"),
    "label_lag": GateWords("Labels on time", "Do the labels reach the last days?", "labels lag behind the sample"),
    "age": GateWords("Not too old", "Is the figure young enough to act on?", "the figure is too old"),
    "sensitivity": GateWords(
        "Violations found", "Does the labeler find enough of the violations?", "the labeler misses too many violations"
    ),
    "specificity": GateWords(
        "False alarms", "Does the labeler leave harmless content alone?", "the labeler raises too many false alarms"
    ),
    "kappa": GateWords(
        "Agreement", "Do labeler and reviewers agree beyond chance?", "labeler and reviewers agree too little"
    ),
    "labeler_drift": GateWords(
        "Labeler steady",
        "Does the labeler judge known items as it did at first?",
        "the labeler judges known items otherwise than at first",
    ),
    "arm_agreement": GateWords(
        "Sample agrees with itself",
        "Does the part drawn without the model give the same figure?",
        "the part of the sample that was drawn without the model gives another figure",
    ),
    "realised_error": GateWords(
        "Error as planned",
        "Is the error the planned one?",
        "the error is not the planned one: the model may have a blind spot",
    ),
    "positives": GateWords(
        "Violations counted",
        "Were enough violations found for the range to hold?",
        "few violations were found, so the range may be too short",
    ),
    "relative_width": GateWords("Width of the range", "Is the range narrow enough to read?", "the range is very wide"),
    "score_level": GateWords(
        "Scores steady",
        "Are the model's scores as high as before?",
        "the model's scores moved, which costs precision but not truth",
    ),
    "score_mix": GateWords(
        "Scores spread as before",
        "Do the scores lie where they lay before?",
        "the model's scores moved between surfaces, which costs precision but not truth",
    ),
    "estimable": GateWords(
        "A figure at all", "Can a figure with a range be computed?", "no figure with a range can be computed"
    ),
}
# Of these gates a figure found for a number that is held would tell, or nearly tell, the number.
TELLING_GATES: Final[frozenset[str]] = frozenset(
    {"positives", "relative_width", "realised_error", "arm_agreement", "kappa", "estimable"}
)
_OTHER_REASONS: Final = {
    "not_yet_released": "no release has decided on it yet",
    "no_evidence": "some gates had nothing to go by",
    "mixed_label_ladders": "its days were labelled in different ways and cannot be added up",
    "no_labels": "no sampled unit has a label",
    "no_exposure": "nothing was seen there",
    "no_score": "the model gave no score",
}


def code_of(reason: str) -> str:
    """Return the code of a reason such as `missing_labels: 12 % of ...`; what `estimable` passes on has its own."""
    first, _, rest = reason.partition(":")
    inner = rest.strip().partition(":")[0]
    return inner if first == "estimable" and inner in _OTHER_REASONS else first.strip()


def broken_words(reason: str) -> str:
    """Return what a reason of a hold or a warning means in plain words; one that is not known, as it is."""
    code = code_of(reason)
    words = {str(name): gate.broken for name, gate in GATES.items()} | _OTHER_REASONS
    return words.get(code, figures.plain_words(reason))


def plain_reasons(reasons: Iterable[str]) -> str:
    """Return all reasons in plain words, each once."""
    return "; ".join(dict.fromkeys(broken_words(reason) for reason in reasons))
