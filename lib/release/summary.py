"""What a release decided, in a few lines for people; no figure of a number is in them."""

from collections import Counter

from lib.release.release_day import Release

_MOST_LINES = 8


def release_lines(release: Release) -> list[str]:
    """Released and held numbers, then the gates that held the most numbers."""
    decision, n_numbers = release.decision, len(release.decision.numbers)
    state = "" if release.is_new else " (as before: nothing has changed)"
    first = (
        f"release {release.release_id}{state}: {n_numbers - decision.n_held} numbers released, {decision.n_held} held"
    )
    held, warned = (
        Counter(gate for number in decision.numbers for gate in {said.split(":", 1)[0] for said in number[name]})
        for name in ("hold_reasons", "warnings")
    )
    lines = [f"{n} numbers held by {gate}" for gate, n in held.most_common(_MOST_LINES)]
    return [
        first,
        *lines,
        *(f"{n} numbers shown with a warning of {gate}" for gate, n in warned.most_common(_MOST_LINES)),
    ]
