"""Finds the breaks that conf declares for a day."""

from collections.abc import Sequence
from datetime import date

from lib.settings import require_known_policies
from schemas.contracts.policy import Policy
from schemas.contracts.series_break import SeriesBreakSettings
from schemas.errors import ConfigurationError


def declared_breaks(
    declared: Sequence[SeriesBreakSettings], *, ds: date, policies: Sequence[Policy]
) -> list[SeriesBreakSettings]:
    """The breaks whose first day under the new version is `ds`; raises ConfigurationError if there is none."""
    found = [known for known in declared if known.ds == ds]
    if not found:
        days = ", ".join(f"{known.ds}" for known in declared) or "none"
        raise ConfigurationError(
            f"Field `series_breaks` declares no break on {ds} (declared: {days}); add it with policy, rung, versions "
            "and reason, or name another day."
        )
    require_known_policies({known.policy: known for known in found}, policies, where="Field `series_breaks`")
    return found
