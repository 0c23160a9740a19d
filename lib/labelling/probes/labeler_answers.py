"""What labelers say of probes."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import DataFrame

from lib.labelling.labeler import Labeler
from lib.labelling.probes.probe_case import ProbeCase
from schemas.contracts.labelling_settings import RungSettings
from schemas.errors import ConfigurationError

# A simulated labeler disturbs known truth and reads nothing; a queue is worked through by people, who are not probed.
_CANNOT_READ = {
    "simulated": "it disturbs the known truth of units and reads no content, so its answer would say nothing",
    "review_queue": "a queue cannot be asked on the spot",
}
# Labels that somebody else made have nothing on a probe, unless a file was made for this.
_NOT_BY_DEFAULT = {*_CANNOT_READ, "file"}


def probed_rungs(configured: Sequence[RungSettings], named: Sequence[RungSettings] | None) -> list[RungSettings]:
    """The labelers to probe: `named`, or else those of `configured` that read content.

    Raises ConfigurationError for a named one that cannot read a probe.
    """
    if named is None:
        return [rung for rung in configured if rung.labeler.kind not in _NOT_BY_DEFAULT]
    for rung in named:
        if reason := _CANNOT_READ.get(rung.labeler.kind):
            raise ConfigurationError(
                f"evaluation.probed_labelers: `{rung.labeler_id}` is of kind `{rung.labeler.kind}`: {reason}; name a "
                "labeler that reads what it judges, or leave the setting out."
            )
    return list(named)


def probe_records(cases: Sequence[ProbeCase], *, ds: date) -> list[dict[str, Any]]:
    """The cases as rows with the columns of samples and sample_content that labelers read; unit_id is case_id."""
    return [
        {
            "ds": ds,
            "design_id": "probes",
            "unit_id": case.case_id,
            "scores": {},
            "segments": {"language": case.content.language or "unknown"},
            "query_text": case.content.query_text,
            "response_text": case.content.response_text,
            "pins": [
                (
                    slot,
                    f"{case.case_id}-{slot}",
                    True,
                    datetime(ds.year, ds.month, ds.day, tzinfo=UTC),
                    None,
                    pin.image_url,
                    pin.title,
                )
                for slot, pin in enumerate(case.content.pins)
            ],
        }
        for case in cases
    ]


def labeler_answers(cases: Sequence[ProbeCase], units: DataFrame, *, labeler: Labeler) -> dict[str, str]:
    """The labeler's verdict on each case, for the policy that the case is about; a case without an answer is absent.

    Every case is judged by all policies together, as units are. `units` are `probe_records` as a DataFrame. Collects
    one row per case and policy.
    """
    policies = sorted({case.policy for case in cases})
    said = labeler.verdicts(units, policies).select("unit_id", "policy", "verdict").collect()
    verdicts = {(row["unit_id"], row["policy"]): row["verdict"] for row in said}
    keys = {case.case_id: (case.case_id, case.policy) for case in cases}
    return {case_id: verdicts[key] for case_id, key in keys.items() if key in verdicts}
