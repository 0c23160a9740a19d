"""Watch daily series of a table for changes, without Spark: the same library code as jobs/monitor.py.

    python scripts/watch_table.py --input series.csv --value rate --std-error se --stream policy

One row is one stream on one day (--ds, YYYY-MM-DD); days may be missing. Values are rates >= 0 with the standard errors
of the days; without --std-error they are totals or means that are known without error, like a volume. All streams
share one error budget equally. Prints one JSON object:
{"streams": [{"stream", "n_days", "phase", "level", "level_low", "level_high", "log_evidence_rise",
"log_evidence_fall", "log_threshold"}, ...], "alerts": [{"streams", "direction", "kind", "opened", "began",
"began_earliest", "began_latest", "closed", "resolution", "before", "before_low", "before_high", "after", "after_low",
"after_high", "ratio", "ratio_low", "ratio_high", "log_evidence"}, ...]}.
An alert gathers the changes of one stream that come back within monitoring.reopen_days; closed and resolution are null
while it lasts. Settings are those of `monitoring` in conf; a column that does not fit is refused by its name, with exit
code 2.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

# `python scripts/watch_table.py` looks for modules beside the script only: the repository's root is one folder up.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pydantic import ValidationError

from schemas.contracts.monitoring_settings import MonitoringSettings
from schemas.errors import ConfigurationError
from scripts.labelled_tables.command_line import exit_code_of, positive_number, table_parser
from scripts.watched_tables.answer import answer
from scripts.watched_tables.series import read_series

PROGRAM = "watch_table"


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read and check the command line."""
    parser = table_parser(PROGRAM, __doc__)
    columns = parser.add_argument_group("columns")
    columns.add_argument("--ds", default="ds", metavar="COLUMN", help="day, default: ds")
    columns.add_argument("--value", default="value", metavar="COLUMN", help="estimate >= 0, default: value")
    columns.add_argument("--std-error", metavar="COLUMN", help="its standard error >= 0")
    columns.add_argument("--events", metavar="COLUMN", help="violations behind it; else as the standard error says")
    columns.add_argument("--stream", metavar="COLUMN", help="name of the stream; else all rows are of one")
    parser.add_argument("--minimum-effect", type=positive_number, metavar="SHARE", help="relative change that matters")
    parser.add_argument(
        "--break",
        action="append",
        default=[],
        type=_day,
        dest="breaks",
        metavar="DS",
        help="day on which all streams start anew; may be repeated",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="assignments",
        metavar="KEY=VALUE",
        help="another setting of monitoring, its value as JSON, for example patience_days=365",
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code."""
    args = parse_args(argv)

    def work() -> str:
        settings = _settings(args)
        return json.dumps(answer(read_series(args), breaks=args.breaks, settings=settings), indent=1)

    return exit_code_of(PROGRAM, work)


def _settings(args: argparse.Namespace) -> MonitoringSettings:
    values: dict[str, Any] = {}
    for text in args.assignments:
        key, _, value = text.partition("=")
        try:
            values[key] = json.loads(value)
        except ValueError:
            raise ConfigurationError(f"--set: `{text[:80]}` is not KEY=VALUE with a value in JSON; mend it.") from None
    if args.minimum_effect is not None:
        values["minimum_effect"] = dict.fromkeys(("prevalence", "volume"), args.minimum_effect)
    try:
        return MonitoringSettings.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        field = ".".join(str(part) for part in fault["loc"])
        raise ConfigurationError(f"--set: field `{field}`: {fault['msg']}; mend it.") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day, YYYY-MM-DD") from None


if __name__ == "__main__":
    sys.exit(main())
