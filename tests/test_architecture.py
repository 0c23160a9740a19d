"""Rules of the house that no linter knows: what Spark Connect lacks, sizes of files and functions, shape of a job."""

import ast
import importlib
import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs import run_chain

ROOT = Path(__file__).parents[1]
LONGEST_FILE = 250
LONGEST_FUNCTION = 70
NOT_IN_CONNECT = {"sparkContext", "_jvm", "_jsc", "_jdf", "rdd", "toLocalIterator"}
# A step's result is a table, not a print; a command-line program says its one sentence somewhere.
MAY_PRINT = {"lib/command_line.py": 1}

SOURCES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for room in ("jobs", "lib", "schemas")
    for path in sorted((ROOT / room).rglob("*.py"))
}
# What a person asks for, or what speaks with the world outside: no step of the chain waits for what they write.
ON_DEMAND = {
    "acknowledge_alert", "audit_design", "build_golden_set", "check_data", "erase_user", "estimate_break",
    "evaluate_prompt", "expire_content", "export_llm_batch", "export_review_queue", "export_transparency",
    "import_llm_batch", "import_review_labels", "label_golden_set", "maintain_tables", "plan_sample", "probe_labelers",
    "publish_summary", "reconcile_stream", "reproduce_release", "stream_sample",
}  # fmt: skip
JOBS = sorted(
    path.stem for path in (ROOT / "jobs").glob("*.py") if path.stem not in ("__init__", "__main__", "run_chain")
)


def _where(is_fault: Callable[[ast.AST], bool]) -> list[str]:
    return [
        f"{file}:{node.lineno}"
        for file, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.expr | ast.stmt) and is_fault(node)
    ]


@pytest.mark.slow
def test_only_what_spark_connect_offers_is_used() -> None:
    assert _where(lambda node: isinstance(node, ast.Attribute) and node.attr in NOT_IN_CONNECT) == []


@pytest.mark.slow
def test_nothing_is_shown_and_only_the_command_line_prints() -> None:
    assert _where(lambda node: _is_method_call(node, "show")) == []
    printing = [place.rpartition(":")[0] for place in _where(_is_print)]
    assert {file: printing.count(file) for file in printing} == MAY_PRINT


def _is_method_call(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name


def _is_print(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"


@pytest.mark.slow
def test_files_and_functions_are_short() -> None:
    lengths = {file: len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in SOURCES}
    assert {file: length for file, length in lengths.items() if length > LONGEST_FILE} == {}
    assert _where(_is_long_function) == []


def _is_long_function(node: ast.AST) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return (node.end_lineno or node.lineno) - node.lineno + 1 > LONGEST_FUNCTION


@pytest.mark.parametrize("name", JOBS)
def test_every_job_has_its_step_its_run_and_its_main(name: str) -> None:
    job = importlib.import_module(f"jobs.{name}")
    assert name == job.STEP
    assert list(inspect.signature(job.run).parameters) == ["spark", "settings", "run_context"]
    assert list(inspect.signature(job.main).parameters) == ["arguments"]
    assert job.__doc__


@pytest.mark.slow
def test_content_is_shown_through_the_redaction_only() -> None:
    """Whoever makes a UnitContent of something that a person typed redacts it; the others know every word of theirs."""
    ours = {"lib/labelling/prompts/unified_prompt.py", "lib/labelling/llm/batch_results.py"}
    makers = {place.rpartition(":")[0] for place in _where(lambda node: _is_call_of(node, "UnitContent"))}
    makers = {file for file in makers - ours if not file.startswith("lib/labelling/probes/")}
    assert makers == {"lib/labelling/redaction/shown_content.py"}


def _is_call_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def test_every_job_is_a_step_of_the_chain_or_a_study_on_demand() -> None:
    assert sorted({*run_chain.STEPS, *ON_DEMAND}) == JOBS
