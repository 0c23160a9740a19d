"""No cell of a CSV file is run by a spreadsheet, with whatever separator it is opened, and every cell comes back."""

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.csv_cells import shielded, unshielded
from lib.labelling.disagreement_list import ComparisonTitle, write_disagreements
from lib.labelling.review_queue.csv_tasks import csv_tasks
from scripts.labelled_tables.table_file import read_table, write_table
from tests.hostile_texts import FORMULAS
from tests.labelling.review_queue.examples import review_task
from tests.reporting.planted_pages import disagreement_entries

# Written down anew, not taken from the code.
STARTS_A_FORMULA = re.compile("[\\s\x00-\x1f\ufffd\u200b\u2060\ufeff\u00ad]*[=+@\\-\uff1d\uff0b\uff0d\uff20\ufe66]")
SEPARATORS = (",", ";", "\t", "|")
NASTY = st.lists(
    st.one_of(st.sampled_from([*"=+-@',;|\t\r\n \"\0", "\ufeff", "\u200b", "\u2028", "\uff1d"]), st.text(max_size=3)),
    max_size=12,
).map("".join)


def _naive_cells(text: str) -> list[str]:
    """Every cell that any program could make of a CSV file: by each separator, whether or not it heeds quotes."""
    cells = []
    for separator in SEPARATORS:
        heeding = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator)
        cells += [cell for row in heeding for cell in row]
        for line in re.split("[\r\n\v\f\x85\u2028\u2029]", text.removeprefix("\ufeff")):
            cells += [part.removeprefix('"') for part in line.split(separator)]
    return cells


def _formulas(text: str) -> list[str]:
    return [cell for cell in _naive_cells(text) if STARTS_A_FORMULA.match(cell)]


@settings(max_examples=200, deadline=None)
@given(NASTY)
@pytest.mark.slow
def test_any_text_becomes_a_cell_that_is_no_formula_and_comes_back(text: str) -> None:
    cell = shielded(text)
    assert unshielded(cell) == text.replace("\0", "\ufffd")
    assert not STARTS_A_FORMULA.match(cell)
    assert not cell.startswith(("\t", "\r", "\n"))
    assert _formulas(f'"a","{cell.replace(chr(34), chr(34) * 2)}"\r\n') == []


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_is_shielded(text: str) -> None:
    assert _formulas(f'"{text}"'), "the corpus holds nothing harmless"
    assert _formulas(f'"{shielded(text)}"') == []


def test_plain_text_is_left_alone() -> None:
    for text in ("", "apple pie", "a=b", "1+1", "(none)", "don't", "a, b; c", "it's 'quoted'", "0.5", "a\nb"):
        assert shielded(text) == unshielded(text) == text


def test_the_review_queue_and_the_disagreements_write_no_formula(tmp_path: Path) -> None:
    tasks = [review_task(number, query=text, title=text) for number, text in enumerate(FORMULAS, start=1)]
    written = csv_tasks(tasks, policies=["harassment"], has_byte_order_mark=True)
    assert _formulas(written) == []
    entries = [entry for text in FORMULAS for entry in disagreement_entries(lambda _, text=text: text)]
    title = ComparisonTitle("2026-03-02", "a", "b")
    _, sheet = write_disagreements(entries, [], title=title, policy_titles={}, stem=tmp_path / "list")
    content = sheet.read_bytes().decode()
    assert _formulas(content) == []
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    assert [unshielded(row["query_text"]) for row in rows[:: len(rows) // len(FORMULAS)]] == [
        text.replace("\0", "\ufffd") for text in FORMULAS
    ]


def test_a_drawn_sample_holds_no_formula_and_reads_back_as_it_was(tmp_path: Path) -> None:
    frame = pd.DataFrame({"@id": FORMULAS, "size": [f"-{n}.5e3" for n in range(len(FORMULAS))], "n": -1.5})
    path = tmp_path / "sample.csv"
    write_table(frame, path)
    text = path.read_bytes().decode()
    assert [cell for cell in _formulas(text) if not re.fullmatch(r"-[0-9.e]+", cell.strip('"'))] == []
    assert "-1.5e3" in text
    pd.testing.assert_frame_equal(read_table(path, {}, all_columns=True), _without_null(frame.astype(str)))


def _without_null(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.replace("\0", "\ufffd", regex=True)
