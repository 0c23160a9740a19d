"""Reads a long table of votes: one row an item and rater."""

import argparse
from dataclasses import dataclass

import numpy as np

from lib.estimation.agreement.ratings import Ratings
from lib.estimation.functionals import FloatArray
from schemas.errors import ConfigurationError
from scripts.labelled_tables.columns import POSITIVE, Columns
from scripts.labelled_tables.table_file import read_table

_NUMERIC_LEVELS = ("interval", "ratio")


@dataclass(frozen=True, eq=False)
class Votes:
    """The votes of a file, and the weights of its items."""

    ratings: Ratings
    weights: FloatArray


def read_votes(args: argparse.Namespace) -> Votes:
    """Return the votes of the file that the arguments name.

    Args:
        args: input, item, rater, category, weight, order, level

    Raises:
        MissingInputError: there is no such file
        ConfigurationError: a column does not fit

    """
    named = {args.item: "--item", args.rater: "--rater", args.category: "--category"}
    if args.weight is not None:
        named[args.weight] = "--weight"
    table = read_table(args.input, named)
    cells = table[args.category]
    has_vote = (cells.notna() & (cells.astype(str).str.strip() != "")).to_numpy()
    if not has_vote.any():
        raise ConfigurationError(f"{args.input}: column `{args.category}` (--category) has no vote; fill it in.")
    columns = Columns(args.input, table[has_vote])
    texts = columns.texts(args.category, "--category")
    values, order = _categories(texts, args)
    try:
        ratings = Ratings.from_votes(
            columns.texts(args.item, "--item"), columns.texts(args.rater, "--rater"), values, categories=order
        )
        weights = np.ones(ratings.items.size)
        if args.weight is not None:
            column = columns.numbers(args.weight, "--weight", POSITIVE, if_missing="give every item its weight")
            weights = ratings.item_weights(column)
    except ValueError as error:
        raise ConfigurationError(f"{args.input}: {error}") from None
    if args.level == "ratio" and ratings.category_values.min() < 0.0:
        raise ConfigurationError(
            f"{args.input}: column `{args.category}` (--category) is {ratings.category_values.min():g}; at --level "
            "ratio votes are >= 0."
        )
    return Votes(ratings, weights)


def _categories(
    texts: np.typing.NDArray[np.object_], args: argparse.Namespace
) -> tuple["np.typing.NDArray[np.object_] | FloatArray", list[str] | None]:
    """The votes as numbers if all are, and the order of the categories if it is given."""
    if args.order is not None:
        order = [name.strip() for name in args.order.split(",")]
        twice = [name for position, name in enumerate(order) if name in order[:position]]
        if twice:
            raise ConfigurationError(f"--order: `{twice[0]}` is in {args.order!r} twice; name every category once.")
        return np.array([text.strip() for text in texts], dtype=object), order
    try:
        numbers = texts.astype(np.float64)
    except ValueError:
        if args.level in _NUMERIC_LEVELS:
            raise ConfigurationError(
                f"{args.input}: column `{args.category}` (--category) has texts; --level {args.level} takes numbers."
            ) from None
        return np.array([text.strip() for text in texts], dtype=object), None
    if not np.isfinite(numbers).all():
        return texts, None
    return numbers, None
