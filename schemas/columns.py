"""Columns that several tables share, written once."""

from schemas.table_spec import NOT_NEGATIVE, SHARE, ColumnSpec

DS = ColumnSpec("ds", "date", "Day of the interaction (partition)")
JOB_RUN_ID = ColumnSpec("job_run_id", "string", "Run that wrote the row; differs between re-runs")
UNIT_ID = ColumnSpec("unit_id", "string", "Interaction unit: 32 hex digits hashed from query_id and response_id")
USER_KEY = ColumnSpec(
    "user_key", "string", "Person as HMAC-SHA-256 of the user id; null if logged out", is_nullable=True
)
DESIGN_ID = ColumnSpec("design_id", "string", "Sampling design: name and version of its conf file")
STRATUM = ColumnSpec("stratum", "string", "Stratum: values of the design's strata columns, joined by |")
POLICY = ColumnSpec("policy", "string", "Policy id, the name of a file in conf/policies")
MEASURE = ColumnSpec("measure", "string", "What is counted: `units` (interactions) or `views` (Pins viewed)")
SEGMENT = ColumnSpec("segment", "string", "Segment name, for example `surface`; `all` for everything")
SEGMENT_VALUE = ColumnSpec("segment_value", "string", "Value of the segment; `all` for everything")
COMPONENT = ColumnSpec(
    "component",
    "string",
    "`unit`: the verdict on the unit; query, response, image, combination or unspecified: only units in which the "
    "labeler named that component as violating; all_but_<component>: only the other violating units",
)
MALFORMED_FIELDS = ColumnSpec(
    "malformed_fields",
    "array<string>",
    "Not logged: fields that the reader of JSON found to be of another type, `*` for the whole record; null if none",
    is_nullable=True,
    is_optional=True,
)

# In the order in which deliveries of the same Pin are compared: a viewed one wins over one that was not.
PIN_TYPE = (
    "struct<slot:int,pin_id:string,is_viewed:boolean,event_ts:timestamp,image_signature:string,image_url:string,"
    "title:string>"
)
PINS = ColumnSpec(
    "pins", f"array<{PIN_TYPE}>", "Pins shown, ordered by slot, without duplicates; empty if none", holds_content=True
)
QUERY_TEXT = ColumnSpec(
    "query_text", "string", "What the person typed; hostile text", is_nullable=True, holds_content=True
)
RESPONSE_TEXT = ColumnSpec(
    "response_text",
    "string",
    "What the system answered; null if there was no response",
    is_nullable=True,
    holds_content=True,
)
SURFACE = ColumnSpec("surface", "string", "Product surface, for example search or home_feed")
COUNTRY = ColumnSpec("country", "string", "ISO 3166 country code; `unknown` if not logged")
LANGUAGE = ColumnSpec("language", "string", "ISO 639 language code; `unknown` if not logged")
PIN_COUNT = ColumnSpec("pin_count", "int", "Pins shown in the unit", within=NOT_NEGATIVE)
VIEWED_PIN_COUNT = ColumnSpec(
    "viewed_pin_count", "int", "Pins of the unit that were viewed (views)", within=NOT_NEGATIVE
)
SCORES = ColumnSpec(
    "scores",
    "map<string,double>",
    "Calibrated P(violation) per policy in [0, 1]; a policy without score is absent",
    within=SHARE,
)
COMPONENT_SCORES = ColumnSpec(
    "component_scores",
    "map<string,map<string,double>>",
    "Policy to component (query, response, image, combination) to calibrated P(violation) in [0, 1]",
    within=SHARE,
)
SCORER_VERSION = ColumnSpec(
    "scorer_version", "string", "Scorer that gave the scores; `none` if there was none yet, `log_column` if logged"
)
RUNG = ColumnSpec("rung", "string", "Rung of the label ladder: llm, human or gold")
LABELER_ID = ColumnSpec("labeler_id", "string", "Who gave the verdict")
VERDICT = ColumnSpec("verdict", "string", "violating, not_violating or cannot_tell; never guessed")
NO_VERDICT_REASON = ColumnSpec(
    "no_verdict_reason",
    "string",
    "Why it is cannot_tell: cannot_tell (the labeler's own word), refused, filtered, invalid_answer, timed_out",
    is_nullable=True,
)
VIOLATING_COMPONENTS = ColumnSpec(
    "violating_components", "array<string>", "query, response, image; combination if only all together violate"
)
RUNG_PROBABILITY = ColumnSpec(
    "rung_probability", "double", "Probability q of reaching this rung from the one below, in (0, 1]"
)
POLICY_VERSION = ColumnSpec("policy_version", "string", "Version of the policy it was judged by")
PROMPT_VERSION = ColumnSpec("prompt_version", "string", "Content hash of what the labeler was shown or configured with")
