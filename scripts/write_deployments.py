"""Write what schedulers need into a folder: Airflow's DAG and plugin, a Databricks bundle, Prometheus' alert rules."""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from lib.settings import load_settings
from scripts.build_wheel import build_wheel, required_packages
from scripts.build_zip import build_zip
from scripts.deployments.airflow_description import airflow_description
from scripts.deployments.databricks_bundle import JOB, bundle_resources

SOURCE = Path(__file__).parent / "deployments"


def write_deployments(
    output: Path,
    *,
    environment: str,
    conf_files: Sequence[Path],
    start_ds: date,
    deadline_hours: float,
    has_deadline_alert: bool = True,
) -> None:
    """Replace the folders airflow, databricks and prometheus and the zip in `output`."""
    load_settings(environment, conf_files)  # what is wrong with conf is said now, and not at three in the morning
    for name in ("airflow", "databricks", "prometheus"):
        shutil.rmtree(output / name, ignore_errors=True)
    build_zip(output / "plumbline.zip")
    description = airflow_description(
        environment=environment,
        archive=output / "plumbline.zip",
        conf_files=conf_files,
        start_ds=f"{start_ds}",
        deadline_hours=deadline_hours,
        has_deadline_alert=has_deadline_alert,
    )
    _write_airflow(output / "airflow", description)
    _write_databricks(output / "databricks", conf_files, deadline_hours)
    _copied(SOURCE / "prometheus" / "alert_rules.yml", output / "prometheus")


def _write_airflow(folder: Path, description: Mapping[str, Any]) -> None:
    _copied(SOURCE / "airflow" / "plumbline_daily.py", folder / "dags")
    _copied(SOURCE / "airflow" / "plumbline_deadline.py", folder / "plugins")
    text = json.dumps(description, indent=2, ensure_ascii=False)
    (folder / "dags" / "plumbline_daily.json").write_text(f"{text}\n", encoding="utf-8")


def _write_databricks(folder: Path, conf_files: Sequence[Path], deadline_hours: float) -> None:
    _copied(SOURCE / "databricks" / "databricks.yml", folder)
    build_wheel(folder / "dist")
    (folder / "requirements.txt").write_text("\n".join([*required_packages(), ""]), encoding="utf-8")
    for path in conf_files:
        _copied(path, folder / "conf")
    as_synced = [f"${{workspace.file_path}}/conf/{path.name}" for path in conf_files]
    resources = bundle_resources(conf_files=as_synced, deadline_hours=deadline_hours)
    text = yaml.safe_dump(resources, sort_keys=False, width=120)
    (folder / f"{JOB}.job.yml").write_text(text, encoding="utf-8")


def _copied(path: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, folder / path.name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write everything and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("dist"))
    parser.add_argument("--env", default="cluster", help="layer of conf/")
    parser.add_argument("--conf", action="append", default=[], type=Path, metavar="FILE", help="your own YAML layer")
    parser.add_argument("--start-ds", required=True, type=date.fromisoformat, metavar="DS", help="first day to run")
    parser.add_argument("--deadline-hours", type=float, default=6.0, help="hours after which a day is late (default 6)")
    parser.add_argument("--no-deadline-alert", action="store_true", help="leave out Airflow's experimental deadline")
    parsed = parser.parse_args(arguments)
    write_deployments(
        parsed.output,
        environment=parsed.env,
        conf_files=parsed.conf,
        start_ds=parsed.start_ds,
        deadline_hours=parsed.deadline_hours,
        has_deadline_alert=not parsed.no_deadline_alert,
    )
    print(f"{parsed.output}: airflow/dags, airflow/plugins, databricks, prometheus, plumbline.zip")
    return 0


if __name__ == "__main__":
    sys.exit(main())
