"""The package works from a zip, as Spark ships it."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import lib.reporting.templating as templating
assert ".zip" in templating.__file__, templating.__file__
assert "<main " in templating.template_text("dashboard.html.jinja")
assert "page.rows" in templating.page_script()["script"]
templating.environment().get_template("table.html.jinja")
"""


def test_templates_are_found_in_a_zip(tmp_path: Path) -> None:
    archive = tmp_path / "plumbline.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for path in (*(ROOT / "lib").rglob("*"), *(ROOT / "schemas").rglob("*.py")):
            if path.is_file() and "__pycache__" not in path.parts:
                zipped.write(path, path.relative_to(ROOT))
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(archive)!r})\n{PROGRAM}"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # our own
    assert result.returncode == 0, result.stderr
