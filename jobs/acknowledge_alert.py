"""Take up an alert, or open one again: who did it and why stands beside it, and later runs know."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from lib.command_line import argument_parser, run_parsed
from lib.monitoring.day_monitor import DayMonitor
from lib.monitoring.person_action import alert_of, concerns_past, rows_after
from lib.monitoring.telling import Teller
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from schemas import alert_actions, alerts
from schemas.contracts.alert_names import CHANNEL_FAMILY
from schemas.contracts.settings import Settings
from schemas.errors import ConfigurationError

STEP = "acknowledge_alert"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Append `monitoring.action` to alert_actions and bring the alert's row up to date; tell people if it is news."""
    action = settings.monitoring.action
    if action is None:
        raise ConfigurationError("Field `monitoring.action` is not set; name an alert with --alert-id.")
    storage = Storage(spark, settings.storage, writes=(alerts.TABLE,))
    design_id = load_design(settings.sampling.design).design_id
    policies = [policy.id for policy in load_policies()]
    monitor = DayMonitor(storage, settings, policies, design_id, run_context.ds)
    alert = alert_of(monitor.alert_rows, action.alert_id)
    ds = alert["ds"] if concerns_past(alert, action) else monitor.last_monitored_ds()

    done = {"ds": ds, "design_id": design_id, "alert_id": action.alert_id, "action": action.action}
    done |= {"acted_by": action.by, "note": action.note, "acted_at": run_context.now()}
    rows = run_context.stamp(storage.rows(alert_actions.TABLE, [done]))
    commits = [storage.append_new(alert_actions.TABLE, rows, ds=ds)]
    of_day = [row for row in monitor.alert_rows if row["ds"] == ds and row["family"] != CHANNEL_FAMILY]
    changed = rows_after(of_day, alert, monitor.actions)
    teller = Teller(replace(monitor, ds=ds), replace(run_context, ds=ds))
    return [*commits, *teller.store_and_tell(changed)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    parser = argument_parser(__doc__, has_day=False)
    parser.add_argument("--alert-id", required=True, help="alert, 16 hex digits, from `alerts` or a message")
    parser.add_argument("--who", required=True, help="your name")
    parser.add_argument("--note", help="what it is, or what you do about it")
    parser.add_argument("--reopen", action="store_true", help="open it again instead")
    parsed = parser.parse_args(arguments)
    kind = "reopen" if parsed.reopen else "acknowledge"
    action = {"alert_id": parsed.alert_id, "action": kind, "by": parsed.who, "note": parsed.note}
    parsed.assignments.append(f"monitoring.action={json.dumps(action)}")
    return run_parsed(STEP, run, parsed, ds=datetime.now(UTC).date())


if __name__ == "__main__":
    sys.exit(main())
