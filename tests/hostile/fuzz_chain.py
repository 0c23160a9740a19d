"""Runs the whole chain on seeded hostile days and holds what it wrote against the specification.

    python -m tests.hostile.fuzz_chain --seeds 1-20

Each seed is an ordinary day, from which a scorer is trained, and a hostile one, in Parquet, Delta or JSON lines, with
one of the designs and either source of scores. Prints a line a seed; exit code 1 if any failed.
"""

import argparse
import math
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from jobs.run_chain import STEPS, run_days
from lib.session import build_session
from lib.settings import load_settings
from schemas.contracts.settings import Settings
from scripts.run_demo import SMALL_DATA, demo_conf
from tests.hostile.expected_day import ExpectedDay, Record, expected_day
from tests.hostile.hostile_day import Logs, hostile_day, ordinary_days
from tests.hostile.json_lines import json_lines, read_line
from tests.hostile.log_tables import log_table
from tests.hostile.outcomes import quarantined_record, unit_content

KEY = "a key for the tests only"
DAYS = [date(2026, 3, 2), date(2026, 3, 3)]
FORMATS = ("parquet", "json", "delta")
DESIGNS = (
    {"minimum_stratum_size": 30},
    {"minimum_stratum_size": 10, "method": "poisson", "policy_importance": "minimax_relative_error"},
    {"minimum_stratum_size": 10, "allocation": "compromise"},
    {"strata": ["surface", "country"], "allocation": "neyman"},
    {
        "method": "poisson", "strata": [], "uniform_share": 1, "measure_shares": {"units": 1},
        "random_number_key": "user_key",
    },
)  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """What one seed is about."""

    seed: int
    log_format: str
    source: str
    design: Mapping[str, Any]
    deeds: Sequence[str]
    expected: ExpectedDay

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.log_format}, {self.source}, {dict(self.design)}; {', '.join(self.deeds)}"


def prepare(output: Path, seed: int) -> Trial:
    """Write the logs of `seed` to `output`/input, and its settings to `output`/conf.yaml."""
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    log_format, source = rng.choice(FORMATS), rng.choice(("text_scorer", "log_column"))
    design = rng.choice(DESIGNS)
    days = ordinary_days(output, DAYS[0], n_days=2, n_units=rng.choice((300, 900, 1_500)), seed=seed)
    midnight_us = int(datetime(2026, 3, 3, tzinfo=UTC).timestamp()) * 1_000_000
    deeds = hostile_day(days[DAYS[1]], midnight_us=midnight_us, rng=rng)
    read: dict[str, Sequence[Record]] = {}
    for day, logs in days.items():
        is_spoiled = day == DAYS[1]
        read = {log: _write(output / "input" / log, day, log, logs, log_format, rng, is_spoiled) for log in logs}
    conf: dict[str, Any] = demo_conf(output) | {
        "sampling": {"design": str(output / "fuzz.yaml")},
        "scoring": {"source": source},
    }
    conf["storage"]["input"]["format"] = log_format
    whole_design = {"name": "fuzz", "version": 1, "sample_size": 400, "seed": 1, **design}
    (output / "fuzz.yaml").write_text(yaml.safe_dump(whole_design))
    (output / "conf.yaml").write_text(yaml.safe_dump(conf))
    return Trial(seed, log_format, source, design, deeds, expected_day(read, ds=DAYS[1], key=KEY.encode()))


def _write(
    folder: Path, day: date, log: str, logs: Logs, log_format: str, rng: random.Random, is_spoiled: bool
) -> Sequence[Record]:
    """Write one log of one day in several files; returns its records as the specification reads them."""
    records = logs[log]
    partition = folder / f"ds={day}"
    if log_format == "delta":
        table = log_table(log, records)
        days = pa.array([day] * len(records), pa.date32())
        write_deltalake(folder, table.append_column("ds", days), partition_by=["ds"], mode="append")
        return records
    partition.mkdir(parents=True)
    if log_format == "parquet":
        for number in range(3):
            pq.write_table(log_table(log, records[number::3]), partition / f"part-{number}.parquet")
        return records
    lines = json_lines(log, records, rng, fault_rate=0.05 if is_spoiled else 0.0)
    for number in range(3):
        (partition / f"part-{number}.json").write_bytes(b"".join(line + b"\n" for line in lines[number::3]))
    return [record for line in lines if (record := read_line(log, line)) is not None]


def faults_of(output: Path, trial: Trial) -> Iterator[str]:
    """Everything that is not as it should be in the tables of a finished trial."""
    paths = sorted((output / "warehouse").iterdir())
    tables = {path.name: DeltaTable(str(path)).to_pyarrow_table() for path in paths}
    rows = {name: [row for row in table.to_pylist() if row["ds"] == DAYS[1]] for name, table in tables.items()}
    counts = ("rows_in", "rows_used", "rows_duplicate", "rows_quarantined")
    account = {row["source"]: [row[name] for name in counts] for row in rows["row_account"]}
    if account != trial.expected.account:
        yield f"the account is {account}, and should be {trial.expected.account}"
    units = {row["unit_id"]: unit_content(row) for row in rows["interaction_units"]}
    if len(units) != len(rows["interaction_units"]):
        yield "a unit_id comes twice"
    expected = trial.expected.units
    differing = sorted(name for name in units.keys() | expected.keys() if units.get(name) != expected.get(name))
    if differing:
        found, wanted = units.get(differing[0]), expected.get(differing[0])
        yield f"{len(differing)} units differ; {differing[0]} is {_short(found)}, and should be {_short(wanted)}"
    quarantined = Counter(quarantined_record(row) for row in rows["quarantine"])
    if surplus := quarantined - trial.expected.quarantined:
        yield f"quarantine has {len(surplus)} kinds of record too many: {_short(list(surplus.items())[:3])}"
    if lack := trial.expected.quarantined - quarantined:
        yield f"quarantine lacks {len(lack)} kinds of record: {_short(list(lack.items())[:3])}"
    for name, table in tables.items():
        if name not in ("interaction_units", "quarantine") and (columns := sorted(set(_not_finite(table)))):
            yield f"{name} has numbers that are none in {', '.join(columns)}"
    yield from _wrong_totals(rows, units)


def _wrong_totals(rows: Mapping[str, Sequence[Mapping[str, Any]]], units: Mapping[str, Any]) -> Iterator[str]:
    """The population of a day's numbers is that of its units."""
    views = sum(unit["viewed_pin_count"] for unit in units.values())
    totals = {"units": len(units), "views": views}
    for row in rows["prevalence"]:
        is_whole = row["period"] == "day" and row["segment"] == "all" and row["component"] == "unit"
        if is_whole and row["exposure_total"] != totals[row["measure"]]:
            yield f"prevalence counts {row['exposure_total']} {row['measure']} instead of {totals[row['measure']]}"
    by_segment = Counter[tuple[Any, ...]]()
    for row in rows["prevalence"]:
        if row["period"] == "day" and row["segment"] == "surface":
            by_segment[row["policy"], row["measure"], row["estimator"]] += row["exposure_total"]
    for (_, measure, _), total in by_segment.items():
        if total != totals[measure]:
            yield f"the surfaces have {total} {measure} together instead of {totals[measure]}"


def _not_finite(table: pa.Table) -> Iterator[str]:
    """Columns in which a number, at whatever depth, is NaN or infinite."""
    for name in table.column_names:
        for chunk in table.column(name).chunks:
            if any(_has_no_number(leaf) for leaf in _leaves(chunk)):
                yield name


def _leaves(array: pa.Array) -> Iterator[pa.Array]:
    if pa.types.is_struct(array.type):
        for child in array.flatten():
            yield from _leaves(child)
    elif pa.types.is_map(array.type):
        yield from _leaves(array.items)
    elif pa.types.is_list(array.type):
        yield from _leaves(array.flatten())
    else:
        yield array


def _has_no_number(leaf: pa.Array) -> bool:
    return pa.types.is_floating(leaf.type) and any(v is not None and not math.isfinite(v) for v in leaf.to_pylist())


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 1_500 else f"{text[:1_500]}…"


def run(spark: SparkSession, output: Path, seed: int) -> tuple[Trial, list[str]]:
    """Prepare and run one seed; returns what it was about and its faults."""
    trial = prepare(output, seed)
    os.environ["PLUMBLINE_ID_KEY"] = KEY
    settings: Settings = load_settings("local", [SMALL_DATA, output / "conf.yaml"])
    try:
        run_days(spark, settings, STEPS, DAYS)
    except Exception:  # the fuzzer goes on with the next seed
        return trial, [traceback.format_exc()[-6_000:]]
    finally:
        spark.catalog.clearCache()
    return trial, list(faults_of(output, trial))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the seeds that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="1-5", metavar="FIRST-LAST", help="seeds to try (default 1-5)")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a seed that failed")
    parsed = parser.parse_args(arguments)
    first, _, last = parsed.seeds.partition("-")
    spark = build_session(load_settings("local", [SMALL_DATA]).spark, app_name="plumbline-fuzz")
    n_failed = 0
    for seed in range(int(first), int(last or first) + 1):
        started = time.monotonic()
        output = Path(tempfile.mkdtemp(prefix=f"plumbline-fuzz-{seed}-"))
        trial, faults = run(spark, output, seed)
        verdict = "FAILED" if faults else "well"
        lines = [f"{verdict} {trial} ({time.monotonic() - started:.0f} s)", *faults]
        sys.stdout.write("\n    ".join(lines) + "\n")
        sys.stdout.flush()
        n_failed += bool(faults)
        if not (faults and parsed.keep):
            shutil.rmtree(output)
    return int(n_failed > 0)


if __name__ == "__main__":
    sys.exit(main())
