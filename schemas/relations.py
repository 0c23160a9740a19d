"""What a table promises about another one: values that are there, too, and figures that agree."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """Every value of `columns` is also in `table`; rows in which one of them is null refer to nothing.

    Args:
        columns: columns of the referring table
        table: the table that is referred to
        is_same_day: whether it must be there on the same day; on any day otherwise
        is_row_for_row: whether the two are equal row for row: as many rows, and the same values
        is_strict: whether a row that refers to nothing is a fault; otherwise it can come about in good order, and is
            only recorded. Of an input log, whose orphans go to quarantine, a share is tolerated
        may_come_first: whether the rows may be there before the other table has any of the day: then none is missing

    """

    columns: tuple[str, ...]
    table: str
    is_same_day: bool = True
    is_row_for_row: bool = False
    is_strict: bool = True
    may_come_first: bool = False


@dataclass(frozen=True)
class Total:
    """A figure over the rows of a day that must equal a figure of another table over the same day.

    Args:
        name: what is added up
        figure: SQL aggregate over the rows of the table
        table: the other table
        equals: SQL aggregate over its rows

    """

    name: str
    figure: str
    table: str
    equals: str
