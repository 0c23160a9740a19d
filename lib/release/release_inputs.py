"""What a release rests on: table versions, content, settings, policies, code; equal inputs make the same release."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from lib.release.gate_verdicts import Evidence
from schemas.contracts.canonical_hash import canonical_hash
from schemas.contracts.policy import Policy

# The key of the fingerprint of what the gates went by, beside those of tables.
EVIDENCE = "gate_evidence"
_ID_DIGITS = 16


@dataclass(frozen=True)
class ReleaseInputs:
    """What a release read; the fields are those of `releases`.

    `fingerprints` and what follows make the release; versions and the text of the settings only say where it is.
    """

    table_versions: Mapping[str, int]
    fingerprints: Mapping[str, str]
    settings: str
    settings_hash: str
    policies: Mapping[str, str]
    design_hash: str
    prompt_versions: Sequence[str]
    code_version: str

    @property
    def inputs_hash(self) -> str:
        """SHA-256 of everything that decides on the numbers."""
        return canonical_hash(
            {
                "fingerprints": dict(self.fingerprints),
                "settings": self.settings_hash,
                "policies": dict(self.policies),
                "design": self.design_hash,
                "code": self.code_version,
            }
        )

    def record(self) -> dict[str, Any]:
        """The columns of `releases` that the inputs know."""
        return asdict(self) | {"inputs_hash": self.inputs_hash}


def policy_hashes(policies: Sequence[Policy]) -> dict[str, str]:
    """Policy id to its version and content hash."""
    return {policy.id: f"{policy.version} {policy.content_hash}" for policy in policies}


def evidence_fingerprint(evidence: Evidence) -> str:
    """Number of records and content hash of what the gates went by, as `n:hash`."""
    content = {name: [_as_text(row) for row in rows] for name, rows in vars(evidence).items()}
    return f"{sum(len(rows) for rows in content.values())}:{canonical_hash(content)[:_ID_DIGITS]}"


def release_id_of(ds: date, design_id: str, inputs: ReleaseInputs, *, previous_release_id: str | None) -> str:
    """The day and 16 hex digits: equal inputs after the same release before give the same id.

    The release before is part of it, so that going back to earlier inputs is a decision of its own.
    """
    digest = canonical_hash([f"{ds}", design_id, inputs.inputs_hash, previous_release_id])
    return f"{ds:%Y-%m-%d}-{digest[:_ID_DIGITS]}"


def day_of_release(release_id: str) -> date:
    """The day that a release decided on, from its id; raises ValueError."""
    return date.fromisoformat(release_id[: len("YYYY-MM-DD")])


def _as_text(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in row.items()}
