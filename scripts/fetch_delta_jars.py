"""Put Delta's JARs beside Spark's own, once, so that no session or spark-submit on this machine resolves them again.

Spark's own resolver fetches them; the packages are those of conf/base.yaml.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from lib.session import build_session, jar_folder
from lib.settings import load_settings


def main() -> int:
    """Resolve the packages into a temporary folder and copy the JARs."""
    with tempfile.TemporaryDirectory() as ivy:
        settings = load_settings("local", assignments=[f'spark.conf={{"spark.jars.ivy": "{ivy}"}}'])
        build_session(settings.spark, app_name="fetch-delta-jars").stop()
        jars = sorted(Path(ivy, "jars").glob("*.jar"))
        for jar in jars:
            shutil.copy(jar, jar_folder() / jar.name)
    return 0 if jars else 1


if __name__ == "__main__":
    sys.exit(main())
