"""The generator's truth is held against a second implementation of the rules, from the files it wrote."""

import datetime as dt
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable

from schemas.columns import MALFORMED_FIELDS
from schemas.quarantine import REASONS
from scripts.generate_logs import main
from scripts.log_generation import traffic
from scripts.log_generation.interactions import draw_interactions
from scripts.log_generation.policies import POLICIES
from scripts.log_generation.records import query_ids, response_ids, to_logs
from scripts.log_generation.synthetic_content import SyntheticContent
from scripts.log_generation.traffic import DayPlan
from tests.scripts.pandas_chain import LOGS, Outcome, build_units, read_folder, read_log, read_truth

DAY, SEED, N_UNITS, RATE_SCALE, HARMFUL_SCALE = "2025-03-05", 11, 3_000, 8.0, 40.0
FAULTS = [f"--{name}-rate={{}}" for name in ("duplicate", "late", "orphan", "null", "malformed")]
UNIT = ["query_id", "response_id"]


def generate(
    output: Path, *, faults: float = 0.05, start: str = DAY, seed: int = SEED, more: tuple[str, ...] = ()
) -> Path:
    arguments = ["--output", str(output), "--start-ds", start, "--units-per-day", str(N_UNITS), "--seed", str(seed)]
    rates = [argument.format(faults) for argument in FAULTS]
    assert main([*arguments, *rates, "--violation-rate-scale", str(RATE_SCALE), *more]) == 0
    return output


@pytest.fixture(scope="module")
def one_chunk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("one_chunk"))


@pytest.fixture(scope="module")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So much harm and so many empty columns that they meet."""
    more = ("--violation-rate-scale", str(HARMFUL_SCALE), "--null-rate", "0.2")
    return generate(tmp_path_factory.mktemp("harmful"), more=more)


@pytest.fixture(scope="module", params=[traffic.CHUNK_UNITS, 700], ids=["one_chunk", "several_chunks"])
def output(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(traffic, "CHUNK_UNITS", request.param)
        return generate(tmp_path_factory.mktemp("chunks"))


@pytest.fixture(scope="module")
def outcome(output: Path) -> Outcome:
    return build_units(output, DAY)


@pytest.mark.slow
def test_row_account_equals_the_second_implementation(output: Path, outcome: Outcome) -> None:
    account = read_truth(output, "row_account", DAY).set_index("source").to_dict("index")
    assert account == outcome.rows
    assert all(log["rows_duplicate"] > 0 and log["rows_quarantined"] > 0 for log in account.values())


@pytest.mark.slow
def test_quarantine_account_equals_the_second_implementation(output: Path, outcome: Outcome) -> None:
    account = read_truth(output, "quarantine_account", DAY).set_index(["source", "reason"])["n_records"].to_dict()
    assert account == outcome.quarantined
    # The others need JSON lines, bytes that are no UTF-8, or thousands of deliveries: tests/hostile.
    assert {reason for _, reason in account} == set(REASONS) - {"malformed_record", "invalid_key", "surplus_delivery"}


def test_unit_account_equals_the_second_implementation(output: Path, outcome: Outcome) -> None:
    account = read_truth(output, "unit_account", DAY).iloc[0].to_dict()
    assert account == {
        "n_units": len(outcome.units),
        "n_units_without_response": int(outcome.units["response_id"].isna().sum()),
        "n_units_without_pins": int((outcome.units["n_pins"] == 0).sum()),
        "views": int(outcome.units["views"].sum()),
    }


def test_prevalence_truth_is_the_census_of_the_built_units(output: Path, outcome: Outcome) -> None:
    truth = read_truth(output, "unit_truth", DAY)
    census = read_truth(output, "prevalence_truth", DAY)
    assert len(census) == len(traffic.SURFACES) * len(POLICIES) * 2
    for row in census.itertuples():
        units = outcome.units[outcome.units["surface"] == row.surface]
        exposure = units["views"] if row.measure == "views" else pd.Series(1, index=units.index)
        violating = _keys(truth[truth["policy"] == row.policy])
        is_violating = [key in violating for key in _key_list(units)]
        expected = (len(units), exposure.sum(), exposure[is_violating].sum())
        assert (row.population_size, row.exposure_total, row.violating_total) == expected
    assert (census["violating_total"] > 0).mean() > 0.9


def test_unit_truth_names_built_units_once(output: Path, outcome: Outcome) -> None:
    truth = read_truth(output, "unit_truth", DAY)
    assert not truth.duplicated([*UNIT, "policy"]).any()
    assert _keys(truth) <= _keys(outcome.units)
    assert truth["response_id"].isna().any()


@pytest.mark.slow
def test_combination_is_exactly_where_all_markers_meet_and_nothing_violates_alone(harmful: Path) -> None:
    outcome, truth = build_units(harmful, DAY), read_truth(harmful, "unit_truth", DAY)
    components = truth["violating_components"].map(set)
    titles = outcome.pins.groupby("response_id")["title"].agg(lambda column: " ".join(column.dropna()))
    texts = {
        "query": outcome.units["query_text"],
        "response": outcome.units["response_text"],
        "image": outcome.units["response_id"].map(titles),
    }
    for policy in POLICIES:
        is_policy = truth["policy"] == policy.name
        is_combination = is_policy & components.map(lambda names: names == {"combination"})
        has_all = np.logical_and.reduce(
            [texts[part].fillna("").str.contains(word, regex=False) for part, word in policy.markers.items()]
        )
        alone = _keys(truth[is_policy & ~is_combination])
        assert _keys(truth[is_combination]) == _keys(outcome.units[has_all]) - alone
        assert is_combination.any()
    assert not components.map(lambda names: "combination" in names and len(names) > 1).any()


@pytest.mark.slow
def test_component_truth_is_what_is_left_after_the_faults(harmful: Path) -> None:
    """Harm as drawn before the faults, joined by id to what the second implementation says is used."""
    outcome, truth = build_units(harmful, DAY), read_truth(harmful, "unit_truth", DAY)
    plan = DayPlan(dt.date.fromisoformat(DAY), SEED, N_UNITS)
    interactions = draw_interactions(plan, 0)
    source = SyntheticContent(SEED, HARMFUL_SCALE)
    content = source.fill(plan, 0, interactions)
    pin_ids = to_logs(plan, interactions, content.texts, None).pins.table["pin_id"].to_numpy()
    units = outcome.units
    lost_pins = 0
    for k, policy in enumerate(source.policies):
        rows = truth[truth["policy"] == policy]
        bad_pins = outcome.pins["pin_id"].isin(pin_ids[content.harm.pin[:, k]])
        lost_pins += int(content.harm.pin[:, k].sum() - bad_pins.sum())
        bad_queries = np.asarray(query_ids(plan, interactions))[content.harm.query[:, k]]
        bad_responses = np.asarray(response_ids(plan, interactions))[content.harm.response[:, k]]
        expected = {
            "query": units["query_id"].isin(bad_queries) & units["query_text"].notna(),
            "response": units["response_id"].isin(bad_responses) & units["response_text"].notna(),
            "image": units["response_id"].isin(outcome.pins.loc[bad_pins, "response_id"]),
        }
        for component, is_violating in expected.items():
            found = rows[[component in names for names in rows["violating_components"]]]
            assert _keys(found) == _keys(units[is_violating])
    assert lost_pins > 0


@pytest.mark.slow
def test_columns_and_types_are_those_of_the_contracts(one_chunk: Path, tmp_path: Path) -> None:
    scored = generate(tmp_path, more=("--platform-scores", "--format=delta"))
    spark_names = {"timestamp": "timestamp", "string": "string", "integer": "int", "boolean": "boolean", "date": "date"}
    for source in LOGS:
        spec = import_module(f"schemas.{source}").TABLE
        required = [column.name for column in spec.columns if not column.is_optional and column.name != "ds"]
        assert list(read_log(one_chunk, source, DAY).columns) == required
        fields = {field.name: field.type for field in DeltaTable(scored / "input" / source).schema().fields}
        assert set(fields) == set(spec.column_names) - {MALFORMED_FIELDS.name}
        for column in spec.columns:
            if not column.is_optional:
                assert spark_names[fields[column.name].type] == column.data_type


@pytest.mark.slow
def test_a_wrong_clock_costs_nothing_while_the_query_is_of_the_day(one_chunk: Path) -> None:
    log = read_log(one_chunk, "response_log", DAY)
    is_used = log["response_id"].isin(build_units(one_chunk, DAY).units["response_id"].dropna())
    midnight = pd.Timestamp(DAY, tz="UTC")
    assert (is_used & log["event_ts"].between(midnight - pd.Timedelta(days=1), midnight, inclusive="left")).sum() > 20


@pytest.mark.slow
def test_a_day_depends_on_nothing_but_seed_date_and_options(one_chunk: Path, tmp_path: Path) -> None:
    two_days = generate(tmp_path / "two", start="2025-03-04", more=("--days", "2"))
    other_seed = generate(tmp_path / "other", seed=SEED + 1)
    written = sorted(path.relative_to(one_chunk) for path in one_chunk.rglob(f"ds={DAY}/*.parquet"))
    assert len(written) == len(LOGS) + 5
    for path in written:
        assert (two_days / path).read_bytes() == (one_chunk / path).read_bytes()
        assert (other_seed / path).read_bytes() != (one_chunk / path).read_bytes()


@pytest.mark.slow
def test_without_faults_nothing_is_lost_and_interactions_stay_the_same(one_chunk: Path, tmp_path: Path) -> None:
    clean = build_units(generate(tmp_path, faults=0.0), DAY)
    assert clean.quarantined == {}
    assert all(log["rows_in"] == log["rows_used"] for log in clean.rows.values())
    faulty = build_units(one_chunk, DAY).units.set_index("query_id")["session_id"].dropna()
    original = clean.units.drop_duplicates("query_id").set_index("query_id")["session_id"]
    assert len(faulty) > 0.7 * len(original)
    assert (original.loc[faulty.index] == faulty).all()


@pytest.mark.slow
def test_delta_gives_the_same_rows_and_replaces_a_day_in_one_commit(one_chunk: Path, tmp_path: Path) -> None:
    generate(tmp_path, start="2025-03-04", more=("--days", "2", "--format=delta"))
    generate(tmp_path, more=("--format=delta",))
    assert not list(tmp_path.glob(".staging*"))
    for source in LOGS:
        table = DeltaTable(tmp_path / "input" / source)
        assert table.version() == 2
        rows = table.to_pandas()
        day = rows[rows["ds"].astype(str) == DAY].drop(columns="ds")
        expected = read_log(one_chunk, source, DAY)
        assert len(rows) > len(day)
        order = list(expected.columns)
        assert _sorted(day[order]).equals(_sorted(expected))


@pytest.mark.slow
def test_a_shorter_day_leaves_no_old_parts(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(traffic, "CHUNK_UNITS", 700)
        generate(tmp_path)
    generate(tmp_path)
    assert len(list((tmp_path / "input/pin_log" / f"ds={DAY}").iterdir())) == 1
    assert build_units(tmp_path, DAY).rows["pin_log"]["rows_in"] == len(
        read_folder(tmp_path / f"input/pin_log/ds={DAY}")
    )


@pytest.mark.slow
def test_mixing_formats_is_refused_in_one_sentence(one_chunk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output", str(one_chunk), "--start-ds", DAY, "--format", "delta"]) == 2
    assert "already holds parquet and --format is delta: give --format parquet" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        ["--start-ds", "5 March"],
        ["--units-per-day", "0"],
        ["--seed", "-1"],
        ["--null-rate", "0.9"],
        ["--late-rate", "x"],
    ],
)
def test_wrong_arguments_are_refused(wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--output", str(tmp_path), "--start-ds", DAY, *wrong])
    assert stop.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def _key_list(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(rows[UNIT].fillna("").itertuples(index=False, name=None))


def _keys(rows: pd.DataFrame) -> set[tuple[str, str]]:
    return set(_key_list(rows))


def _sorted(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(list(rows.columns), ignore_index=True).astype(object).fillna("")
