"""Draw a probability sample from a table, without Spark: the same designs and the same draw as the jobs.

    python scripts/draw_table.py --input frame.csv --size-measure w --n 500 --design bottom_k --seed 7
        --output sample.csv

Writes the drawn rows in the order of the input, with four columns more: inclusion_probability (in (0, 1]), weight (its
inverse), random_number (u in (0, 1)) and size_measure. `estimate_table.py --inclusion-probability
inclusion_probability` reads them.

bottom_k  exactly n rows: those with the smallest u/size. Its probability min(1, size·t), t the next smallest u/size,
          makes Σ y/p exactly unbiased. If n is all rows or more, all are taken and every probability is 1.
poisson   each row on its own with probability min(1, c·size), c such that they sum to n: about n rows.

With --stratum, n is the total. It is split over the strata in proportion to Σ min(1, c·size), the rows that a draw
without strata expects there: the sum of the sizes, but that a row counts as one at most. Each stratum gets 1 row at
least. So a row's probability depends on its size and hardly on its stratum.

u is a hash of the seed and the row's number, or of the seed and the column --id: then it is the number that the Spark
jobs give a unit with this id, a re-ordered file gives the same draw, and draws with the same seed overlap as much as
they can. Without --id two files of one order share their random numbers: use different seeds for independent draws.
"""

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

# `python scripts/draw_table.py` looks for modules beside the script only: the repository's root is one folder up.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib.sampling.array_selection import ArraySelection, bottom_k, permanent_random_numbers, poisson
from schemas.errors import ConfigurationError
from scripts.labelled_tables.columns import OPEN_PROBABILITY, POSITIVE, Columns, FloatArray, TextArray
from scripts.labelled_tables.command_line import exit_code_of, positive_integer, table_parser
from scripts.labelled_tables.stratum_sizes import proportional_sizes
from scripts.labelled_tables.table_file import is_csv, read_table, write_table

PROGRAM = "draw_table"
DESIGNS = ("bottom_k", "poisson")
_ONE_STRATUM = "all rows"


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read and check the command line."""
    parser = table_parser(PROGRAM, __doc__)
    parser.add_argument("--size-measure", required=True, metavar="COLUMN", help="size of each row, > 0")
    parser.add_argument("--n", type=positive_integer, required=True, metavar="N", help="rows to draw, over all strata")
    parser.add_argument("--design", choices=DESIGNS, default="bottom_k", help="default: bottom_k")
    parser.add_argument("--seed", type=int, metavar="SEED", help="whole number; the same seed draws the same rows")
    parser.add_argument("--stratum", metavar="COLUMN", help="stratum of each row")
    parser.add_argument("--id", metavar="COLUMN", help="identifier of each row, different in each")
    parser.add_argument("--random-number", metavar="COLUMN", help="draw with these u in (0, 1), instead of a seed")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the sample, named like the frame")
    args = parser.parse_args(argv)
    if (args.seed is None) == (args.random_number is None):
        parser.error("give --seed, or --random-number with a column of random numbers, and not both")
    return args


def run(args: argparse.Namespace) -> str:
    """Draw and write the sample; returns a sentence about it."""
    is_csv(args.output)
    if args.output.resolve() == args.input.resolve():
        raise ConfigurationError(f"--output {args.output} would overwrite --input; give another name.")
    named = {args.size_measure: "--size-measure", args.stratum: "--stratum", args.id: "--id"}
    named |= {args.random_number: "--random-number"}
    columns = {column: option for column, option in named.items() if column is not None}
    table = Columns(args.input, read_table(args.input, columns, all_columns=True))
    size = table.numbers(args.size_measure, "--size-measure", POSITIVE, if_missing="every row needs a size > 0")
    unit_ids = _unit_ids(table, args.id)
    random_number = _random_numbers(table, args, unit_ids)
    selection = _draw(table, args, size, random_number, unit_ids)
    sample = _with_draw(table, args, selection, size, random_number)
    if is_csv(args.input) and not is_csv(args.output):
        sample = _typed(sample, [args.id, args.stratum])
    write_table(sample, args.output)
    whole = "; every row was taken" if len(sample) == size.size else ""
    return f"{args.output}: {len(sample)} of {size.size} rows drawn ({args.design}){whole}."


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 when done, 2 when a file, a column or an argument does not fit."""
    args = parse_args(argv)
    return exit_code_of(PROGRAM, lambda: run(args))


def _unit_ids(table: Columns, column: str | None) -> TextArray:
    if column is None:
        return np.array([str(row) for row in range(1, len(table.frame) + 1)], dtype=object)
    unit_ids = table.texts(column, "--id")
    is_repeated = pd.Series(unit_ids).duplicated().to_numpy()
    if is_repeated.any():
        row = int(np.flatnonzero(is_repeated)[0])
        raise ConfigurationError(
            f"{table.path}: column `{column}` (--id) is `{unit_ids[row]}` in row {row + 1} and in a row before; "
            "two rows would share a random number: remove the duplicates, or leave --id out."
        )
    return unit_ids


def _random_numbers(table: Columns, args: argparse.Namespace, unit_ids: TextArray) -> FloatArray:
    if args.random_number is None:
        return permanent_random_numbers(unit_ids, seed=args.seed)
    return table.numbers(
        args.random_number, "--random-number", OPEN_PROBABILITY, if_missing="every row needs a random number"
    )


def _draw(
    table: Columns, args: argparse.Namespace, size: FloatArray, random_number: FloatArray, unit_ids: TextArray
) -> ArraySelection:
    stratum = np.full(size.size, _ONE_STRATUM, dtype=object)
    if args.stratum is not None:
        stratum = table.texts(args.stratum, "--stratum")
    sizes = proportional_sizes(args.n, stratum, size)
    if not sizes:
        raise ConfigurationError(
            f"--n is {args.n}, but column `{args.stratum}` (--stratum) has {pd.unique(stratum).size} strata, and each "
            "needs a row in the sample; raise --n or merge strata."
        )
    if args.design == "bottom_k":
        return bottom_k(size, random_number, unit_ids=unit_ids, stratum=stratum, sample_sizes=sizes)
    return poisson(size, random_number, stratum=stratum, sample_sizes=sizes)


def _with_draw(
    table: Columns, args: argparse.Namespace, selection: ArraySelection, size: FloatArray, random_number: FloatArray
) -> pd.DataFrame:
    sample = table.frame.iloc[selection.drawn].copy()
    added = {
        "inclusion_probability": (selection.inclusion_probability, None),
        "weight": (1.0 / selection.inclusion_probability, None),
        "random_number": (random_number[selection.drawn], args.random_number),
        "size_measure": (size[selection.drawn], args.size_measure),
    }
    for name, (values, source) in added.items():
        if name in sample and name != source:
            raise ConfigurationError(
                f"{table.path} has a column `{name}` already, which the sample's own would replace; rename it."
            )
        if name != source:
            sample[name] = values
    return sample


def _typed(sample: pd.DataFrame, labels: Sequence[str | None]) -> pd.DataFrame:
    """Turn the text of a CSV into numbers where a column has nothing else; labels stay text, leading zeros and all."""
    text = io.StringIO(sample.to_csv(index=False))
    return pd.read_csv(text, dtype={name: str for name in labels if name is not None}, float_precision="round_trip")


if __name__ == "__main__":
    sys.exit(main())
