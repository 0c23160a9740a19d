"""Two runs that write the same rows are told apart from runs that only write the same table."""

from collections.abc import Sequence

import pytest

from lib.concurrent_runs import conflicts_named, require_first, require_unchanged
from schemas.errors import ConcurrentRunError

WHERE = "ds = DATE'2026-03-02'"


@pytest.mark.parametrize(
    ("began", "owners", "is_refused"),
    [
        (4, [{"old"}], False),
        (3, [{"old"}, {"old"}], False),  # another day was written
        (3, [{"old"}, {"other"}], True),
        (3, [set(), {"other"}], True),
        (2, [{"old"}, {"other"}, set()], True),  # written, and emptied
    ],
)
def test_before_a_write(began: int, owners: Sequence[set[str]], is_refused: bool) -> None:
    newest = began + len(owners) - 1

    def check() -> None:
        require_unchanged("labels", WHERE, began=began, newest=newest, owners=lambda version: owners[version - began])

    if not is_refused:
        check()
        return
    with pytest.raises(ConcurrentRunError) as refused:
        check()
    assert str(refused.value) == (
        f"Table `labels`: another run has written the rows `{WHERE}` since this one began; this run wrote nothing to "
        "it. Wait until the other run has ended, then run the step again."
    )


@pytest.mark.parametrize(
    ("owners", "is_refused"),
    [
        ([{"old"}], False),
        ([{"old"}, {"old"}], False),  # another day was written between
        ([{"mine"}, {"mine"}], False),  # an earlier step of this run had written them
        ([{"old"}, {"other"}], True),
        ([{"old"}, {"other"}, set()], True),
    ],
)
def test_after_a_write(owners: Sequence[set[str]], is_refused: bool) -> None:
    """`owners` of the version that was there before, and of those between it and the run's own."""
    own = 7 + len(owners)

    def check() -> None:
        require_first("labels", WHERE, before=7, own=own, owners=lambda version: owners[version - 7])

    if not is_refused:
        check()
        return
    with pytest.raises(
        ConcurrentRunError, match=r"at the same moment, and this run has written over them\. Wait until"
    ):
        check()


def test_a_commit_that_delta_refuses_for_another_one_is_named_and_no_other_error() -> None:
    sentence = r"^Table `labels`: another run wrote to it at the same moment and was faster; this run wrote nothing"
    with pytest.raises(ConcurrentRunError, match=sentence), conflicts_named("labels"):
        raise RuntimeError("py4j: [DELTA_CONCURRENT_APPEND.WITH_PARTITION_HINT] Transaction conflict detected.")
    with pytest.raises(RuntimeError, match="NOT_A_CONFLICT"), conflicts_named("labels"):
        raise RuntimeError("[DELTA_NOT_A_CONFLICT] concurrent, changed")
