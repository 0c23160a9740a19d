"""What a check says for people: table, field, value and remedy in one sentence."""

from datetime import date

from lib.quality.check import Check
from schemas.contracts.quality_settings import CheckKind
from schemas.table_spec import TableSpec

_FOUND: dict[CheckKind, str] = {
    "row_count": "there are no rows",
    "missing_value": "field `{subject}` has no value, or none that is a number, in {figure} rows",
    "not_a_number": "field `{subject}` is not a number in {figure} rows",
    "minimum": "field `{subject}` is {figure} at least, less than {at_least}",
    "maximum": "field `{subject}` is {figure} at most, more than {at_most}",
    "constraint": "{figure} rows break the condition `{subject}`",
    "unique_key": "{figure} rows have a key ({subject}) that another row has",
    "reference": "{figure} values of `{subject}` are not there",
    "equal_rows": "`{subject}`: at least {figure} rows differ",
    "total": "{subject}: {figure} more than in `{other}`",
    "freshness": "field `{subject}` has no event in the last {figure} hours of the day, more than {at_most}",
    "missing_share": "field `{subject}` is missing in {share} of the rows, more than {share_limit}",
    "duplicate_share": "{share} of the rows repeat a key ({subject}), more than {share_limit}",
    "orphan_share": "`{subject}`: {share} of the rows have no parent, more than {share_limit}",
    "volume": "{figure} rows, expected {at_least} to {at_most} by the weeks before",
    "volume_collapse": "{figure} rows, fewer than the {at_least} with which the day can be whole",
    "missing_drift": "field `{subject}` is missing in {share} of the rows, more than {share_limit} by the weeks before",
    "drift": "field `{subject}` has moved by {figure} from the weeks before, more than {at_most}",
}
TOO_LITTLE_HISTORY = "not judged: too few checked days before it"
NOTHING_TO_GO_BY = "not judged: there is nothing to go by"
NOT_AS_PROMISED = "not judged: the columns are not as promised"


def failure(check: Check, spec: TableSpec, ds: date, *, figure: float | None, faults: str = "") -> str:
    """One sentence of a failed check; `faults` names what is wrong with the columns."""
    found = faults if check.kind == "schema" else _FOUND[check.kind].format(
        subject=check.subject,
        figure=number(figure),
        at_least=number(check.at_least),
        at_most=number(check.at_most),
        share=_share(figure),
        share_limit=_share(check.at_most),
        other=check.total.table if check.total else "",
    )  # fmt: skip
    return f"Table `{spec.name}`, day {ds:%Y-%m-%d}, check `{check.name}`: {found}; {remedy(check, spec)}."


def remedy(check: Check, spec: TableSpec) -> str:
    """What mends a failure, by who writes the table."""
    if check.kind == "total" and check.total is not None and spec.name == "row_account":
        return f"`{check.total.table}` was delivered anew: run the day again from build_interaction_units"
    if spec.is_input:
        return "mend the delivery and run the day again from build_interaction_units"
    if check.severity == "warn":
        return "look at what changed; nothing is stopped"
    made_from = f", or mend {' or '.join(f'`{name}`' for name in spec.made_from)}" if spec.made_from else ""
    return f"run {' or '.join(spec.written_by)} for the day again{made_from}"


def number(value: float | None) -> str:
    """A figure for people: whole numbers with separators, others to four digits."""
    if value is None:
        return "none"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.4g}"


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1%}"
