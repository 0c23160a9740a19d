"""Print the exact spark-submit line that runs a job of the zip on a cluster."""

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.lineage import lineage_packages, lineage_properties
from lib.settings import load_settings

# What the driver's JVM reads when it starts: under spark-submit the job, which builds its session later, is too late.
_FIXED_AT_START = ("spark.driver.memory", "spark.driver.extraJavaOptions")


@dataclass(frozen=True)
class Submission:
    """What spark-submit is told about a job on a day, whoever runs it.

    Args:
        master: Spark's master as conf has it; yarn if it leaves it to the command
        packages: Maven coordinates
        excluded_packages: dependencies of theirs that Spark has already
        conf: Spark properties that must be there when the driver's JVM starts
        py_files: the zip
        application: the job's file
        arguments: the job's own

    """

    master: str
    packages: Sequence[str]
    excluded_packages: Sequence[str]
    conf: Mapping[str, str]
    py_files: str
    application: str
    arguments: Sequence[str]

    def words(self, master: str | None = None) -> list[str]:
        """The words of the command."""
        words = ["spark-submit", "--master", master or self.master]
        words += ["--packages", ",".join(self.packages), "--exclude-packages", ",".join(self.excluded_packages)]
        words += [word for name, value in self.conf.items() for word in ("--conf", f"{name}={value}")]
        return [*words, "--py-files", self.py_files, self.application, *self.arguments]


def submission(*, job: str, ds: str, environment: str, archive: Path, conf_files: Sequence[Path] = ()) -> Submission:
    """How `job` is submitted for day `ds`."""
    spark = load_settings(environment, conf_files).spark
    conf = {name: str(spark.conf[name]) for name in _FIXED_AT_START if name in spark.conf}
    conf |= {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    }
    return Submission(
        master=spark.master or "yarn",
        packages=[*spark.packages, *lineage_packages(spark.lineage)],
        excluded_packages=spark.excluded_packages,
        conf=conf | lineage_properties(spark.lineage, spark.conf),
        py_files=str(archive),
        application=f"jobs/{job}.py",
        arguments=["--ds", ds, "--env", environment, *(w for path in conf_files for w in ("--conf", str(path)))],
    )


def submit_line(
    *, job: str, ds: str, environment: str, archive: Path, master: str | None = None, conf_files: Sequence[Path] = ()
) -> list[str]:
    """The words of the spark-submit command for `job` on day `ds`."""
    return submission(job=job, ds=ds, environment=environment, archive=archive, conf_files=conf_files).words(master)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", default="run_chain", help="name of a file in jobs/, without .py")
    parser.add_argument("--ds", required=True, help="day, YYYY-MM-DD")
    parser.add_argument("--env", default="cluster", help="layer of conf/")
    parser.add_argument("--conf", action="append", default=[], type=Path, metavar="FILE", help="your own YAML layer")
    parser.add_argument("--archive", type=Path, default=Path("dist/plumbline.zip"))
    parsed = parser.parse_args(arguments)
    words = submit_line(
        job=parsed.job, ds=parsed.ds, environment=parsed.env, archive=parsed.archive, conf_files=parsed.conf
    )
    print(shlex.join(words))
    return 0


if __name__ == "__main__":
    sys.exit(main())
