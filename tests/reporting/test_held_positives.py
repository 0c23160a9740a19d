"""Of a policy whose headline number is held the page does not show how many violating units were found."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from lib.reporting.dashboard import render_dashboard
from tests.reporting.examples import dashboard_data, day_row, estimate_row, week_before_row
from tests.reporting.parsed_page import ParsedPage


@pytest.mark.slow
def test_positives_of_a_held_number_are_nowhere_on_the_page() -> None:
    """Over the labelled units they would tell the number; what is held beside a released headline changes nothing."""

    def counted(*rows: dict[str, Any], n: int = 4317) -> str:
        titles = {"adult_content": "Adult content", "spam": "Spam"}
        found = [
            {"ds": date(2024, 3, 4), "policy": p, "n_positive": k} for p, k in (("adult_content", n), ("spam", 43))
        ]
        return render_dashboard(dashboard_data([*rows], positives=pd.DataFrame(found), policy_titles=titles))

    spam, held = estimate_row(policy="spam"), {"status": "held", "hold_reasons": ["x"]}
    for mine in (
        [estimate_row(**held)],
        [],
        [estimate_row(**held), estimate_row(measure="views"), estimate_row(estimator="hajek")],
        [estimate_row(**held), week_before_row(), day_row(date(2024, 3, 4))],
        [estimate_row(**held), estimate_row(segment="surface", segment_value="search")],
    ):
        page = counted(*mine, spam)
        assert page == counted(*mine, spam, n=9876)
        assert "Violating by the first judge Spam 43" in ParsedPage(page).text
    assert "Violating by the first judge" not in counted()  # no week at all
    released = counted(estimate_row(), estimate_row(segment="surface", segment_value="search", **held))
    assert "Violating by the first judge Adult content 4,317" in ParsedPage(released).text
