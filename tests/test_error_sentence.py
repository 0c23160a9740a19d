"""What a program says of an error is one line that a terminal and a log show as it is meant."""

from typing import NoReturn

import pytest

from lib.command_line import exit_code_of
from lib.error_sentence import LONGEST, error_sentence
from schemas.errors import ContractError
from scripts.labelled_tables.command_line import exit_code_of as exit_code_of_table_program
from tests.hostile_texts import TEXTS
from tests.planted_secrets import SECRET


@pytest.mark.parametrize("name", TEXTS)
def test_no_value_in_an_error_is_more_than_text_on_a_terminal(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> NoReturn:
        raise ContractError(f"Field `verdict` is `{TEXTS[name]}`; mend it.")

    assert exit_code_of_table_program("program", work) == 2
    assert exit_code_of(work) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 2
    for line in said.splitlines():
        assert line.isprintable() or not any(ord(character) < 32 and character != "\t" for character in line)
        assert not set(line) & {"\x1b", "\x9b", "\u202e", "\u2066", "\x7f", "\x00"}
        assert len(line) <= LONGEST + 100


def test_an_address_in_an_error_is_shown_without_its_user() -> None:
    sentence = error_sentence(ContractError(f"Table `labels`: nothing at s3a://me:{SECRET}@bucket/w; mend it."))
    assert sentence == "Table `labels`: nothing at s3a://bucket/w; mend it."
