"""Writes the export of a quarter: CSV files, the same as one JSON file, and the method statement."""

import json
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

from lib.csv_table import csv_table
from lib.reporting.neighbouring_page import beside
from lib.reporting.report_period import ReportPeriod
from lib.reporting.shown_text import shown_value
from lib.reporting.transparency import columns
from lib.reporting.transparency.method import method_paragraphs, method_text
from lib.reporting.transparency.rows import (
    Record,
    accuracy_records,
    label_records,
    prevalence_records,
    release_records,
    released_policies,
)
from lib.reporting.transparency.source import TransparencyData
from lib.whole_files import write_whole

TABLES = {
    "prevalence": columns.PREVALENCE,
    "labels": columns.LABELS,
    "automated_label_accuracy": columns.ACCURACY,
    "releases": columns.RELEASES,
}
"""Table to its columns; each is a CSV file of its name, and a list in the JSON file."""


def transparency_folder(dashboard_path: str, quarter: ReportPeriod) -> Path:
    """The export's folder: beside the dashboard, named after it, for example `dashboard_transparency_2026Q1`."""
    return beside(dashboard_path, f"transparency_{quarter.name}")


def export_records(data: TransparencyData) -> dict[str, list[Record]]:
    """Return the records of every table, their texts as pages show them: with marks for what is hidden."""
    prevalence = prevalence_records(data)
    released = released_policies(prevalence, measure=data.headline_measure)
    found = {
        "prevalence": prevalence,
        "labels": label_records(data),
        "automated_label_accuracy": accuracy_records(data, released),
        "releases": release_records(data),
    }
    return {table: [_shown(record) for record in records] for table, records in found.items()}


def write_export(data: TransparencyData, *, dashboard_path: str) -> list[Path]:
    """Write the files and return their paths.

    Args:
        data: what the export is made of.
        dashboard_path: the dashboard's file.

    """
    folder = transparency_folder(dashboard_path, data.quarter)
    records = export_records(data)
    paragraphs = method_paragraphs(data, records["prevalence"])
    title = f"Policy violations, {data.quarter.title.lower()}: how it was measured"
    files = {f"{table}.csv": csv_table(list(TABLES[table]), rows) for table, rows in records.items()}
    files["transparency.json"] = json.dumps(
        _about(data) | {"method": paragraphs, "columns": TABLES} | records, indent=1, allow_nan=False
    )
    files["method.txt"] = method_text(
        paragraphs, title=title, tables={f"{table}.csv": meanings for table, meanings in TABLES.items()}
    )
    for name, text in files.items():
        write_whole(folder / name, text)
    return [folder / name for name in files]


def _about(data: TransparencyData) -> dict[str, Any]:
    return {
        "quarter": data.quarter.name,
        "first_day": f"{data.quarter.first}",
        "last_day": f"{data.quarter.last}",
        "design_id": shown_value(data.design_id),
        "generated_at": f"{data.generated_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "job_run_id": shown_value(data.job_run_id),
    }


def _shown(record: Mapping[str, Any]) -> Record:
    return {name: shown_value(value) if isinstance(value, str) else value for name, value in record.items()}
