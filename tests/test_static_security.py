"""The lint of `make test` knows what is dangerous, in every room, and nothing is let through without a reason."""

import ast
import json
import re
import subprocess
import sys
import tokenize
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("conf", "jobs", "lib", "schemas", "scripts")
# What the lint must say about each of these lines.
DANGEROUS = {
    "import pickle; pickle.loads(data)": "S301",
    "import pickle as p": "TID251",
    "from pickle import loads as read": "TID251",
    "import dill": "TID251",
    "import cloudpickle": "TID251",
    "import joblib; joblib.load(data)": "TID251",
    "import marshal; marshal.loads(data)": "S302",
    "import shelve": "TID251",
    "import numpy as np; np.load(data, allow_pickle=True)": "TID251",
    "import pandas as pd; pd.read_pickle(data)": "TID251",
    "eval(data)": "S307",
    "exec(data)": "S102",
    "import yaml; yaml.load(data, Loader=yaml.Loader)": "S506",
    "import yaml; yaml.safe_load(data)": "TID251",
    "import subprocess; subprocess.run(data, shell=True)": "S602",
    "import subprocess; subprocess.run(data)": "S603",
    "import os; os.system(data)": "S605",
    "import tempfile; tempfile.mktemp()": "S306",
    "open('/tmp/data')": "S108",
    "assert data": "S101",
    "try:\n    data()\nexcept Exception:\n    pass": "S110",
    "import httpx2, requests; requests.get(data, verify=False)": "S501",
    "import requests; requests.get(data)": "S113",
    "import ssl; ssl._create_unverified_context()": "S323",
    "import hashlib; hashlib.md5(data)": "S324",
    "import random; random.random()": "S311",
    "import xml.etree.ElementTree as ET; ET.fromstring(data)": "S314",
    "import jinja2; jinja2.Environment(autoescape=False)": "S701",
    "import markupsafe; markupsafe.Markup(data)": "S704",
    "sql = f'SELECT * FROM x WHERE a = {data}'": "S608",
    "import urllib.request; urllib.request.urlopen(data)": "S310",
    "password = 'hunter2'": "S105",
    "import socket; socket.socket().bind(('0.0.0.0', 80))": "S104",
    "import os; os.chmod(data, 0o777)": "S103",
    "import tarfile; tarfile.open(data).extractall()": "S202",
    "from pyspark.sql import functions as F; F.expr(data)": "TID251",
}
_SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|nosec|pragma:\s*no\s*cover|mypy:|ruff:|pylint:)", re.I)
_WITH_REASON = re.compile(
    r"#\s*noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*\s+\W*[a-z].{2,}"
    r"|#\s*type:\s*ignore\[[a-z, -]+\]\s+#\s*\w.{2,}",
    re.I,
)


def _said_about(lines: list[str], room: str) -> dict[int, set[str]]:
    """Codes that the lint reports by position in `lines`, each of them a function of a file in `room`."""
    program, starts = "", []
    for line in lines:
        starts.append(program.count("\n") + 1)
        body = line.replace("\n", "\n    ")
        program += f"def function_{len(starts)}(data):\n    {body}\n\n\n"
    command = [str(Path(sys.executable).with_name("ruff")), "check", "--output-format", "json", "--no-cache"]
    result = subprocess.run(
        [*command, "--stdin-filename", f"{room}/planted.py", "-"],
        cwd=ROOT, input=program, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 1, result.stderr
    said = defaultdict(set)
    for found in json.loads(result.stdout):
        row = found["location"]["row"]
        said[max(position for position, start in enumerate(starts) if start <= row)].add(found["code"])
    return said


@pytest.mark.parametrize("room", ROOMS)
def test_the_lint_names_every_danger_in_every_room(room: str) -> None:
    said = _said_about(list(DANGEROUS), room)
    missed = {line: code for position, (line, code) in enumerate(DANGEROUS.items()) if code not in said[position]}
    assert missed == {}


def test_no_rule_of_security_is_off_but_those_that_tests_need() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert {"S", "TID", "B"} <= set(lint["select"])
    assert not [code for code in lint["ignore"] if code.startswith(("S", "TID")) and not code.startswith("SIM")]
    ignored = {
        place: {code for code in codes if re.fullmatch(r"(S|TID)[0-9]*", code)}
        for place, codes in lint["per-file-ignores"].items()
    }
    # The benchmark's other engine speaks SQL alone; it reads logs that the benchmark has made, and nobody's names.
    of_benchmark = ("scripts/benchmark/agreement.py", "scripts/benchmark/duckdb_version/**")
    of_tests = {"S101", "S603", "S607", "TID251"}
    assert ignored == {"tests/**": of_tests, "scripts/**": set(), **{place: {"S608"} for place in of_benchmark}}


def test_make_test_runs_the_lint_first() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^test: lint\b", makefile, re.M)
    assert re.search(r"^lint:.*\n(?:\t.*\n)*?\t@\$\(VENV\)/bin/ruff check --quiet \.$", makefile, re.M)


def _suppressions(folders: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            with path.open("rb") as file:
                for token in tokenize.tokenize(file.readline):
                    if token.type == tokenize.COMMENT and _SUPPRESSION.search(token.string):
                        yield f"{path.relative_to(ROOT)}:{token.start[0]}", token.string


def test_no_check_is_silenced_without_a_reason_on_the_line() -> None:
    silenced = [*_suppressions(ROOMS), *(s for s in _suppressions(("tests",)) if "type:" not in s[1])]
    assert len(silenced) > 10, "the search finds what is there"
    assert [(place, comment) for place, comment in silenced if not _WITH_REASON.search(comment)] == []


@pytest.mark.parametrize(
    "comment",
    ["# noqa", "# noqa: S608", "# noqa: S608 -", "# type: ignore", "# type: ignore[arg-type]", "# nosec",
     "# nosec B608 - names are ours", "# ruff: noqa", "# mypy: ignore-errors", "# pragma: no cover"],
)  # fmt: skip
def test_a_silence_without_code_or_reason_is_noticed(comment: str) -> None:
    assert _SUPPRESSION.search(comment)
    assert not _WITH_REASON.search(comment)


# The modules that know what a table is.
WITH_SQL = ("storage.py", "storage_removal.py", "table_creation.py", "table_maintenance.py", "table_versions.py")


def test_sql_is_written_where_tables_are_and_no_condition_is_a_text_with_values_in_it() -> None:
    found = []
    for room in ("jobs", "lib"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    is_text = any(not isinstance(part, ast.Constant) for part in node.args if _is_text(part))
                    is_sql = node.func.attr == "sql" and path.name not in WITH_SQL
                    is_condition = node.func.attr in ("where", "filter", "selectExpr", "expr", "agg") and is_text
                    found += [f"{path.relative_to(ROOT)}:{node.lineno}"] if is_sql or is_condition else []
    assert found == []


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
