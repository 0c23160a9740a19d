"""Write synthetic query, response and Pin logs of any size, with the exact truth beside them.

    python -m scripts.generate_logs --output /tmp/plumbline --start-ds 2025-03-03 --days 7 --units-per-day 100000

A day depends on --seed, its date, --units-per-day and the rates only: adding days or writing one of them again
changes nothing else. The chain reads DIR/input; DIR/truth is for tests, simulated labelers and audits.
"""

import argparse
import sys
from collections.abc import Sequence

from tqdm import tqdm

from lib.error_sentence import error_sentence
from schemas.errors import ConfigurationError
from scripts.log_generation.arguments import add_day_arguments, number_up_to
from scripts.log_generation.days import generate_day, plan_days
from scripts.log_generation.faults import FaultRates
from scripts.log_generation.log_writer import LogFormat
from scripts.log_generation.synthetic_content import SyntheticContent

LARGEST_FAULT_RATE = 0.2


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read and check the command line."""
    parser = argparse.ArgumentParser(
        prog="generate_logs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_day_arguments(parser)
    parser.add_argument(
        "--format",
        type=LogFormat,
        choices=list(LogFormat),
        default=LogFormat.PARQUET,
        help="storage of the logs: input/LOG/ds=DAY/part-*.parquet, or one Delta table per log partitioned by ds "
        "(default parquet; the truth is always Parquet)",
    )
    parser.add_argument(
        "--violation-rate-scale",
        type=_scale,
        default=1.0,
        metavar="X",
        help="multiply every policy's violation rate by X (default 1: about 0.25 %% to 0.8 %% of units)",
    )
    parser.add_argument(
        "--platform-scores", action="store_true", help="add the optional column platform_scores to the response log"
    )
    faults = parser.add_argument_group("faults", f"shares between 0 and {LARGEST_FAULT_RATE}; 0 turns a fault off")
    defaults = FaultRates()
    for name, what in (
        ("duplicate", "rows delivered again, half of them with another time (and view)"),
        ("late", "interactions, for each way of coming late, that carry the day before"),
        ("orphan", "queries and responses that are lost while what belongs to them arrives"),
        ("null", "rows with one empty column, key columns included"),
        ("malformed", "rows with an impossible time or slot, and texts with hostile content"),
    ):
        default = getattr(defaults, name)
        faults.add_argument(
            f"--{name}-rate", type=_fault_rate, default=default, metavar="P", help=f"{what} (default {default})"
        )
    return parser.parse_args(argv)


def run(args: argparse.Namespace) -> int:
    """Generate the days asked for; returns the number of units written."""
    source = SyntheticContent(args.seed, args.violation_rate_scale, args.platform_scores)
    rates = FaultRates(
        duplicate=args.duplicate_rate,
        late=args.late_rate,
        orphan=args.orphan_rate,
        null=args.null_rate,
        malformed=args.malformed_rate,
    )
    plans = plan_days(args.start_ds, args.days, args.seed, args.units_per_day)
    with tqdm(total=sum(plan.n_units for plan in plans), unit="unit", unit_scale=True, file=sys.stderr) as progress:
        return sum(
            generate_day(plan, source, rates, output=args.output, log_format=args.format, on_chunk=progress.update)
            for plan in plans
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 when done, 2 when an argument is wrong."""
    args = parse_args(argv)
    try:
        n_units = run(args)
    except ConfigurationError as error:
        print(error_sentence(error), file=sys.stderr)
        return 2
    print(f"{n_units} units in {args.days} days are in {args.output}/input, their truth in {args.output}/truth.")
    return 0


def _fault_rate(text: str) -> float:
    return number_up_to(text, LARGEST_FAULT_RATE)


def _scale(text: str) -> float:
    return number_up_to(text, 1_000.0)


if __name__ == "__main__":
    sys.exit(main())
