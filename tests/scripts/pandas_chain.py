"""The chain's rules for input records, written a second time with pandas straight from the specification."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

LOGS = ("query_log", "response_log", "pin_log")


@dataclass(frozen=True)
class Outcome:
    """What the chain makes of a day: units, used Pins (one row each), and the account of every log."""

    units: pd.DataFrame
    pins: pd.DataFrame
    rows: dict[str, dict[str, int]]
    quarantined: dict[tuple[str, str], int]


def read_log(output: Path, source: str, day: str) -> pd.DataFrame:
    return read_folder(output / "input" / source / f"ds={day}")


def read_truth(output: Path, folder: str, day: str) -> pd.DataFrame:
    return read_folder(output / "truth" / folder / f"ds={day}")


def read_folder(folder: Path) -> pd.DataFrame:
    parts = [pq.ParquetFile(path).read().to_pandas() for path in sorted(folder.glob("part-*.parquet"))]
    return pd.concat(parts, ignore_index=True)


def build_units(output: Path, day: str) -> Outcome:
    midnight = pd.Timestamp(dt.date.fromisoformat(day), tz="UTC")
    queries, responses, pins = (read_log(output, source, day) for source in LOGS)

    queries["reason"] = _reasons(queries, ["query_id"], midnight)
    _mark(queries, queries["event_ts"] < midnight, "late_event")
    _mark(queries, _is_empty(queries["surface"]), "missing_surface")
    used_queries = queries[queries["reason"] == ""].drop_duplicates("query_id")

    responses["reason"] = _reasons(responses, ["response_id", "query_id"], midnight)
    has_query = responses["query_id"].isin(used_queries["query_id"])
    _mark(responses, ~has_query & (responses["event_ts"] < midnight), "late_event")
    _mark(responses, ~has_query, "orphan_response")
    used_responses = responses[responses["reason"] == ""].drop_duplicates(["query_id", "response_id"])

    pins["reason"] = _reasons(pins, ["response_id", "pin_id"], midnight)
    _mark(pins, pins["slot"].isna() | (pins["slot"] < 0), "invalid_slot")
    has_response = pins["response_id"].isin(used_responses["response_id"])
    _mark(pins, ~has_response & (pins["event_ts"] < midnight), "late_event")
    _mark(pins, ~has_response, "orphan_pin")
    valid_pins = pins[pins["reason"] == ""].assign(viewed=lambda rows: rows["viewed"].eq(True))
    used_pins = valid_pins.groupby(["response_id", "slot", "pin_id"], as_index=False).agg(
        is_viewed=("viewed", "any"), title=("title", "first")
    )

    units = used_queries.merge(used_responses.drop(columns=["reason", "event_ts"]), on="query_id", how="left")
    views = used_pins.groupby("response_id").agg(n_pins=("pin_id", "size"), views=("is_viewed", "sum"))
    units = units.merge(views, left_on="response_id", right_index=True, how="left").fillna({"n_pins": 0, "views": 0})
    used = {"query_log": len(used_queries), "response_log": len(used_responses), "pin_log": len(used_pins)}
    logs = dict(zip(LOGS, (queries, responses, pins), strict=True))
    return Outcome(
        units=units,
        pins=used_pins,
        rows={
            source: {
                "rows_in": len(log),
                "rows_used": used[source],
                "rows_duplicate": int((log["reason"] == "").sum()) - used[source],
                "rows_quarantined": int((log["reason"] != "").sum()),
            }
            for source, log in logs.items()
        },
        quarantined={
            (source, str(reason)): int(n)
            for source, log in logs.items()
            for reason, n in log.loc[log["reason"] != "", "reason"].value_counts().items()
        },
    )


def _is_empty(column: pd.Series) -> pd.Series:
    return column.isna() | (column == "")


def _reasons(log: pd.DataFrame, keys: list[str], midnight: pd.Timestamp) -> pd.Series:
    log = log.assign(reason="")
    for key in keys:
        _mark(log, _is_empty(log[key]), "missing_key")
    is_far = (log["event_ts"] < midnight - pd.Timedelta(days=30)) | (log["event_ts"] >= midnight + pd.Timedelta(days=2))
    _mark(log, log["event_ts"].isna() | is_far, "invalid_timestamp")
    return log["reason"]


def _mark(log: pd.DataFrame, condition: pd.Series, reason: str) -> None:
    log.loc[(log["reason"] == "") & condition, "reason"] = reason
