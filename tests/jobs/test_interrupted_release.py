"""A release that was killed halfway, and one whose clock is wrong, leave nothing that could be taken for decided."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jobs import release_metrics
from lib.release.past_decisions import latest_decisions
from lib.run_context import RunContext
from lib.storage import Commit, Storage
from schemas import released_prevalence, releases
from schemas.contracts.settings import Settings
from tests.release.story import MONDAY, TUESDAY, Story
from tests.release.warehouses import DESIGN, Warehouse, units_of

NOON, WEEKS_LATER, LONG_AGO = (
    datetime(2026, 3, 5, 12, tzinfo=UTC), datetime(2026, 3, 25, 12, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC),
)  # fmt: skip


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def warehouse(story: Story, tmp_path: Path) -> Warehouse:
    """Monday is released, Tuesday estimated; what is older than a week is held."""
    copied = story.copied("later day", tmp_path)
    release = copied.settings.release.model_copy(update={"maximum_age_days": 7})
    return replace(copied, settings=copied.settings.model_copy(update={"release": release}))


def _release(warehouse: Warehouse, now: datetime, settings: Settings | None = None) -> None:
    context = RunContext(TUESDAY, now=lambda: now, environment={})
    release_metrics.run(warehouse.spark, settings or warehouse.settings, context)


def _release_killed_before_its_row(warehouse: Warehouse, now: datetime, patch: pytest.MonkeyPatch) -> None:
    def kill(*_: Any, **__: Any) -> Commit:
        raise KilledError

    with patch.context() as killing:
        killing.setattr(Storage, "append_new", kill)
        with pytest.raises(KilledError):
            _release(warehouse, now)


def _of_tuesday(warehouse: Warehouse, table: str) -> list[dict[str, Any]]:
    return [row for row in warehouse.rows(table) if row["ds"] == TUESDAY]


def test_rows_of_a_release_that_was_killed_are_replaced_by_the_next_one(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monday = [row for row in warehouse.rows("released_prevalence") if row["ds"] == MONDAY]
    _release_killed_before_its_row(warehouse, NOON, monkeypatch)
    undecided = _of_tuesday(warehouse, "released_prevalence")
    assert "released" in {row["status"] for row in undecided}

    # Equal inputs, so the same release; but now everything is too old to be shown.
    _release(warehouse, WEEKS_LATER)
    (release,) = _of_tuesday(warehouse, "releases")
    decided = _of_tuesday(warehouse, "released_prevalence")
    assert {row["release_id"] for row in decided} == {row["release_id"] for row in undecided} == {release["release_id"]}
    assert {row["status"] for row in decided} == {"held"}
    assert (release["n_held"], release["n_released"]) == (len(decided), 0)

    # Other inputs: another release, and no row of the one that never was.
    _release_killed_before_its_row(
        replace(warehouse, settings=_with_minimum_positives(warehouse, 2)), WEEKS_LATER, monkeypatch
    )
    _release(warehouse, WEEKS_LATER, _with_minimum_positives(warehouse, 3))
    known = {row["release_id"] for row in _of_tuesday(warehouse, "releases")}
    assert len(known) == 2
    for table in ("released_prevalence", "release_gates"):
        assert {row["release_id"] for row in _of_tuesday(warehouse, table)} == known, table
    assert [row for row in warehouse.rows("released_prevalence") if row["ds"] == MONDAY] == monday


def _with_minimum_positives(warehouse: Warehouse, minimum: int) -> Settings:
    release = warehouse.settings.release.model_copy(update={"minimum_positives": minimum})
    return warehouse.settings.model_copy(update={"release": release})


def test_a_clock_that_was_set_back_does_not_let_an_earlier_release_count(
    warehouse: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    _release(warehouse, NOON)
    before = _of_tuesday(warehouse, "releases")[0]
    warehouse.store_labels(TUESDAY, units_of("t")[:1], hour=2)
    warehouse.estimate(TUESDAY)
    _release(warehouse, LONG_AGO)
    assert "The clock says 2026-02-01 00:00 UTC, the newest release is of 2026-03-05 12:00 UTC: one of " in (
        capsys.readouterr().err
    )
    after = next(row for row in _of_tuesday(warehouse, "releases") if row["release_id"] != before["release_id"])
    assert after["previous_release_id"] == before["release_id"]
    assert after["released_at"] > before["released_at"]

    storage = warehouse.storage
    counting = latest_decisions(
        storage.read_design(released_prevalence.TABLE, DESIGN), storage.read_design(releases.TABLE, DESIGN)
    )
    of_tuesday = counting.where("ds = '2026-03-03'").select("release_id").distinct().collect()
    assert [row["release_id"] for row in of_tuesday] == [after["release_id"]]
    # The same inputs by a clock that is right again: it is that release still.
    _release(warehouse, WEEKS_LATER)
    assert len(_of_tuesday(warehouse, "releases")) == 2
