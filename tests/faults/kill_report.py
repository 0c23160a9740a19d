"""Counts where kills fell: by step, by window, and by what the moment was drawn from."""

from collections import Counter
from dataclasses import dataclass, field

from tests.faults.windows import WINDOWS


@dataclass
class KillReport:
    """What was killed in one run of the harness."""

    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    misses: Counter[str] = field(default_factory=Counter)

    def note_kill(self, step: str, window: str, moment: str) -> None:
        self.kills[step, window] += 1
        self.moments[moment] += 1

    def note_miss(self, step: str) -> None:
        self.misses[step] += 1

    def lines(self) -> list[str]:
        """A Markdown table of steps by windows."""
        steps = sorted({step for step, _ in self.kills})
        rows = [
            f"| {step} | "
            + " | ".join(str(self.kills[step, window] or "") for window in WINDOWS)
            + f" | {self._of(step)} |"
            for step in steps
        ]
        totals = [sum(self.kills[step, window] for step in steps) for window in WINDOWS]
        return [
            f"{sum(totals)} kills, moments drawn from: {dict(self.moments)}; "
            f"{sum(self.misses.values())} processes were done before their moment came",
            f"| step | {' | '.join(WINDOWS)} | all |",
            f"|---|{'---:|' * (len(WINDOWS) + 1)}",
            *rows,
            f"| all | {' | '.join(map(str, totals))} | {sum(totals)} |",
        ]

    def _of(self, step: str) -> int:
        return sum(self.kills[step, window] for window in WINDOWS)
