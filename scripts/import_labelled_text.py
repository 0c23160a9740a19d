"""Turn a public labelled text set into query, response and Pin logs whose truth is the set's own labels.

    python -m scripts.import_labelled_text --input samples.jsonl.gz --mapping conf/imports/moderation_eval.yaml
        --output /tmp/plumbline --start-ds 2025-03-03 --days 7 --units-per-day 5000

Each interaction carries one text of the set as its query or its response (field `place` of the mapping); the rest is
benign filler, without faults. DIR/truth/labelled_texts says which text went where. Texts are never printed.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from lib.error_sentence import error_sentence
from schemas.contracts.labelled_text_mapping import LabelledTextMapping
from schemas.errors import ConfigurationError
from scripts.log_generation.arguments import add_day_arguments
from scripts.log_generation.days import generate_day, plan_days
from scripts.log_generation.faults import NO_FAULTS
from scripts.log_generation.labelled_content import LabelledContent
from scripts.log_generation.labelled_texts import LabelledTexts, load_labelled_texts, load_mapping
from scripts.log_generation.log_writer import LogFormat


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read and check the command line."""
    fields = "\n".join(f"  {name}: {field.description}" for name, field in LabelledTextMapping.model_fields.items())
    parser = argparse.ArgumentParser(
        prog="import_labelled_text",
        description=__doc__,
        epilog=f"fields of the mapping file:\n{fields}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--input", type=Path, required=True, metavar="FILE", help="JSON lines or CSV, also as .gz")
    parser.add_argument("--mapping", type=Path, required=True, metavar="YAML", help="which column is what (see below)")
    add_day_arguments(parser)
    return parser.parse_args(argv)


def run(args: argparse.Namespace) -> str:
    """Write the days asked for; returns a report without any text of the set."""
    mapping = load_mapping(args.mapping)
    texts = load_labelled_texts(args.input, mapping)
    source = LabelledContent(args.seed, texts, mapping)
    plans = plan_days(args.start_ds, args.days, args.seed, args.units_per_day)
    with tqdm(total=sum(plan.n_units for plan in plans), unit="unit", unit_scale=True, file=sys.stderr) as progress:
        n_units = sum(
            generate_day(
                plan, source, NO_FAULTS, output=args.output, log_format=LogFormat.PARQUET, on_chunk=progress.update
            )
            for plan in plans
        )
    return _report(texts, mapping, source, n_units)


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; 0 when done, 2 when a file or an argument is wrong."""
    args = parse_args(argv)
    try:
        report = run(args)
    except ConfigurationError as error:
        print(error_sentence(error), file=sys.stderr)
        return 2
    print(report)
    return 0


def _report(texts: LabelledTexts, mapping: LabelledTextMapping, source: LabelledContent, n_units: int) -> str:
    lines = [
        f"{n_units} units carry {source.n_placed_texts} of {len(texts.texts)} texts; "
        f"{texts.n_dropped} records were left out."
    ]
    for policy, n_violating in zip(texts.policies, texts.is_violating.sum(axis=0), strict=True):
        lines.append(
            f"{policy}: {n_violating} texts violate, {texts.n_missing_labels[policy]} records have no label "
            f"(missing_label: {mapping.missing_label})."
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
