"""Join query, response and Pin logs of a day into interaction units; every unused row goes to quarantine."""

import sys
from collections.abc import Sequence

from pyspark import StorageLevel
from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.privacy.removed_content import RemovedContent
from lib.run_context import RunContext
from lib.storage import Commit, Storage
from lib.units.identifiers import id_key, key_id, without_people
from lib.units.interaction_units import interaction_units
from lib.units.join_logs import join_logs
from lib.units.quarantine import quarantined_records
from lib.units.row_account import require_balance, row_account
from schemas import interaction_units as units_contract
from schemas import pin_log, quarantine, query_log, response_log
from schemas import row_account as account_contract
from schemas.contracts.settings import Settings

STEP = "build_interaction_units"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write interaction_units, quarantine and row_account of the day; refuses an account that does not balance.

    Content that has expired or was erased does not come back.
    """
    storage = Storage(spark, settings.storage, writes=(quarantine.TABLE, units_contract.TABLE, account_contract.TABLE))
    ds = run_context.ds
    key = id_key(run_context.environment, settings.units.id_key_variable)
    logs = {spec.name: storage.read_log(spec, ds) for spec in (query_log.TABLE, response_log.TABLE, pin_log.TABLE)}
    logs[query_log.TABLE.name] = without_people(logs[query_log.TABLE.name], key=key)

    joined = join_logs(**logs, ds=ds, limits=settings.units).persist(StorageLevel.DISK_ONLY)
    account = row_account(joined, logs=logs).persist()
    require_balance(account)
    removed = RemovedContent.of(storage, ds)
    as_logged = interaction_units(joined, key_id=key_id(key))
    units = removed.from_units(as_logged)
    unused = removed.from_records(quarantined_records(joined, ds=ds), as_logged)

    written = ((quarantine.TABLE, unused), (units_contract.TABLE, units), (account_contract.TABLE, account))
    commits = [storage.replace_day(spec, run_context.stamp(frame), ds) for spec, frame in written]
    joined.unpersist()
    account.unpersist()
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
