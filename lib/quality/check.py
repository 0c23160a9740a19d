"""A data check: one figure of one table, what it must be, and what its failure does."""

from dataclasses import dataclass

from schemas.contracts.quality_settings import CheckKind, QualitySettings, Severity
from schemas.relations import Reference, Total

# What only the weeks before can tell is no proof of a fault, and stops nothing.
_WARN_BY_DEFAULT: frozenset[CheckKind] = frozenset({"duplicate_share", "volume", "missing_drift", "drift"})
# Rows that cannot be used never stop the chain: each is sorted out by itself. A number made from the rest must wait.
_HOLD_BY_DEFAULT: frozenset[CheckKind] = frozenset({"freshness", "missing_share", "orphan_share"})


@dataclass(frozen=True)
class Check:
    """One check of a suite.

    Args:
        table: the table
        kind: what is looked at; the kinds are those of check_results
        subject: columns, constraint or total that it is about; None for the whole table
        severity: what a failure does
        at_least: the least that the figure may be; None for any
        at_most: the most that it may be; None for any
        reference: the reference that it is about, if any
        total: the total that it is about, if any

    """

    table: str
    kind: CheckKind
    subject: str | None
    severity: Severity
    at_least: float | None = None
    at_most: float | None = None
    reference: Reference | None = None
    total: Total | None = None

    @property
    def name(self) -> str:
        """Kind and subject; unique within a table."""
        return self.kind if self.subject is None else f"{self.kind}:{self.subject}"

    @property
    def has_limit(self) -> bool:
        """Whether there is anything to hold the figure against."""
        return self.at_least is not None or self.at_most is not None


def severity_of(kind: CheckKind, settings: QualitySettings, *, is_strict: bool = True) -> Severity:
    """What a failure does: as conf says, or by the kind; what can come about in good order only warns."""
    if kind in _HOLD_BY_DEFAULT:
        by_default: Severity = "hold"
    else:
        by_default = "warn" if kind in _WARN_BY_DEFAULT or not is_strict else "fail"
    return settings.severities.get(kind, by_default)
