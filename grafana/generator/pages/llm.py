"""For whoever owns the agent: is the model fast, affordable and right?"""

from __future__ import annotations

from grafana.generator.bands import at_least, at_most, none_at_all
from grafana.generator.figures import computed
from grafana.generator.shows import Board, bars, columns, lines, number
from metrics.promql import lasting, per_second, rise

_CALL = "gen_ai_client_operation_duration_seconds"
_COST = "leadline_llm_cost_usd_total"
CALLS = computed("Calls", _CALL, f"{per_second(f'{_CALL}_count', by='error_type')} * 60")
COST_A_DAY = computed("Cost", _COST, rise(lasting(_COST), by="gen_ai_request_model", over="1d"))
AT_LEAST = "At least: calls of unknown price are not in it."

LLM = Board(
    "leadline-llm",
    "Leadline: LLM",
    "For whoever owns the agent: is the language model fast, affordable and right?",
    panels=(
        number(
            "Share decided by rules",
            "percentunit",
            at_most(0.05, 0.2, "percentunit"),
            width=6,
            note="Without a key for a model this is 100 %, and as it should be.",
        ),
        number("Cost per qualified lead (USD)", "currencyUSD", at_most(0.05, 0.2), width=6, note=AT_LEAST),
        number("Model less rules", "percentunit", at_least(0.05, 0, "percentunit"), width=6),
        bars("Model quota left", "Model quota left", width=6, height=4, nothing="not in use"),
        lines(
            "Model latency",
            "Model latency, average",
            "Model latency, p95",
            "Model latency, p99",
            unit="s",
            bands=at_most(1, 5, "s"),
        ),
        lines("Calls per minute, by error", CALLS, note="An empty name is a success."),
        bars("Why rules decided", "Why rules decided"),
        lines("Tokens per minute", "Tokens per minute"),
        lines("Tokens per classification", "Tokens per classification"),
        columns("Cost per day", COST_A_DAY, unit="currencyUSD", step="1d", bands=at_most(10, 20), note=AT_LEAST),
        number("Calls of unknown price", "short", none_at_all("each call has a price"), width=6),
        number("Trials and replays (USD)", "currencyUSD", at_most(5, 20), width=6, note=AT_LEAST),
        bars(
            "Accuracy against experts",
            "Accuracy against experts",
            unit="percentunit",
            top=1,
            bands=at_least(0.85, 0.75, "percentunit"),
        ),
        bars("Half width of the 95 % interval", "Half width of the 95 % interval", unit="percentunit"),
        lines(
            "Agreement with people",
            "Agreement with people",
            unit="percentunit",
            top=1,
            bands=at_least(0.85, 0.75, "percentunit"),
        ),
    ),
)
