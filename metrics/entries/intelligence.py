"""Who judged a lead and how well: language model and rules, their cost, and what experts say."""

from __future__ import annotations

from metrics.promql import lasting, mean, per_second, quantile, rise, share
from metrics.requirements import Need
from metrics.shape import Kind, Label, Metric, Origin, Panel, Unit
from metrics.vocabulary import B_LLM, B_TOKENS, METHOD, MODEL, PROMPT, TEMPERATURE

CALL = "gen_ai_client_operation_duration_seconds"
TOKENS = "gen_ai_client_token_usage"
CLASSIFIED = "leadline_classifications_total"
RATED = lasting(CLASSIFIED)
REVIEWS = "leadline_classification_reviews_total"
EVALUATED = "leadline_classification_eval_ratio"
ACCURACY = f'max by (method) ({EVALUATED}{{metric="accuracy",dataset="golden"}})'
BY_MODEL = 'method="llm"'
ASKED = f"on (job, instance) (increase({CALL}_count{{}}[$__range]) > 0)"
"""Processes that called a model: the others know nothing of its limits and would show 0."""
DATASET = Label("dataset", ("golden", "human30d"))
CALLED = (
    Label("gen_ai_operation_name", ("chat",)),
    Label("gen_ai_provider_name", at_most=4),
    PROMPT,
    MODEL,
)

INTELLIGENCE = (
    Metric(
        CALL,
        Kind.HISTOGRAM,
        "Calls to the language model, by what was asked.",
        Unit.SECONDS,
        labels=(
            *CALLED,
            Label("error_type", ("", "timeout", "rate_limited", "http_4xx", "http_5xx", "invalid_output")),
        ),
        buckets=B_LLM,
        serves=(Need.LLM_LATENCY,),
        panels=(
            Panel("Model latency, average", mean(CALL, by="gen_ai_request_model")),
            Panel("Model latency, p95", quantile(0.95, CALL, by="gen_ai_request_model")),
            Panel("Model latency, p99", quantile(0.99, CALL, by="gen_ai_request_model")),
        ),
        combinations=40,
    ),
    Metric(
        TOKENS,
        Kind.HISTOGRAM,
        "Tokens of one call to the language model.",
        Unit.TOKENS,
        labels=(*CALLED, Label("gen_ai_token_type", ("input", "output"))),
        buckets=B_TOKENS,
        serves=(Need.TOKENS,),
        panels=(
            Panel(
                "Tokens per classification",
                share(
                    rise(f"{TOKENS}_sum", by="gen_ai_token_type", where='gen_ai_prompt_name="classify"'),
                    f"scalar({rise(RATED, where=BY_MODEL)})",
                ),
            ),
            Panel("Tokens per minute", f"{per_second(f'{TOKENS}_sum', by='gen_ai_token_type')} * 60"),
        ),
        combinations=30,
    ),
    Metric(
        "leadline_llm_cost_usd_total",
        Kind.COUNTER,
        "What calls to the language model cost, of those whose price is known; replays and trials are `evaluate`.",
        Unit.USD,
        Origin.LEDGER,
        event="llm_cost",
        labels=(MODEL, Label(PROMPT.name, (*PROMPT.values, "evaluate"))),
        serves=(Need.COST,),
        panels=(
            Panel(
                "Cost per qualified lead (USD)",
                share(
                    rise(lasting("leadline_llm_cost_usd_total"), where='gen_ai_prompt_name!="evaluate"'),
                    rise(lasting("leadline_qualifications_finished_total"), where='outcome="completed"'),
                ),
            ),
            Panel(
                "Trials and replays (USD)",
                rise(lasting("leadline_llm_cost_usd_total"), where='gen_ai_prompt_name="evaluate"'),
            ),
        ),
    ),
    Metric(
        "leadline_llm_unpriced_calls_total",
        Kind.COUNTER,
        "Calls to the language model whose price nobody knows: what is spent is at least the cost of the others.",
        origin=Origin.LEDGER,
        event="llm_unpriced",
        labels=(MODEL,),
        serves=(Need.COST,),
        panels=(Panel("Calls of unknown price", rise(lasting("leadline_llm_unpriced_calls_total"))),),
    ),
    Metric(
        CLASSIFIED,
        Kind.COUNTER,
        "Classifications made, by who made them.",
        origin=Origin.LEDGER,
        event="classified",
        labels=(METHOD, TEMPERATURE),
        serves=(Need.FALLBACK_SHARE,),
        panels=(Panel("Share decided by rules", share(rise(RATED, where='method="rules"'), rise(RATED))),),
    ),
    Metric(
        "leadline_classification_fallbacks_total",
        Kind.COUNTER,
        "Times the rules stepped in for the language model, by why.",
        origin=Origin.LEDGER,
        event="classification_fallback",
        labels=(
            Label(
                "reason",
                (
                    "timeout",
                    "rate_limited",
                    "http_5xx",
                    "invalid_output",
                    "circuit_open",
                    "budget",
                    "not_configured",
                ),
            ),
        ),
        serves=(Need.FALLBACK_SHARE,),
        panels=(Panel("Why rules decided", rise(lasting("leadline_classification_fallbacks_total"), by="reason")),),
    ),
    Metric(
        REVIEWS,
        Kind.COUNTER,
        "Classifications that a person checked; only the random sample is free of bias.",
        origin=Origin.LEDGER,
        event="classification_review",
        labels=(METHOD, Label("outcome", ("agree", "disagree")), Label("sample", ("random", "override"))),
        serves=(Need.EXPERT_AGREEMENT,),
        panels=(
            Panel(
                "Agreement with people",
                share(
                    rise(lasting(REVIEWS), by="method", where='outcome="agree",sample="random"'),
                    rise(lasting(REVIEWS), by="method", where='sample="random"'),
                ),
            ),
        ),
    ),
    Metric(
        EVALUATED,
        Kind.GAUGE,
        "How well each method does against labels made by experts.",
        Unit.RATIO,
        Origin.SQL,
        labels=(METHOD, Label("metric", ("accuracy", "macro_f1", "cohen_kappa")), DATASET),
        serves=(Need.EXPERT_AGREEMENT, Need.RULES_ACCURACY),
        panels=(
            Panel("Accuracy against experts", ACCURACY),
            Panel(
                "Model less rules",
                f'max({EVALUATED}{{method="llm",metric="accuracy",dataset="golden"}})'
                f' - max({EVALUATED}{{method="rules",metric="accuracy",dataset="golden"}})',
            ),
        ),
    ),
    Metric(
        "leadline_classification_eval_samples",
        Kind.GAUGE,
        "How many labels stand behind each accuracy.",
        origin=Origin.SQL,
        labels=(METHOD, DATASET),
        serves=(Need.EXPERT_AGREEMENT,),
        panels=(
            Panel(
                "Half width of the 95 % interval",
                f"1.96 * sqrt({ACCURACY} * (1 - {ACCURACY})"
                ' / max by (method) (leadline_classification_eval_samples{dataset="golden"}))',
            ),
        ),
    ),
    Metric(
        "leadline_llm_ratelimit_remaining",
        Kind.GAUGE,
        "What the provider said is left of its limits at the last answer.",
        labels=(Label("kind", ("requests", "tokens")),),
        serves=(Need.THROTTLING,),
        panels=(Panel("Model quota left", f"min by (kind) (leadline_llm_ratelimit_remaining and {ASKED})"),),
    ),
)
