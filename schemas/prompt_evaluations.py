"""Comparisons of two prompts or policy versions on golden items, made before anything is switched."""

from schemas.columns import DS, JOB_RUN_ID, POLICY
from schemas.table_spec import SHARE, ColumnSpec, TableSpec, one_of

GOLD_KINDS = ("sampled", "curated")
RECOMMENDATIONS = ("better", "worse", "mixed", "no difference shown", "not enough gold")
_DIFFERENCE = (
    "struct<baseline:double,candidate:double,difference:double,std_error:double,ci_low:double,ci_high:double,"
    "n_items:bigint,effective_size:double>"
)
_COST = "struct<baseline:double,candidate:double,difference:double,ci_low:double,ci_high:double,n_items:bigint>"
_DISAGREEMENT = "struct<n_only_baseline:bigint,n_only_candidate:bigint,exact_p:double>"

TABLE = TableSpec(
    name="prompt_evaluations",
    grain="one comparison of a candidate with a baseline for one policy, on sampled or on curated golden items",
    columns=(
        DS,
        ColumnSpec("comparison_id", "string", "Content hash of both sides: labelers, prompt and policy versions"),
        POLICY,
        ColumnSpec("gold_kind", "string", "sampled (weighted: speaks for traffic) or curated (unweighted: does not)"),
        ColumnSpec("baseline_labeler_id", "string", "Labeler of the baseline"),
        ColumnSpec("baseline_prompt_version", "string", "What the baseline was shown or configured with"),
        ColumnSpec("baseline_policy_version", "string", "Version of the policy that the baseline judges by"),
        ColumnSpec("candidate_labeler_id", "string", "Labeler of the candidate"),
        ColumnSpec("candidate_prompt_version", "string", "What the candidate was shown or configured with"),
        ColumnSpec("candidate_policy_version", "string", "Version of the policy that the candidate judges by"),
        ColumnSpec("n_items", "bigint", "Golden items that both were asked about"),
        ColumnSpec("n_not_labelled", "bigint", "Golden items without an answer yet of at least one; left out"),
        ColumnSpec("n_other_policy_version", "bigint", "Items that experts judged by another version than candidate's"),
        ColumnSpec("n_violating", "bigint", "Violating items, by the experts, with a verdict of both"),
        ColumnSpec("n_not_violating", "bigint", "Other items with a verdict of both"),
        ColumnSpec("n_no_verdict_baseline", "bigint", "Final non-answers of the baseline: refusals, invalid answers"),
        ColumnSpec("n_no_verdict_candidate", "bigint", "Final non-answers of the candidate"),
        ColumnSpec("sensitivity", _DIFFERENCE, "P(violating | experts: violating), paired", is_nullable=True),
        ColumnSpec("specificity", _DIFFERENCE, "P(not violating | experts: not), paired", is_nullable=True),
        ColumnSpec("precision", _DIFFERENCE, "P(experts: violating | violating), paired", is_nullable=True),
        ColumnSpec("answered_share", _DIFFERENCE, "Share of items with a verdict, paired", is_nullable=True),
        ColumnSpec(
            "apparent_prevalence",
            _DIFFERENCE,
            "Share of traffic called violating; its difference is the expected shift of a prevalence that rests on "
            "this labeler alone (rungs above correct the level, not the error). Null for curated items",
            is_nullable=True,
        ),
        ColumnSpec(
            "mcnemar_violating", _DISAGREEMENT, "Violating items on which only one is right; exact p, unweighted"
        ),
        ColumnSpec("mcnemar_not_violating", _DISAGREEMENT, "The same of the other items"),
        ColumnSpec("n_disagreements", "bigint", "Items with a verdict of both that differ"),
        ColumnSpec(
            "cost_per_label",
            _COST,
            "Mean cost, planning.currency, over items that both were paid for on ds; paired t",
            is_nullable=True,
        ),
        ColumnSpec("recommendation", "string", f"One of: {', '.join(RECOMMENDATIONS)}"),
        ColumnSpec("rule", "string", "The rule that the recommendation follows, in words"),
        ColumnSpec("confidence_level", "double", "Nominal coverage of each interval shown, in (0, 1)", within=SHARE),
        ColumnSpec(
            "decision_level", "double", "Level of each interval behind the recommendation (Bonferroni)", within=SHARE
        ),
        JOB_RUN_ID,
    ),
    key=("comparison_id", "policy", "gold_kind"),
    written_by=("evaluate_prompt",),
    checks={
        "known_gold_kind": one_of("gold_kind", GOLD_KINDS),
        "known_recommendation": one_of("recommendation", RECOMMENDATIONS),
    },
)
