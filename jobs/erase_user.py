"""Erase one person's content of all days until --ds, under the current and earlier keys.

The user id is read from a file (--user-id-file, - for standard input) or from the environment variable that
privacy.erased_user_variable names. It is no argument: arguments stand in process lists, histories and logs.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyspark.sql import SparkSession

from lib.command_line import argument_parser, exit_code_of, run_step, settings_of
from lib.privacy.erasure import Erasure
from lib.run_context import RunContext
from lib.session import build_session
from lib.storage import Commit
from lib.units.identifiers import id_keys, key_id, person_key
from schemas.contracts.settings import Settings
from schemas.errors import ConfigurationError

STEP = "erase_user"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Erase the content of the user whom the environment names, and note it in content_removals and erased_people.

    Not to be run while another step writes to the warehouse: old files are deleted at once.
    """
    user_id = run_context.environment.get(settings.privacy.erased_user_variable, "")
    if not user_id:
        raise ConfigurationError(
            f"Environment variable {settings.privacy.erased_user_variable} is not set; set it to the id of the user to "
            "erase, or name a file with --user-id-file."
        )
    units = settings.units
    keys = id_keys(run_context.environment, units.id_key_variable, units.previous_id_key_variables)
    people = {person_key(user_id, key=key): key_id(key) for key in keys}
    return Erasure(spark, settings, run_context, people=people).run()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    parser = argument_parser(__doc__)
    parser.add_argument("--user-id-file", metavar="FILE", help="file with the user id; - reads standard input")
    parser.add_argument("--dry-run", action="store_true", help="say what would be erased, and erase nothing")
    parsed = parser.parse_args(arguments)
    if parsed.dry_run:
        parsed.assignments.append("privacy.is_dry_run=true")

    def work() -> None:
        settings = settings_of(parsed)
        context = RunContext(ds=parsed.ds, environment=_environment(parsed, settings))
        run_step(STEP, run, build_session(settings.spark, app_name=f"plumbline-{STEP}"), settings, context)

    return exit_code_of(work)


def _environment(parsed: Namespace, settings: Settings) -> Mapping[str, str]:
    """The environment, with the user id of the file if one is named."""
    if parsed.user_id_file is None:
        return os.environ
    try:
        text = sys.stdin.read() if parsed.user_id_file == "-" else Path(parsed.user_id_file).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"File {parsed.user_id_file}: it cannot be read ({type(error).__name__}); name a file with the user id."
        ) from error
    return {**os.environ, settings.privacy.erased_user_variable: text.strip("\r\n")}


if __name__ == "__main__":
    sys.exit(main())
