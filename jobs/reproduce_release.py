"""Recompute a release from the table versions it recorded: exit code 0 if it comes out equal, 1 if it does not."""

import sys
from argparse import ArgumentTypeError
from collections.abc import Sequence

import structlog
from pyspark.sql import SparkSession

from lib.command_line import argument_parser, run_parsed
from lib.release.code_version import code_version
from lib.release.release_inputs import day_of_release
from lib.release.reproduction import recorded_release, reproduce, require_equal
from lib.run_context import RunContext
from lib.storage import Commit, Storage
from schemas.contracts.settings import Settings
from schemas.errors import ConfigurationError

STEP = "reproduce_release"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Recompute release.release_id; writes nothing. Raises ReproductionError if it does not come out equal."""
    release_id = settings.release.release_id
    if release_id is None:
        raise ConfigurationError("Field `release.release_id` is not set; name a release with --release-id.")
    storage = Storage(spark, settings.storage)
    release = recorded_release(storage, release_id)
    code = code_version(run_context.environment)
    if code != release["code_version"]:
        structlog.get_logger().warning(f"{STEP}: decided by {release['code_version']}, recomputed by {code}")
    require_equal(release_id, reproduce(storage, release, settings))
    n_numbers = release["n_released"] + release["n_held"]
    structlog.get_logger().info(f"{STEP} {release_id}: equal, all {n_numbers} numbers")
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    parser = argument_parser(__doc__, has_day=False)
    parser.add_argument("--release-id", required=True, type=_release_id, help="release to recompute")
    parsed = parser.parse_args(arguments)
    parsed.assignments.append(f"release.release_id={parsed.release_id}")
    return run_parsed(STEP, run, parsed, ds=day_of_release(parsed.release_id))


def _release_id(text: str) -> str:
    try:
        day_of_release(text)
    except ValueError as error:
        raise ArgumentTypeError(f"`{text}` does not start with a day; copy the id from `releases`") from error
    return text


if __name__ == "__main__":
    sys.exit(main())
