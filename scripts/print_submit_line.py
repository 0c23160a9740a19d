"""Print the exact spark-submit line that runs a job of the zip on a cluster."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from lib.settings import load_settings

# What the driver's JVM reads when it starts: under spark-submit the job, which builds its session later, is too late.
_FIXED_AT_START = ("spark.driver.memory", "spark.driver.extraJavaOptions")


def submit_line(
    *, job: str, ds: str, environment: str, archive: Path, master: str | None = None, conf_files: Sequence[Path] = ()
) -> list[str]:
    """The words of the spark-submit command for `job` on day `ds`."""
    spark = load_settings(environment, conf_files).spark
    words = ["spark-submit", "--master", master or spark.master or "yarn"]
    words += ["--packages", ",".join(spark.packages), "--exclude-packages", ",".join(spark.excluded_packages)]
    for name in (name for name in _FIXED_AT_START if name in spark.conf):
        words += ["--conf", f"{name}={spark.conf[name]}"]
    words += ["--conf", "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension"]
    words += ["--conf", "spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog"]
    words += ["--py-files", str(archive), f"jobs/{job}.py", "--ds", ds, "--env", environment]
    return words + [word for path in conf_files for word in ("--conf", str(path))]


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
