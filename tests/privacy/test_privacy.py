"""Nobody is exposed: ids leave no trace, labelers see nothing personal, content goes when it has to and stays gone.

The tests follow each other on one warehouse: first it is searched, then one person is erased, then a day expires.
"""

import base64
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs import (
    build_interaction_units,
    draw_sample,
    erase_user,
    expire_content,
    export_review_queue,
    reproduce_release,
    score_units,
)
from lib.run_context import RunContext
from lib.storage_removal import StorageRemoval
from schemas.contracts.redaction_settings import PLACEHOLDERS
from schemas.contracts.settings import Settings
from schemas.errors import ConfigurationError, ExpiredContentError
from tests.privacy.needles import places
from tests.privacy.planted_logs import MAIL, MONDAY, PERSON, PHONE, SESSION, TOKEN, TUESDAY, USER, content_of
from tests.privacy.planted_world import EARLIER_KEY, KEY, PlantedWorld, planted_world

# The person's own way in, and what was handed to the program.
NOT_OURS = ("input", "conf.yaml", "batches.yaml")
# Where Plumbline keeps content. What a killed Spark leaves in its local folder is for whoever runs Spark to clear.
KEPT = ("warehouse", "queue", "batches", "evaluations")
NEVER_TOUCHED = ("samples", "labels", "rung_samples", "sampling_frame", "prevalence_moments", "released_prevalence")
DAYS = 90
LATER = MONDAY + timedelta(days=DAYS + 1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> PlantedWorld:
    return planted_world(tmp_path_factory.mktemp("planted"))


def pads(key: str) -> list[bytes]:
    return [bytes(byte ^ pad for byte in key.encode()) for pad in (0x36, 0x5C)]


def held(world: PlantedWorld, *needles: str) -> dict[str, list[str]]:
    """Needle to the kept files that hold it."""
    others = [path.name for path in world.folder.iterdir() if path.name not in KEPT]
    return places(world.folder, needles, leave_out=others)


def changed(settings: Settings, section: str, **changes: Any) -> Settings:
    return settings.model_copy(update={section: getattr(settings, section).model_copy(update=changes)})


def rows_of(world: PlantedWorld, *tables: str) -> dict[str, list[str]]:
    return {name: sorted(repr(row) for row in world.table(name)) for name in tables}


def removed(world: PlantedWorld, run: str) -> dict[str, int]:
    return {row["place"]: row["n_removed"] for row in world.table("content_removals") if row["job_run_id"] == run}


def reproduce(spark: SparkSession, world: PlantedWorld) -> None:
    """Raises ReproductionError unless the Monday's release comes out equal."""
    (release,) = world.table("releases")
    settings = changed(world.settings, "release", release_id=release["release_id"])
    reproduce_release.run(spark, settings, RunContext(ds=MONDAY, environment={}))


def build_again(spark: SparkSession, world: PlantedWorld, ds: date, *, key: str) -> None:
    context = RunContext(ds=ds, environment={"PLUMBLINE_ID_KEY": key})
    for job in (build_interaction_units, draw_sample):
        job.run(spark, world.settings, context)


def test_the_search_finds_what_is_there(world: PlantedWorld, tmp_path: Path) -> None:
    planted = places(world.folder / "input", [USER, SESSION, MAIL, content_of(PERSON, MONDAY)])
    assert all(f"query_log/ds={MONDAY}/part.parquet" in files for files in planted.values())
    assert len(planted) == 4
    written = (f"x{USER}1".swapcase(), f"ab{USER}".encode().hex(), base64.b64encode(f"q{USER}7".encode()).decode())
    for number, text in enumerate(written):
        (tmp_path / f"{number}").write_text(text)
    assert places(tmp_path, [USER, SESSION]) == {repr(USER): ["0", "1", "2"]}


def test_the_run_left_every_trace_that_is_searched(world: PlantedWorld) -> None:
    assert world.printed.count("failed as it should") == 5
    assert " INFO " in world.printed
    for pattern in (
        "events/**/*", "local/**/*", "queue/tasks/**/*.json", "queue/answers/*.json", "batches/**/*.txt",
        "evaluations/*.html", "dashboard.html",
    ):  # fmt: skip
        assert any(path.is_file() for path in world.folder.glob(pattern)), pattern
    assert len(world.asked) > 60
    for table in ("quarantine", "golden_set", "label_rationales", "review_tasks", "released_prevalence"):
        assert world.table(table), table
    lines = world.table("quarantine", warehouse="warehouse_of_lines")
    assert sum(row["reason"] == "malformed_record" for row in lines) >= 5


def test_no_user_or_session_id_and_no_key_is_in_any_byte(world: PlantedWorld) -> None:
    needles = [USER, SESSION, KEY, EARLIER_KEY, *pads(KEY), *pads(EARLIER_KEY)]
    assert places(world.folder, needles, leave_out=NOT_OURS) == {}


def test_nothing_personal_reaches_a_labeler_or_outlives_content(world: PlantedWorld) -> None:
    needles = [MAIL, PHONE, PHONE.replace(" ", ""), TOKEN]
    assert places(world.folder, needles, leave_out=(*NOT_OURS, "warehouse", "warehouse_of_lines", "local")) == {}
    shown = {"asked": json.dumps(world.asked, ensure_ascii=False)}
    for pattern in ("queue/tasks/**/*.json", "queue/tasks/**/*.csv", "batches/**/*.txt", "evaluations/*.html"):
        # A file of a few contents need not show every kind.
        shown |= {pattern: "\n".join(found.values())} if (found := world.files(pattern)) else {}
    requests = [json.loads(line) for line in shown["batches/**/*.txt"].splitlines()]
    shown["batches/**/*.txt"] = json.dumps(requests, ensure_ascii=False)
    for mark in ("email", "phone"):
        assert [name for name, text in shown.items() if PLACEHOLDERS[mark] not in text] == []
    for table in ("golden_set", "label_rationales", "llm_answers"):
        assert not places(world.folder / "warehouse" / table, needles), table


def test_a_person_is_erased_under_every_key(spark: SparkSession, world: PlantedWorld) -> None:
    environment = world.environment | {"PLUMBLINE_ERASED_USER": f"{USER}{PERSON}"}
    theirs, others = [content_of(PERSON, ds) for ds in (MONDAY, TUESDAY)], content_of(PERSON + 1, MONDAY)
    staying, before = rows_of(world, *NEVER_TOUCHED), held(world, *theirs)
    assert {path.split("/")[0] for path in before[repr(theirs[0])]} == set(KEPT)

    def erase(settings: Settings, run: str) -> None:
        erase_user.run(spark, settings, RunContext(ds=TUESDAY, job_run_id=run, environment=environment))

    with pytest.raises(
        ConfigurationError, match=rf"`key_id` is [0-9a-f]{{12}} \({MONDAY} to {MONDAY}\), and no such key"
    ):
        erase(changed(world.settings, "units", previous_id_key_variables=[]), "one key")
    erase(changed(world.settings, "privacy", is_dry_run=True), "dry")
    assert held(world, *theirs) == before
    erase(world.settings, "first")
    assert held(world, *theirs) == {}
    assert held(world, others) != {}
    cleared = removed(world, "first")
    # Six units a day, one query, response and Pin of each day in quarantine, and a late response.
    assert (cleared["interaction_units"], cleared["quarantine"]) == (12, 2 * 4 + 1)
    assert {place for place, n in cleared.items() if n == 0} <= {"announced", "review_rejects", "stream_waiting"}
    erase(world.settings, "second")
    assert set(removed(world, "second").values()) == {0}
    assert rows_of(world, *NEVER_TOUCHED) == staying
    reproduce(spark, world)


def test_what_was_erased_does_not_come_back_with_the_logs(spark: SparkSession, world: PlantedWorld) -> None:
    accounts = rows_of(world, "row_account")
    build_again(spark, world, MONDAY, key=EARLIER_KEY)
    build_again(spark, world, TUESDAY, key=KEY)
    assert held(world, *[content_of(PERSON, ds) for ds in (MONDAY, TUESDAY)]) == {}
    assert held(world, content_of(PERSON + 1, MONDAY)) != {}
    bare = [unit for unit in world.table("interaction_units") if not unit["has_content"]]
    assert len(bare) == 12
    assert all(unit["pin_count"] == len(unit["pins"]) == 1 and unit["user_key"] for unit in bare)
    assert [len(rows) for rows in rows_of(world, "row_account").values()] == [len(rows) for rows in accounts.values()]


def test_a_day_expires_also_after_a_kill(
    spark: SparkSession, world: PlantedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = changed(world.settings, "privacy", content_days=DAYS)
    # Whose content the anchors have is up to the draw.
    gone, kept = [content_of(person, MONDAY) for person in range(12)], content_of(5, TUESDAY)
    staying, before = rows_of(world, *NEVER_TOUCHED), held(world, *gone)

    def expire(run: str, **changes: Any) -> None:
        context = RunContext(ds=LATER, job_run_id=run, environment={})
        expire_content.run(spark, changed(settings, "privacy", **changes), context)

    expire("dry", is_dry_run=True)
    assert held(world, *gone) == before
    with monkeypatch.context() as patch:
        patch.setattr(StorageRemoval, "vacuum", _killed)
        with pytest.raises(InterruptedError):
            expire("killed")
    expire("first")
    assert {path.split("/")[1] for files in held(world, *gone).values() for path in files} == {"golden_set"}
    expire("all", golden_items_kept=[])
    assert held(world, *gone) == {}
    assert held(world, kept) != {}
    assert set(removed(world, "all").values()) - {0} == {removed(world, "all")["golden_set"]}
    places_cleared = {place for run in ("killed", "first", "all") for place, n in removed(world, run).items() if n}
    # Files of the batch and the evaluation were removed with the person who was erased.
    assert places_cleared >= {
        "interaction_units", "label_rationales", "quarantine", "sample_content", "sample_embeddings",
        "review_queue_files",
    }  # fmt: skip
    assert rows_of(world, *NEVER_TOUCHED) == staying
    reproduce(spark, world)


def _killed(*_: object) -> None:
    raise InterruptedError


def test_what_has_expired_does_not_come_back_with_the_logs(spark: SparkSession, world: PlantedWorld) -> None:
    build_again(spark, world, MONDAY, key=EARLIER_KEY)
    assert held(world, *[content_of(person, MONDAY) for person in range(12)]) == {}
    for job in (score_units, export_review_queue):
        with pytest.raises(ExpiredContentError, match=f"the content of {MONDAY} has expired"):
            job.run(spark, world.settings, RunContext(ds=MONDAY, environment={}))


def test_what_is_noted_of_removals_names_nobody(world: PlantedWorld) -> None:
    noted = world.folder / "warehouse"
    needles = [USER, SESSION, KEY, EARLIER_KEY, *pads(KEY), *pads(EARLIER_KEY)]
    assert places(noted, needles) == {}
    assert {row["kind"] for row in world.table("content_removals")} == {"expired", "erased"}
    assert len(world.table("erased_people")) == 2
