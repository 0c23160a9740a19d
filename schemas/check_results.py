"""Results of the data checks that run at the boundaries of tables; a failed one holds the numbers of its day."""

from schemas.columns import DS, JOB_RUN_ID
from schemas.contracts.quality_settings import CheckKind
from schemas.table_spec import ColumnSpec, TableSpec, one_of

SEVERITIES = ("fail", "hold", "warn")
KINDS: dict[CheckKind, str] = {
    "schema": "every column is there and has its type",
    "row_count": "there are rows",
    "missing_value": "rows without a value, or with one that is no number, where one must be",
    "not_a_number": "rows whose value is not a number",
    "minimum": "the least value",
    "maximum": "the greatest value",
    "constraint": "rows that break a condition of the contract",
    "unique_key": "rows whose key another row has",
    "reference": "values that the table referred to does not have",
    "equal_rows": "the same rows as the table that it is made from, by number and content hash of their keys",
    "total": "a figure less the figure of another table that it must equal",
    "freshness": "hours at the end of the day without an event",
    "missing_share": "share of rows without a value that they cannot be used without",
    "duplicate_share": "share of rows that came before, to a few percent",
    "orphan_share": "share of rows without a parent",
    "volume": "rows, beside those of the weeks before",
    "volume_collapse": "rows, beside the least with which the day can be whole",
    "missing_drift": "share of rows without a value, beside those of the weeks before",
    "drift": "how far the distribution has moved from those of the weeks before",
}

# Steps that look at results of any day: in a run of many steps they are stored before one of these.
READ_BY_STEPS = ("release_metrics", "publish_dashboard", "reproduce_release")

TABLE = TableSpec(
    name="check_results",
    grain="one check of one table on one day, as it came out last",
    columns=(
        DS,
        ColumnSpec("table_name", "string", "Table that was checked"),
        ColumnSpec("check_name", "string", "What was checked: kind, and subject if it has one"),
        ColumnSpec("kind", "string", "; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items())),
        ColumnSpec("subject", "string", "Columns, constraint or total it is about; null: the table", is_nullable=True),
        ColumnSpec(
            "severity", "string", "fail: holds the day's numbers and stops the chain; hold: the first; warn: none"
        ),
        ColumnSpec("is_passed", "boolean", "Whether the check passed; true where it could not be judged"),
        ColumnSpec("is_judged", "boolean", "Whether there was enough to judge it by, such as a history"),
        ColumnSpec("is_accepted", "boolean", "Whether conf lets steps go on after its failure"),
        ColumnSpec("figure", "double", "What was found, see kind; null: nothing, or no number", is_nullable=True),
        ColumnSpec("at_least", "double", "The least that the figure may be; null: any", is_nullable=True),
        ColumnSpec("at_most", "double", "The most that the figure may be; null: any", is_nullable=True),
        ColumnSpec("expectation", "string", "Expectation that judged it; null if it is not judged", is_nullable=True),
        ColumnSpec("message", "string", "What is wrong and what mends it, or why it is not judged", is_nullable=True),
        ColumnSpec(
            "distribution",
            "map<string,double>",
            "Of a watched column: bin to rows; later days are held against it",
            is_nullable=True,
        ),
        ColumnSpec(
            "job_run_checked",
            "string",
            "The last run that wrote rows that were checked, and their number; null for an input log",
            is_nullable=True,
        ),
        JOB_RUN_ID,
    ),
    key=("table_name", "check_name"),
    checks={
        "known_severity": one_of("severity", SEVERITIES),
        "known_kind": one_of("kind", tuple(KINDS)),
    },
    written_by=("check_data",),
)
