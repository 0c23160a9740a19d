"""Say how well raters agree, from a table with one vote a row, without Spark: the same library code as the jobs.

    python scripts/rate_agreement.py --input votes.csv --item item --rater rater --category verdict

Votes may be missing: an item needs no vote of every rater, and an empty category is no vote. Prints one JSON object:
{"n_items", "n_items_with_two_votes", "n_raters", "n_votes", "categories", "level", "confidence_level", "interval",
"agreement": share of agreeing pairs, "coefficients": [{"coefficient", "estimate", "std_error", "ci_low", "ci_high",
"reason"}, ...], "dawid_skene": null or {"is_converged", "n_iterations", "prior", "raters": [{"rater", "confusion"}]}}.
A coefficient that has no meaning, as when all votes are alike, is null, with its reason; so are error and limits of one
whose variance the sample does not show, as when a rater has used one category only. A column that does not fit is
refused by its name, with exit code 2.

coefficients
  cohen_kappa         two raters: Cohen (1960); --level ordinal: linear and quadratic weights by rank, others: by value
  krippendorff_alpha  any number of raters, with missing votes; by --level
  fleiss_kappa        chance by the categories' shares among all votes
  conger_kappa        chance by each rater's own shares; 2 to 50 raters
  gwet_ac1            chance only where raters are in doubt: not ruined by a rare category
  brennan_prediger    chance as if all categories were as likely (Randolph's free-marginal kappa)
With --level ordinal or interval the last four are the nominal ones still.

Standard errors are by linearisation over items, as independent draws with replacement; --weight (of the item, the same
in all its rows, usually 1/probability) makes them design-weighted. Intervals are symmetric on Fisher's scale, which
keeps them below 1; --interval wald gives estimate ± t·se, percentile the quantiles of --replicates bootstrap samples of
items. --dawid-skene adds error rates of the raters, estimated from the votes alone; it takes three raters.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

# `python scripts/rate_agreement.py` looks for modules beside the script only: the repository's root is one folder up.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib.estimation.agreement.agreement_estimate import AGREEMENT_INTERVALS
from lib.estimation.agreement.category_metric import LEVELS
from scripts.labelled_tables.command_line import exit_code_of, level, positive_integer, table_parser
from scripts.rating_tables.coefficients import answer
from scripts.rating_tables.votes import read_votes

PROGRAM = "rate_agreement"


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read and check the command line."""
    parser = table_parser(PROGRAM, __doc__)
    columns = parser.add_argument_group("columns")
    for option, meaning in {
        "item": "what was judged",
        "rater": "who judged",
        "category": "the vote; empty: none. Numbers if all are, else texts in alphabetical order",
        "weight": "w > 0 of the item, usually 1/probability",
    }.items():
        columns.add_argument(f"--{option}", required=option != "weight", metavar="COLUMN", help=meaning)
    parser.add_argument(
        "--order", metavar="A,B,...", help="the categories from lowest to highest, for texts at --level ordinal"
    )
    parser.add_argument("--level", choices=LEVELS, default="nominal", help="level of measurement, default: nominal")
    parser.add_argument("--interval", choices=AGREEMENT_INTERVALS, default="fisher", help="default: fisher")
    parser.add_argument(
        "--confidence", type=level, default=0.95, metavar="LEVEL", help="nominal coverage, default 0.95"
    )
    parser.add_argument("--replicates", type=positive_integer, default=1_000, metavar="N", help="default: 1000")
    parser.add_argument("--seed", type=positive_integer, default=1, metavar="SEED", help="of the replicates, default 1")
    parser.add_argument("--dawid-skene", action="store_true", help="estimate the raters' error rates too")
    return parser.parse_args(argv)


def run(args: argparse.Namespace) -> str:
    """Return the JSON of the coefficients; raises PlumblineError for what the user can mend."""
    return json.dumps(answer(read_votes(args), args), allow_nan=False, ensure_ascii=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 when done, 2 when a file, a column or an argument does not fit."""
    args = parse_args(argv)
    return exit_code_of(PROGRAM, lambda: run(args))


if __name__ == "__main__":
    sys.exit(main())
