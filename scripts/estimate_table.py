"""Estimate how much violates policy from one labelled file, without Spark: the same library code as the jobs.

    python scripts/estimate_table.py --input sample.csv --label y --design bottom_k
        --inclusion-probability inclusion_probability --estimator hajek --interval korn_graubard

Prints one JSON object: {"estimates": [{"domain", "n", "estimate", "std_error", "ci_low", "ci_high",
"degrees_of_freedom"}, ...], "design", "estimator", "interval"}. With --domain there is one estimate for each of its
values, and then the whole, whose domain is null. A number that has no meaning is null. A column that does not fit is
refused by its name, with exit code 2.

designs (--design), and what each needs
  poisson, bottom_k     --inclusion-probability, or --weight, its inverse; draw_table.py writes it
  srs                   --population-size (its finite population correction), or weights
  stratified            --stratum, and --stratum-size (units of the stratum) or weights without correction
  pps_with_replacement  --weight or its inverse, the expected number of draws; --stratum
  pps_brewer, pps_hartley_rao   fixed size, unequal probabilities: --inclusion-probability; --stratum
  cluster               --cluster, and weights or --stratum-size (CLUSTERS of the stratum); --stratum; with
                        --cluster-size (units of the cluster) the two-stage variance

estimators (--estimator); y the label, x the exposure (1 without --exposure), w the weight
  total              Σ w x y
  horvitz_thompson   Σ w x y / X, X the known size: --population-size or stratum sizes; with --exposure it is
                     --exposure-total, or --auxiliary-total if the auxiliary is the exposure
  hajek, ratio       Σ w x y / Σ w x, both estimated
  difference         (T + Σ w (x y - a)) / X with the auxiliary a and its known total T
  regression         Σ g w x y / Σ g w x, weights calibrated to T and, if it is known, to the population size
                     (generalised regression estimator)
With --audit-label (empty where not audited) the label is the lower rung of a label ladder: estimates are of what the
audit would say of everybody, for designs poisson and bottom_k, with T the total of x·a.

A domain keeps the whole design, and its degrees of freedom. `total`, `hajek`, `ratio` and `regression` have domains;
`horvitz_thompson` only if the domains are the strata, whose sizes are known; `difference` and audits have none.

A label that is a quantity (views, severity) is told from verdicts with stray codes by its values; where it looks like
the latter, --label-is-quantity says that it is meant. Known totals that the weights contradict are refused.

intervals (--interval) are for labels 0 and 1; `wald` is also for quantities. That of a total is the rate's, times the
known size. Without a positive label it is (0, U], never (0, 0). An estimate may lie outside [0, 1] by noise, its limits
do not. `gamma` takes the largest weight for the next violation, `split_gamma` its expected weight. The default is
split_gamma for designs poisson and bottom_k, korn_graubard for the others, and wald for totals and quantities.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

# `python scripts/estimate_table.py` looks for modules beside the script only: the repository's root is one folder up.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib.estimation.designs.lonely_psus import LonelyPsuRule
from scripts.labelled_tables.command_line import (
    exit_code_of,
    finite_number,
    level,
    positive_number,
    table_parser,
)
from scripts.labelled_tables.contradicted_totals import refuse_contradicted_totals
from scripts.labelled_tables.design_choice import DESIGNS, analysis_design
from scripts.labelled_tables.estimands import ESTIMATORS
from scripts.labelled_tables.label_ladder import audited_estimate
from scripts.labelled_tables.rate_limits import INTERVALS
from scripts.labelled_tables.sample import Sample, read_sample
from scripts.labelled_tables.stray_codes import refuse_stray_codes
from scripts.labelled_tables.table_estimates import table_estimates

PROGRAM = "estimate_table"


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read and check the command line."""
    parser = table_parser(PROGRAM, __doc__)
    columns = parser.add_argument_group("columns")
    for option, meaning in {
        "label": "y: 1 violating, 0 not; or a quantity",
        "exposure": "x >= 0, how often the unit was seen",
        "domain": "what to estimate by",
        "inclusion-probability": "π in (0, 1]",
        "weight": "w > 0, usually 1/π",
        "stratum": "stratum of the unit",
        "stratum-size": "units (design cluster: clusters) in the population of the stratum",
        "cluster": "cluster of the unit",
        "cluster-size": "units in the population of the cluster",
        "auxiliary": "a, known for everybody: a score, a size",
        "audit-label": "verdict of the audit, 1 or 0, empty where not audited",
        "audit-probability": "probability that a sampled unit is audited",
    }.items():
        columns.add_argument(f"--{option}", required=option == "label", metavar="COLUMN", help=meaning)
    columns.add_argument(
        "--label-is-quantity", action="store_true", help="y is no verdict, though much of it is 0 and 1"
    )
    totals = parser.add_argument_group("known of the population")
    totals.add_argument("--population-size", type=positive_number, metavar="N", help="units")
    totals.add_argument("--exposure-total", type=positive_number, metavar="X", help="total of --exposure")
    totals.add_argument("--auxiliary-total", type=finite_number, metavar="T", help="total of --auxiliary")
    parser.add_argument("--design", choices=DESIGNS, required=True)
    parser.add_argument("--estimator", choices=ESTIMATORS, default="hajek", help="default: hajek")
    parser.add_argument("--interval", choices=INTERVALS, help="the default is told above")
    parser.add_argument("--level", type=level, default=0.95, metavar="LEVEL", help="nominal coverage, default 0.95")
    parser.add_argument(
        "--lonely-psus",
        choices=get_args(LonelyPsuRule),
        default="fail",
        help="what a stratum with a single sampled cluster adds to the variance; default: fail",
    )
    return parser.parse_args(argv)


def run(args: argparse.Namespace) -> str:
    """Return the JSON of the estimates; raises PlumblineError for what the user can mend."""
    sample = read_sample(args)
    refuse_stray_codes(sample)
    interval = args.interval or _default_interval(sample, args.estimator)
    if args.audit_label is not None or args.audit_probability is not None:
        estimates = [audited_estimate(sample, estimator=args.estimator, interval=interval, level=args.level)]
    else:
        design = analysis_design(sample, lonely_psus=args.lonely_psus)
        refuse_contradicted_totals(sample, design)
        estimates = table_estimates(sample, design, estimator=args.estimator, interval=interval, level=args.level)
    answer = {
        "estimates": [estimate.record() for estimate in estimates],
        "design": args.design,
        "estimator": args.estimator,
        "interval": interval,
    }
    return json.dumps(answer, allow_nan=False, ensure_ascii=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 when done, 2 when a file, a column or an argument does not fit."""
    args = parse_args(argv)
    return exit_code_of(PROGRAM, lambda: run(args))


def _default_interval(sample: Sample, estimator: str) -> str:
    if estimator == "total" or not sample.is_labelled_by_verdict:
        return "wald"
    return "split_gamma" if sample.design in ("poisson", "bottom_k") else "korn_graubard"


if __name__ == "__main__":
    sys.exit(main())
