"""Notices that another run writes the same rows at the same time; the later one says so, and can be repeated."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from schemas.errors import ConcurrentRunError

_CONFLICT = re.compile(r"\[DELTA_(?:CONCURRENT_[A-Z_]+|METADATA_CHANGED|PROTOCOL_CHANGED)\b")
_REMEDY = "Wait until the other run has ended, then run the step again."
# The runs whose rows a version of a table holds, of those that a step owns.
Owners = Callable[[int], set[str]]


def require_unchanged(table: str, where: str, *, began: int, newest: int, owners: Owners) -> None:
    """Before a step replaces the rows `where`: raise ConcurrentRunError if they are another run's since it began.

    `began` is the version that the step read, `newest` the one that is there now.
    """
    if newest != began and owners(began) != owners(newest):
        raise ConcurrentRunError(
            f"Table `{table}`: another run has written the rows `{where}` since this one began; this run wrote nothing "
            f"to it. {_REMEDY}"
        )


def require_first(table: str, where: str, *, before: int, own: int, owners: Owners) -> None:
    """After a step has replaced the rows `where`: raise ConcurrentRunError if another run did so just before it.

    `before` is the version that `require_unchanged` saw, `own` the one that the step has written. The other run is not
    told: of the two it was the first.
    """
    if own - 1 != before and owners(before) != owners(own - 1):
        raise ConcurrentRunError(
            f"Table `{table}`: another run wrote the rows `{where}` at the same moment, and this run has written over "
            f"them. {_REMEDY}"
        )


@contextmanager
def conflicts_named(table: str) -> Iterator[None]:
    """Turn Delta's refusal of a commit that another run came before into a ConcurrentRunError."""
    try:
        yield
    except Exception as error:
        if not is_conflict(error):
            raise
        raise ConcurrentRunError(
            f"Table `{table}`: another run wrote to it at the same moment and was faster; this run wrote nothing to "
            f"it. {_REMEDY}"
        ) from error


def is_conflict(error: Exception) -> bool:
    """Whether Delta refused a commit because of another one; py4j and Spark Connect both name its error class."""
    return _CONFLICT.search(str(error)) is not None
