"""Labelled texts become logs whose truth is their labels. No real text is ever part of an assertion message."""

import gzip
import json
import os
from pathlib import Path

import pandas as pd
import pytest
import yaml

from scripts.import_labelled_text import main
from tests.scripts.pandas_chain import build_units, read_truth

DAY, NEXT_DAY = "2025-03-05", "2025-03-06"
ROOT = Path(__file__).resolve().parents[2]
SHARED_DATA = Path(os.environ.get("PLUMBLINE_SHARED_DATA", ROOT.parent / "shared" / "data"))
SAMPLES = SHARED_DATA / "moderation_eval" / "samples.jsonl.gz"
RECORDS = [
    {"name": f"t{i}", "body": f"invented text {i}", "lang": "ja" if i % 5 == 0 else None, "bad": i % 4 == 0, "sad": "1"}
    for i in range(40)
]
for _record in RECORDS[10:20]:
    _record["sad"] = "0"
for _record in RECORDS[20:30]:
    del _record["sad"]
MAPPING: dict[str, object] = {
    "format": "jsonl",
    "text": "body",
    "id": "name",
    "labels": {"adult_content": "bad", "self_harm": "sad"},
}


def write_input(folder: Path, records: list[dict[str, object]] = RECORDS, form: str = "jsonl") -> Path:
    path = folder / f"texts.{form}"
    if form == "csv":
        pd.DataFrame(records).to_csv(path, index=False)
    else:
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def run_import(folder: Path, texts: Path, mapping: dict[str, object], *more: str) -> int:
    mapping_path = folder / "mapping.yaml"
    mapping_path.write_text(yaml.safe_dump(mapping), encoding="utf-8")
    files = ["--input", str(texts), "--mapping", str(mapping_path), "--output", str(folder)]
    return main([*files, "--start-ds", DAY, "--units-per-day", "400", *more])


def violating(folder: Path, policy: str, day: str = DAY) -> dict[tuple[str, str | None], list[str]]:
    truth = read_truth(folder, "unit_truth", day)
    rows = truth[truth["policy"] == policy].itertuples()
    return {(row.query_id, row.response_id or ""): list(row.violating_components) for row in rows}


def built_units(folder: Path) -> pd.DataFrame:
    units = build_units(folder, DAY).units
    return units.fillna({"response_id": "", "response_text": "", "query_text": ""})


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.slow
def test_labels_become_the_truth_of_the_query(tmp_path: Path, form: str) -> None:
    assert run_import(tmp_path, write_input(tmp_path, form=form), {**MAPPING, "format": form}) == 0
    units = built_units(tmp_path)
    bodies = {record["body"]: record for record in RECORDS}
    assert set(units["query_text"]) == set(bodies)
    for policy, column, positive in (("adult_content", "bad", True), ("self_harm", "sad", "1")):
        expected = {
            (row.query_id, row.response_id)
            for row in units.itertuples()
            if bodies[row.query_text].get(column) == positive
        }
        found = violating(tmp_path, policy)
        assert set(found) == expected
        assert all(components == ["query"] for components in found.values())
    census = read_truth(tmp_path, "prevalence_truth", DAY)
    is_units = (census["policy"] == "adult_content") & (census["measure"] == "units")
    assert census.loc[is_units, "violating_total"].sum() == len(violating(tmp_path, "adult_content"))
    assert census.loc[is_units, "population_size"].sum() == len(units)


@pytest.mark.slow
def test_nothing_is_lost_on_the_way(tmp_path: Path) -> None:
    assert run_import(tmp_path, write_input(tmp_path), MAPPING) == 0
    outcome = build_units(tmp_path, DAY)
    assert outcome.quarantined == {}
    account = read_truth(tmp_path, "row_account", DAY).set_index("source").to_dict("index")
    assert account == outcome.rows
    assert all(log["rows_in"] == log["rows_used"] for log in account.values())


@pytest.mark.parametrize(("place", "components"), [("response", {"response"}), ("alternate", {"query", "response"})])
@pytest.mark.slow
def test_place_says_where_the_text_goes(tmp_path: Path, place: str, components: set[str]) -> None:
    assert run_import(tmp_path, write_input(tmp_path), {**MAPPING, "place": place}) == 0
    units, uses = built_units(tmp_path), read_truth(tmp_path, "labelled_texts", DAY)
    is_in_query = units["query_text"].str.startswith("invented")
    is_in_response = units["response_text"].str.startswith("invented")
    assert not (is_in_query & is_in_response).any()
    found = violating(tmp_path, "adult_content")
    assert {name for names in found.values() for name in names} == components
    assert all(len(names) == 1 for names in found.values())
    assert set(uses["text_id"]) == {record["name"] for record in RECORDS}
    assert set(uses["place"]) == components
    assert (uses["response_id"].notna() == (uses["place"] == "response")).all()
    share = {"response": 0.0, "alternate": 0.5}[place]
    assert is_in_query.mean() == pytest.approx(share, abs=0.05)


@pytest.mark.slow
def test_popularity_is_uneven_and_days_differ(tmp_path: Path) -> None:
    assert run_import(tmp_path, write_input(tmp_path), MAPPING, "--days", "2") == 0
    days = [read_truth(tmp_path, "labelled_texts", day)["text_id"] for day in (DAY, NEXT_DAY)]
    counts = days[0].value_counts()
    assert len(counts) == len(RECORDS)
    assert counts.iloc[0] > 3 * counts.iloc[-1]
    assert list(days[0].head(100)) != list(days[1].head(100))


@pytest.mark.slow
def test_texts_that_outnumber_a_day_appear_over_several_days(tmp_path: Path) -> None:
    records: list[dict[str, object]] = [{"body": f"text {i}", "bad": 0, "sad": 1} for i in range(1_000)]
    mapping = {key: value for key, value in MAPPING.items() if key != "id"}
    assert run_import(tmp_path, write_input(tmp_path, records), mapping, "--days", "3") == 0
    days = [f"2025-03-0{day}" for day in (5, 6, 7)]
    used = pd.concat([read_truth(tmp_path, "labelled_texts", day) for day in days])["text_id"]
    assert set(used) == {str(i) for i in range(1_000)}


@pytest.mark.slow
def test_missing_labels_are_reported_and_can_drop_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_import(tmp_path, write_input(tmp_path), {**MAPPING, "missing_label": "drop_text"}) == 0
    report = capsys.readouterr().out
    assert "self_harm: 20 texts violate, 10 records have no label" in report
    assert "10 records were left out" in report
    assert "invented text" not in report
    assert len(set(built_units(tmp_path)["query_text"])) == 30


@pytest.mark.slow
def test_language_of_the_text_becomes_the_language_of_the_query(tmp_path: Path) -> None:
    assert run_import(tmp_path, write_input(tmp_path), {**MAPPING, "language": "lang"}) == 0
    units = built_units(tmp_path)
    is_japanese = units["query_text"].map({r["body"]: r["lang"] == "ja" for r in RECORDS}).astype(bool)
    assert set(units.loc[is_japanese, "language"]) == {"ja"}
    assert "ja" not in set(units.loc[~is_japanese, "language"])


@pytest.mark.slow
def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    contents = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        assert run_import(tmp_path / name, write_input(tmp_path), MAPPING) == 0
        files = sorted((tmp_path / name).rglob("*.parquet"))
        contents.append([path.read_bytes() for path in files])
    assert len(contents[0]) == 3 + 6
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"tekst": "body"}, ["mapping.yaml", "`tekst`", "there is no such setting"]),
        ({"format": "xml"}, ["mapping.yaml", "`format`", "`xml`"]),
        ({"labels": {}}, ["mapping.yaml", "`labels`", "{}"]),
        ({"text": "prompt"}, ["texts.jsonl", "`text`", "`prompt`", "body"]),
        ({"labels": {"adult_content": "Bad"}}, ["texts.jsonl", "`labels.adult_content`", "`Bad`", "bad"]),
        ({"format": "csv"}, ["texts.jsonl", "`text`"]),
    ],
)
def test_a_wrong_mapping_is_one_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, object], named: list[str]
) -> None:
    assert run_import(tmp_path, write_input(tmp_path), {**MAPPING, **change}) == 2
    message = capsys.readouterr().err.strip()
    assert "\n" not in message
    assert all(part in message for part in named), message
    assert not (tmp_path / "input").exists()


def test_a_broken_line_is_named_but_not_quoted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = write_input(tmp_path)
    texts.write_text(texts.read_text(encoding="utf-8") + "{secret words\n", encoding="utf-8")
    assert run_import(tmp_path, texts, MAPPING) == 2
    message = capsys.readouterr().err
    assert "line 41" in message
    assert "secret" not in message


def test_a_missing_input_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_import(tmp_path, tmp_path / "absent.jsonl.gz", MAPPING) == 2
    assert "absent.jsonl.gz" in capsys.readouterr().err


@pytest.mark.skipif(
    not SAMPLES.is_file(), reason="moderation_eval/samples.jsonl.gz is not there; set PLUMBLINE_SHARED_DATA"
)
@pytest.mark.slow
def test_the_public_moderation_set_keeps_its_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mapping = ROOT / "conf" / "imports" / "moderation_eval.yaml"
    arguments = ["--input", str(SAMPLES), "--mapping", str(mapping), "--output", str(tmp_path), "--start-ds", DAY]
    assert main([*arguments, "--units-per-day", "4000"]) == 0
    with gzip.open(SAMPLES, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    uses = read_truth(tmp_path, "labelled_texts", DAY)
    assert set(uses["text_id"]) == {str(i) for i in range(len(records))}
    report = capsys.readouterr().out
    for policy, column in (("adult_content", "S"), ("self_harm", "SH"), ("harassment", "HR")):
        n_violating = sum(record.get(column) == 1 for record in records)
        n_missing = sum(column not in record for record in records)
        assert f"{policy}: {n_violating} texts violate, {n_missing} records have no label" in report
        violating_ids = {str(i) for i, record in enumerate(records) if record.get(column) == 1}
        used_ids = uses.loc[uses["text_id"].isin(violating_ids)]
        truth = read_truth(tmp_path, "unit_truth", DAY)
        truth = truth[truth["policy"] == policy]
        assert set(truth["query_id"]) == set(used_ids["query_id"])
