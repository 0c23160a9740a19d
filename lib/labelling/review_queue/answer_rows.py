"""Records of the tables that answers become: labels, golden_verdicts, review_rejects."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from lib.labelling.review_queue.answer_checks import Fault, said_of
from lib.labelling.review_queue.asked_task import AskedTask
from schemas.contracts.canonical_hash import canonical_hash
from schemas.contracts.review_task import PolicyReview, ReviewAnswer

LABEL_SOURCE = "review_queue"
# golden_verdicts calls canary whatever golden item was hidden in a review queue.
_HIDDEN = "canary"
_LONGEST_TEXT = 200
_MOST_ENTRIES = 20
# Stands for the entries that are left out.
_CUT = "[…]"


def label_records(
    accepted: Sequence[tuple[AskedTask, ReviewAnswer]], *, labeler_id: str, cost_per_label: float | None, now: datetime
) -> list[dict[str, Any]]:
    """Records of `labels` and label_rationales, except job_run_id: one per sampled unit's answer and policy.

    The labeler is `labeler_id`:reviewer. Price and time of an answer are split evenly over the policies it decides.
    """
    records = []
    for task, answer in accepted:
        if task.unit_id is None:
            continue
        for policy, verdict in _verdicts(task, answer, labeler_id=labeler_id, now=now):
            review = answer.reviews.get(policy, PolicyReview())
            n_policies = len(task.policies)
            records.append(
                verdict
                | {
                    "design_id": task.design_id,
                    "unit_id": task.unit_id,
                    "review_role": task.review_role,
                    "severity": review.severity if verdict["verdict"] == "violating" else None,
                    "confidence": None,
                    "rationale": answer.note,
                    "content_hash": None,
                    "injection_signs": [],
                    "rung_probability": task.rung_probability,
                    "label_source": LABEL_SOURCE,
                    "cost": None if cost_per_label is None else cost_per_label / n_policies,
                    "seconds": None if answer.seconds is None else answer.seconds / n_policies,
                }
            )
    return records


def golden_verdict_records(
    accepted: Sequence[tuple[AskedTask, ReviewAnswer]], *, labeler_id: str, cost_per_label: float | None, now: datetime
) -> list[dict[str, Any]]:
    """Records of `golden_verdicts`, except job_run_id: one per golden item's answer and policy."""
    return [
        verdict
        | {
            "item_id": task.item_id,
            "purpose": _HIDDEN,
            "confidence": None,
            "cost": None if cost_per_label is None else cost_per_label / len(task.policies),
        }
        for task, answer in accepted
        if task.item_id is not None
        for _, verdict in _verdicts(task, answer, labeler_id=labeler_id, now=now)
    ]


def _verdicts(
    task: AskedTask, answer: ReviewAnswer, *, labeler_id: str, now: datetime
) -> Iterator[tuple[str, dict[str, Any]]]:
    for policy, (verdict, components) in sorted(said_of(answer, task).items()):
        yield (
            policy,
            {
                "ds": task.ds,
                "policy": policy,
                "rung": task.rung,
                "labeler_id": f"{labeler_id}:{answer.reviewer}",
                "verdict": verdict,
                "no_verdict_reason": "cannot_tell" if verdict == "cannot_tell" else None,
                "violating_components": list(components),
                "policy_version": task.policy_versions[policy],
                "prompt_version": task.prompt_version,
                "labelled_at": answer.answered_at or now,
            },
        )


def reject_records(rejected: Sequence[tuple[ReviewAnswer, Fault]]) -> list[dict[str, Any]]:
    """Records of `review_rejects`, except ds and job_run_id: one per fault, however many files repeat it."""
    records: dict[str, dict[str, Any]] = {}
    # Faults of one answer follow each other; its record may be long, and is written and hashed once for all of them.
    for _, of_one in groupby(rejected, key=lambda pair: id(pair[0])):
        pairs = list(of_one)
        answer = pairs[0][0]
        record = _clipped(answer.record())
        record_hash = canonical_hash(record)
        text = json.dumps(record, sort_keys=True, ensure_ascii=False)
        for _, fault in pairs:
            reject_id = canonical_hash([record_hash, fault.policy, fault.reason])[:32]
            row = {
                "reject_id": reject_id,
                "file_name": answer.file_name,
                "position": answer.position,
                "task_id": record.get("task_id"),
                "reviewer": record.get("reviewer"),
                "policy": fault.policy,
                "reason": fault.reason,
                "message": fault.message,
                "record": text,
            }
            records.setdefault(reject_id, row)
    return list(records.values())


def _clipped(value: Any) -> Any:
    """`value` with long texts, lists and maps cut: whoever writes a page into a cell does not write it into a table."""
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if isinstance(value, Mapping):
        kept = {str(key)[:_LONGEST_TEXT]: _clipped(inner) for key, inner in islice(value.items(), _MOST_ENTRIES)}
        return kept | ({_CUT: len(value) - _MOST_ENTRIES} if len(value) > _MOST_ENTRIES else {})
    if isinstance(value, list):
        return [_clipped(inner) for inner in value[:_MOST_ENTRIES]] + ([_CUT] if len(value) > _MOST_ENTRIES else [])
    return value
