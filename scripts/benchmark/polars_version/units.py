"""Step `units` in Polars: joins the logs of a day, quarantines what fits nowhere, keeps the account."""

import hashlib
import hmac
import os
from datetime import date
from pathlib import Path

import polars as pl

from schemas.contracts.settings import UnitSettings
from scripts.benchmark.log_rules import BYTES_PER_SCORE
from scripts.benchmark.measured_work import ID_KEY_VARIABLE
from scripts.benchmark.polars_version.delta_tables import NUMBERS, replace_day
from scripts.benchmark.polars_version.id_hashes import keyed_hashes, unit_ids
from scripts.benchmark.polars_version.log_faults import is_before, is_blank, pin_fault, query_fault, response_fault
from scripts.benchmark.polars_version.repeated_rows import first_of_each, last_in_order, text_bytes, within_limits

_QUERY_ORDER = ("event_ts", "user_key", "session_key", "surface", "country", "language", "query_text")
_RESPONSE_ORDER = ("response_id", "event_ts", "response_text", "model_version")
_PIN_FIELDS = ("slot", "pin_id", "is_viewed", "event_ts", "image_signature", "image_url", "title")
_PIN_KEY = ("response_id", "slot", "pin_id")


def write_units(logs: Path, warehouse: Path, ds: date, limits: UnitSettings, run_id: str) -> None:
    """Write interaction_units, quarantine and row_account of the day."""
    queries, unused_queries, n_queries = _queries(logs, ds, limits)
    responses, unused_responses, n_responses = _responses(logs, ds, limits, queries)
    answered = _answered(queries, responses)
    pins, unused_pins, n_pins = _pins(logs, ds, limits, answered)
    units = _with_pins(answered, pins)
    account = _account(units, (n_queries, n_responses, n_pins), (unused_queries, unused_responses, unused_pins))
    if (account["rows_in"] != account.select(pl.sum_horizontal(pl.exclude("source", "rows_in"))).to_series()).any():
        raise ValueError(f"The account does not balance: {account}")
    stamp = [pl.lit(ds).alias("ds"), pl.lit(run_id).alias("job_run_id")]
    unused = pl.concat([_records("query_log", unused_queries), _records("response_log", unused_responses)])
    unused = pl.concat([unused, _records("pin_log", unused_pins)])
    replace_day(warehouse / "quarantine", unused.with_columns(stamp), ds)
    replace_day(warehouse / "interaction_units", _unit_columns(units).with_columns(stamp), ds)
    replace_day(warehouse / "row_account", account.with_columns(stamp), ds)


def _log(logs: Path, name: str, ds: date) -> pl.LazyFrame:
    return pl.scan_parquet(logs / "input" / name / f"ds={ds}" / "*.parquet", hive_partitioning=False)


def _queries(logs: Path, ds: date, limits: UnitSettings) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Usable queries without duplicates, unused rows with `reason`, and how many rows came."""
    ids = {
        name: pl.when(~is_blank(f"{name}_id")).then(f"{name}_id").alias(f"{name}_key") for name in ("user", "session")
    }
    rows = _log(logs, "query_log", ds).with_columns(*ids.values(), query_fault(ds).alias("reason")).collect()
    hashed = [keyed_hashes(rows[f"{name}_key"], os.environ).alias(f"{name}_key") for name in ids]
    rows = rows.drop("user_id", "session_id").with_columns(hashed)
    usable = rows.filter(pl.col("reason").is_null())
    kept, surplus = within_limits(
        usable, key="query_id", order=_QUERY_ORDER, n_bytes=text_bytes(*_QUERY_ORDER[1:]), limits=limits
    )
    first = first_of_each(kept.drop("reason"), identity=["query_id"], order=_QUERY_ORDER)
    unused = [rows.filter(pl.col("reason").is_not_null()), _surplus(surplus)]
    return first, pl.concat(unused), rows.height


def _responses(
    logs: Path, ds: date, limits: UnitSettings, queries: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """As `_queries`, with response_rank; a response without its query is unused."""
    in_order = pl.col("platform_scores").map.entries().list.sort().cast(NUMBERS)
    rows = _log(logs, "response_log", ds).with_columns(in_order, response_fault(ds).alias("reason")).collect()
    usable = rows.filter(pl.col("reason").is_null())
    keys = pl.col("platform_scores").map.keys()
    of_scores = keys.list.join("").str.len_bytes() + keys.list.len() * BYTES_PER_SCORE
    n_bytes = text_bytes("response_id", "response_text", "model_version") + of_scores.fill_null(0).cast(pl.Int64)
    kept, surplus = within_limits(usable, key="query_id", order=_RESPONSE_ORDER, n_bytes=n_bytes, limits=limits)
    answers = kept.drop("reason").join(queries.select("query_id"), on="query_id", how="semi")
    orphans = kept.join(queries.select("query_id"), on="query_id", how="anti")
    orphans = orphans.with_columns(_unmatched(ds, "orphan_response"))
    first = first_of_each(answers, identity=["query_id", "response_id"], order=_RESPONSE_ORDER[1:])
    several = first.filter(pl.col("query_id").is_duplicated()).sort("query_id", "response_id")
    rank = pl.int_range(pl.len(), dtype=pl.Int32).over("query_id").alias("response_rank")
    ranked = [
        first.join(several, on="query_id", how="anti").with_columns(pl.lit(0, pl.Int32).alias("response_rank")),
        several.with_columns(rank),
    ]
    unused = [rows.filter(pl.col("reason").is_not_null()), _surplus(surplus), orphans]
    return pl.concat(ranked), pl.concat(unused), rows.height


def _answered(queries: pl.DataFrame, responses: pl.DataFrame) -> pl.DataFrame:
    """One row per query and response; `pins_of` is its response, at the first query that claims it."""
    joined = queries.rename({"n_duplicates": "n_duplicate_queries"}).join(
        responses.rename({"n_duplicates": "n_duplicate_responses", "event_ts": "answered_at"}),
        on="query_id",
        how="left",
    )
    rank = pl.col("response_rank").fill_null(0)
    several = joined.filter(pl.col("response_id").is_not_null() & pl.col("response_id").is_duplicated())
    first = several.group_by("response_id").agg(pl.col("query_id").min().alias("first_query"))
    claimed = joined.join(first, on="response_id", how="left")
    is_first = pl.col("first_query").is_null() | (pl.col("first_query") == pl.col("query_id"))
    return claimed.with_columns(
        rank,
        pl.when(rank == 0).then("n_duplicate_queries").otherwise(0).alias("n_duplicate_queries"),
        pl.col("n_duplicate_responses").fill_null(0),
        pl.when(is_first).then("response_id").alias("pins_of"),
    ).drop("first_query", "answered_at")


def _pins(logs: Path, ds: date, limits: UnitSettings, answered: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Pins of every response that is in a unit, as ordered lists; unused rows; how many rows came."""
    log = _log(logs, "pin_log", ds).with_columns(pin_fault(ds).alias("reason"))
    rows = log.with_columns(pl.col("viewed").fill_null(False).alias("is_viewed")).drop("viewed").collect()
    usable = rows.filter(pl.col("reason").is_null())
    n_bytes = text_bytes("pin_id", "image_signature", "image_url", "title")
    kept, surplus = within_limits(usable, key="response_id", order=_PIN_FIELDS, n_bytes=n_bytes, limits=limits)
    claimed = answered.select(pl.col("pins_of").alias("response_id")).drop_nulls()
    orphans = kept.join(claimed, on="response_id", how="anti").with_columns(_unmatched(ds, "orphan_pin"))
    of_units = kept.join(claimed, on="response_id", how="semi")
    last = last_in_order(of_units, identity=_PIN_KEY, order=_PIN_FIELDS[2:])
    lists = last.group_by("response_id", maintain_order=True).agg(
        pl.struct(_PIN_FIELDS).alias("pins"),
        pl.len().cast(pl.Int32).alias("pin_count"),
        pl.col("is_viewed").sum().cast(pl.Int32).alias("viewed_pin_count"),
    )
    deliveries = of_units.group_by("response_id").agg(pl.len().cast(pl.Int32).alias("n_pin_deliveries"))
    unused = [rows.filter(pl.col("reason").is_not_null()), _surplus(surplus), orphans]
    return lists.join(deliveries, on="response_id"), pl.concat(unused), rows.height


def _with_pins(answered: pl.DataFrame, pins: pl.DataFrame) -> pl.DataFrame:
    joined = answered.join(pins, left_on="pins_of", right_on="response_id", how="left")
    counts = ("pin_count", "viewed_pin_count", "n_pin_deliveries")
    return joined.with_columns(pl.col("pins").fill_null([]), *[pl.col(name).fill_null(0) for name in counts])


def _unit_columns(units: pl.DataFrame) -> pl.DataFrame:
    """The columns of schemas/interaction_units.py except ds and job_run_id."""
    key = os.environ[ID_KEY_VARIABLE].encode()
    key_id = hmac.new(key, b"plumbline id key", hashlib.sha256).hexdigest()[:12]
    known = [pl.when(is_blank(n)).then(pl.lit("unknown")).otherwise(n).alias(n) for n in ("country", "language")]
    return units.select(
        unit_ids(units["query_id"], units["response_id"]).alias("unit_id"),
        *("query_id", "response_id", "response_rank", "user_key", "session_key"),
        pl.lit(key_id).alias("key_id"),
        "surface",
        *known,
        *("query_text", "response_text", "model_version", "pins", "pin_count", "viewed_pin_count", "platform_scores"),
        pl.col("event_ts").alias("queried_at"),
        pl.lit(True).alias("has_content"),
        *("n_duplicate_queries", "n_duplicate_responses"),
        (pl.col("n_pin_deliveries") - pl.col("pin_count")).alias("n_duplicate_pins"),
    )


def _surplus(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.lit("surplus_delivery").alias("reason"))


def _unmatched(ds: date, orphan: str) -> pl.Expr:
    return pl.when(is_before(ds)).then(pl.lit("late_event")).otherwise(pl.lit(orphan)).alias("reason")


def _records(source: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Source, reason, and the record as JSON."""
    record = pl.struct(pl.exclude("reason")).struct.json_encode().alias("record")
    return rows.select(pl.lit(source).alias("source"), "reason", record)


def _account(units: pl.DataFrame, n_rows: tuple[int, ...], unused: tuple[pl.DataFrame, ...]) -> pl.DataFrame:
    """Rows in, counted in the log; used, duplicate and quarantined, counted in what became of them."""
    n_pins = int(units["pin_count"].sum())
    used = ((units["response_rank"] == 0).sum(), units["response_id"].count(), n_pins)
    duplicate = (
        units["n_duplicate_queries"].sum(),
        units["n_duplicate_responses"].sum(),
        int(units["n_pin_deliveries"].sum()) - n_pins,
    )
    figures = {"rows_in": n_rows, "rows_used": used, "rows_duplicate": duplicate}
    figures |= {"rows_quarantined": tuple(rows.height for rows in unused)}
    columns = {name: pl.Series(values, dtype=pl.Int64) for name, values in figures.items()}
    return pl.DataFrame({"source": ["query_log", "response_log", "pin_log"], **columns})
