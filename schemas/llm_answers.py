"""What language models answered, paid for once: append-only, read before anybody is asked again."""

from schemas.columns import DS, JOB_RUN_ID, LABELER_ID, PROMPT_VERSION
from schemas.table_spec import NOT_NEGATIVE, ColumnSpec, TableSpec, one_of

ANSWERED, REFUSED, FILTERED, INVALID_ANSWER = "answered", "refused", "filtered", "invalid_answer"
TIMED_OUT, FAILED = "timed_out", "failed"
FINAL_STATUSES = (ANSWERED, REFUSED, FILTERED, INVALID_ANSWER)
# Nobody knows the model's verdict yet: the next run asks again.
TRANSIENT_STATUSES = (TIMED_OUT, FAILED)

VERDICTS_TYPE = (
    "array<struct<policy:string,verdict:string,violating_components:array<string>,severity:string,confidence:double,"
    "rationale:string>>"
)

# What is known where the model is asked; the rest of the row is the same for all of a run.
ASKED_COLUMNS = (
    ColumnSpec("content_hash", "string", "SHA-256 of the unit's content: units with equal content share the answer"),
    ColumnSpec("status", "string", "answered, refused, filtered, invalid_answer; timed_out, failed are asked again"),
    ColumnSpec("fault", "string", "Why there is no answer, quoting no content; null if answered", is_nullable=True),
    ColumnSpec(
        "answer",
        "string",
        "Raw text of the model, shortened if very long; hostile text; null once it has expired",
        is_nullable=True,
        holds_content=True,
    ),
    ColumnSpec(
        "verdicts",
        VERDICTS_TYPE,
        "One verdict per policy, rationales null once expired; empty unless answered",
        holds_content=True,
    ),
    ColumnSpec("tried_to_instruct", "boolean", "The model's word on the content; null unless answered", True),
    ColumnSpec("injection_signs", "array<string>", "Signs that the content tries to instruct the labeler"),
    ColumnSpec("response_id", "string", "The server's id of the response; null if there was none", is_nullable=True),
    ColumnSpec(
        "prompt_tokens",
        "bigint",
        "Tokens billed for reading, all attempts; null if not reported",
        True,
        within=NOT_NEGATIVE,
    ),
    ColumnSpec(
        "completion_tokens",
        "bigint",
        "Tokens billed for writing, all attempts; null if not reported",
        True,
        within=NOT_NEGATIVE,
    ),
    ColumnSpec(
        "cost", "double", "Price of the tokens in planning.currency; null if not reported", True, within=NOT_NEGATIVE
    ),
    ColumnSpec(
        "unconfirmed_cost",
        "double",
        "Upper bound of what attempts without a reported usage (timed out, cut off) may cost besides",
        within=NOT_NEGATIVE,
    ),
    ColumnSpec(
        "seconds",
        "double",
        "From the first request to the last answer; null for batch files",
        True,
        within=NOT_NEGATIVE,
    ),
    ColumnSpec("n_attempts", "int", "HTTP requests sent, retries and repeated questions included"),
)

TABLE = TableSpec(
    name="llm_answers",
    grain="one outcome of asking one LLM labeler about one content in one run; ds is the day whose sample paid",
    columns=(
        DS,
        LABELER_ID,
        PROMPT_VERSION,
        ColumnSpec("model", "string", "Model that was asked, by the name its server knows"),
        *ASKED_COLUMNS,
        ColumnSpec("asked_at", "timestamp", "When the batch of questions that held it began, UTC"),
        JOB_RUN_ID,
    ),
    key=("labeler_id", "prompt_version", "content_hash", "job_run_id"),
    written_by=("label_sample", "import_llm_batch", "label_golden_set", "evaluate_prompt", "probe_labelers"),
    checks={
        "known_status": one_of("status", FINAL_STATUSES + TRANSIENT_STATUSES),
        "verdicts_if_answered": "(status = 'answered') = (size(verdicts) > 0)",
        "costs_nothing_or_more": "unconfirmed_cost >= 0 AND (cost IS NULL OR cost >= 0)",
    },
)
