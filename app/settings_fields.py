"""The settings themselves: name in the environment, default, limits, and what each is for.

Each field's description is what the operator reads in ``.env.example`` and docs/operations.md.
"""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mode(StrEnum):
    """How Leadline runs: the self-contained demo, or production with its own settings."""

    DEMO = "demo"
    PRODUCTION = "production"


def _named(name: str, default: object, description: str, **limits: Any) -> Any:
    return Field(default=default, validation_alias=AliasChoices(name), description=description, **limits)


class SettingsFields(BaseSettings):
    """All settings as they are read; units stand in the names or the descriptions."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_file=None, populate_by_name=True)

    mode: Mode = _named("LEADLINE_MODE", Mode.DEMO, "demo (self-contained, loopback only) or production.")
    host: str = _named("LEADLINE_HOST", "127.0.0.1", "Address that the web process binds.")
    port: int = _named(
        "LEADLINE_PORT",
        3000,
        "Port of the web process; +1 web metrics, +2 worker metrics, +3 simulator.",
        ge=1,
        le=65532,
    )
    data_dir: Path = _named(
        "LEADLINE_DATA_DIR",
        Path(".leadline"),
        "Folder for the embedded database, logs, media and demo secrets.",
    )
    public_url: str = _named(
        "LEADLINE_PUBLIC_URL",
        "",
        "Address under which browsers and the gateway reach Leadline; empty means the bound address.",
    )
    database_url: SecretStr = _named(
        "DATABASE_URL",
        SecretStr(""),
        "postgresql:// address. The demo ignores it and starts its own PostgreSQL.",
    )
    database_pool: int = _named("LEADLINE_DATABASE_POOL", 12, "Most database connections of one process.", ge=2, le=200)
    redis_url: SecretStr = _named(
        "REDIS_URL",
        SecretStr(""),
        "redis:// address for the page state of several web replicas; empty: memory.",
    )
    log_format: Literal["console", "json"] = _named("LEADLINE_LOG_FORMAT", "console", "console or json.")
    log_level: Literal["debug", "info", "warning", "error"] = _named(
        "LEADLINE_LOG_LEVEL", "info", "debug, info, warning or error."
    )
    metrics_host: str = _named("LEADLINE_METRICS_HOST", "127.0.0.1", "Address that the private metrics ports bind.")

    business_name: str = _named(
        "LEADLINE_BUSINESS_NAME", "", "Name the agent introduces until a playbook is published; empty: the file's."
    )
    playbook: str = _named(
        "LEADLINE_PLAYBOOK",
        "school",
        "Playbook of the agent until one is published: school, clinic, solar, or a path to a YAML file.",
    )
    quiet_seconds: float = _named(
        "LEADLINE_QUIET_SECONDS", 3.0, "Silence after a lead's message before the agent answers.", ge=0, le=60
    )
    longest_wait_seconds: float = _named(
        "LEADLINE_LONGEST_WAIT_SECONDS",
        12.0,
        "Longest wait from a lead's first unanswered message to the answer.",
        ge=0,
        le=300,
    )
    abandon_after_seconds: float = _named(
        "LEADLINE_ABANDON_AFTER",
        86_400.0,
        "Seconds of silence after which a qualification counts as abandoned.",
        ge=1,
    )
    backlog_minutes: float = _named(
        "LEADLINE_BACKLOG_MINUTES",
        30.0,
        "Messages older than this when they arrive are stored and shown, never answered by the agent.",
        gt=0,
    )
    human_pause_minutes: float = _named(
        "LEADLINE_HUMAN_PAUSE_MINUTES",
        0.0,
        "Minutes after a human's last message until the agent takes over again; 0: only by hand.",
        ge=0,
    )
    nurture_cold: bool = _named(
        "LEADLINE_NURTURE_COLD",
        False,
        "Keep COLD leads with the agent instead of sharing them among consultants.",
    )
    follow_ups: int = _named(
        "LEADLINE_FOLLOW_UPS",
        2,
        "Messages to a lead who falls silent in the interview, before it counts as abandoned; 0: none.",
        ge=0,
        le=2,
    )
    follow_up_hours: float = _named(
        "LEADLINE_FOLLOW_UP_HOURS", 2.0, "Hours of silence after a question until the first follow-up.", gt=0
    )
    second_follow_up_hours: float = _named(
        "LEADLINE_SECOND_FOLLOW_UP_HOURS",
        20.0,
        "Hours of silence after the same question until the second; WhatsApp closes the chat after 24.",
        gt=0,
    )
    follow_up_stages: str = _named(
        "LEADLINE_FOLLOW_UP_STAGES",
        "qualifying",
        "Stages in which the agent itself writes to silent leads: qualifying, qualified, working. In the other two it"
        " reminds the consultant.",
    )
    remind_after_hours: float = _named(
        "LEADLINE_REMIND_AFTER_HOURS",
        24.0,
        "Hours without a word from anybody after which the consultant of a qualified or working lead is reminded, once"
        " more after three times as long; 0: never.",
        ge=0,
    )
    waking_from: time = _named(
        "LEADLINE_WAKING_FROM", time(9), "Earliest time of day of a follow-up, where the lead lives."
    )
    waking_until: time = _named("LEADLINE_WAKING_UNTIL", time(20), "The time of day at which follow-ups end.")
    time_zone: str = _named(
        "LEADLINE_TIME_ZONE",
        "UTC",
        "Time zone of the business, as in Europe/Lisbon; counts for leads whose number does not tell theirs.",
    )
    raw_event_days: float = _named(
        "LEADLINE_RAW_EVENT_DAYS",
        30.0,
        "Days after which the stored bodies of webhooks are emptied; 0: they are kept.",
        ge=0,
    )
    review_share: float = _named(
        "LEADLINE_REVIEW_SHARE",
        0.05,
        "Share of leads, drawn by chance, whose rating consultants see only after they gave their own; 0: none.",
        ge=0,
        le=1,
    )
    sla_hot_minutes: float = _named(
        "LEADLINE_SLA_HOT_MINUTES", 5.0, "Minutes within which a waiting HOT lead is to be answered.", gt=0
    )
    sla_warm_minutes: float = _named("LEADLINE_SLA_WARM_MINUTES", 30.0, "The same for WARM.", gt=0)
    sla_cold_minutes: float = _named("LEADLINE_SLA_COLD_MINUTES", 240.0, "The same for COLD and unrated.", gt=0)

    waha_url: str = _named("WAHA_URL", "", "Address of the WAHA server; the demo uses the built-in simulator.")
    waha_api_key: SecretStr = _named("WAHA_API_KEY", SecretStr(""), "Key that WAHA asks for.")
    waha_hmac_key_agent: SecretStr = _named(
        "WAHA_HMAC_KEY_AGENT", SecretStr(""), "Secret that signs webhooks of the session `agent`."
    )
    waha_hmac_key_consultant: SecretStr = _named(
        "WAHA_HMAC_KEY_CONSULTANT", SecretStr(""), "Secret that signs webhooks of the session `consultant`."
    )
    webhook_url: str = _named(
        "LEADLINE_WEBHOOK_URL", "", "Address under which WAHA reaches Leadline; empty: LEADLINE_PUBLIC_URL."
    )
    waha_engine: Literal["NOWEB", "GOWS"] = _named(
        "WAHA_ENGINE", "NOWEB", "The one engine of WAHA that Leadline accepts."
    )

    groq_api_key: SecretStr = _named("GROQ_API_KEY", SecretStr(""), "Key of Groq; empty: it is not asked.")
    groq_base_url: str = _named("GROQ_BASE_URL", "", "Other OpenAI-compatible address; empty: Groq.")
    llm_models: str = _named(
        "LEADLINE_LLM_MODELS",
        "openai/gpt-oss-20b",
        "Models to ask, in this order, separated by commas; `model@name` is asked at that service of "
        "LEADLINE_LLM_PROVIDERS, the others at Groq. When none can be asked, the rules answer.",
    )
    llm_providers: str = _named(
        "LEADLINE_LLM_PROVIDERS",
        "",
        "Further services that speak OpenAI's chat protocol, name=address separated by commas, such as "
        "local=http://127.0.0.1:11434/v1.",
    )
    llm_keys: SecretStr = _named(
        "LEADLINE_LLM_KEYS",
        SecretStr(""),
        "Keys of these services, name=key separated by commas; a service without one is asked without.",
    )
    llm_prices: str = _named(
        "LEADLINE_LLM_PRICES",
        "openai/gpt-oss-20b=0.075/0.30/0.0375,openai/gpt-oss-120b=0.15/0.60/0.075",
        "US dollars for a million tokens, model=input/output[/cached input]; without a price a model costs `unknown`. "
        "Defaults: Groq's list prices (groq.com/pricing), November 2026.",
    )
    llm_deadline_seconds: float = _named(
        "LEADLINE_LLM_DEADLINE_SECONDS",
        2.0,
        "Longest time that a turn waits for a model, all tries included; then the rules answer.",
        gt=0,
        le=60,
    )
    brief_deadline_seconds: float = _named(
        "LEADLINE_BRIEF_DEADLINE_SECONDS",
        8.0,
        "Longest time that a brief waits for a model; the lead is assigned already, and the rules have written one.",
        gt=0,
        le=60,
    )
    llm_try_seconds: float = _named(
        "LEADLINE_LLM_TRY_SECONDS", 1.2, "Longest time of one try; a slower one is given up and repeated.", gt=0, le=60
    )
    llm_tokens_per_minute: int = _named(
        "LEADLINE_LLM_TOKENS_PER_MINUTE", 200_000, "Most tokens a minute of one worker; 0: no limit.", ge=0
    )
    llm_tokens_per_lead: int = _named(
        "LEADLINE_LLM_TOKENS_PER_LEAD", 40_000, "Most tokens for one lead; 0: no limit.", ge=0
    )
    llm_usd_per_day: float = _named(
        "LEADLINE_LLM_USD_PER_DAY", 5.0, "Most US dollars a day (UTC) of one worker; 0: no limit.", ge=0
    )
    llm_usd_per_lead: float = _named(
        "LEADLINE_LLM_USD_PER_LEAD", 0.002, "Most US dollars for one lead, then the rules answer; 0: no limit.", ge=0
    )
    replay_basis: str = _named(
        "LEADLINE_REPLAY_BASIS",
        "",
        "Legal basis, in words for your records, on which replays may send stored chats (masked) to a language model; "
        "empty: only those of leads whose yes is recorded.",
    )
    transcription_model: str = _named(
        "LEADLINE_TRANSCRIPTION_MODEL", "whisper-large-v3-turbo", "Model that writes down voice notes."
    )
    transcription_usd_per_hour: float = _named(
        "LEADLINE_TRANSCRIPTION_USD_PER_HOUR",
        0.04,
        "US dollars for an hour of voice notes (Groq's list price, November 2026); 0: unknown.",
        ge=0,
    )
    transcription_deadline_seconds: float = _named(
        "LEADLINE_TRANSCRIPTION_DEADLINE_SECONDS",
        5.0,
        "Longest time that a turn waits for one voice note to be written down.",
        gt=0,
        le=60,
    )

    worker_concurrency: int = _named(
        "LEADLINE_WORKER_CONCURRENCY", 8, "Jobs that one worker runs at a time.", ge=1, le=64
    )
    figures_seconds: float = _named(
        "LEADLINE_FIGURES_SECONDS",
        15.0,
        "Seconds between two readings of the figures that metrics take from the database.",
        ge=0.5,
        le=240,
    )
    ledger_days: int = _named(
        "LEADLINE_LEDGER_DAYS",
        400,
        "Days that single business events are kept for reports by date; their totals stay for ever. 0: keep all.",
        ge=0,
    )
    baseline_first_contact_seconds: float = _named(
        "LEADLINE_BASELINE_FIRST_CONTACT_SECONDS",
        0.0,
        "Seconds to a lead's first answer before Leadline, which the reduction is measured against; 0: unknown"
        " (the demo: 42 hours).",
        ge=0,
    )
    baseline_qualification_seconds: float = _named(
        "LEADLINE_BASELINE_QUALIFICATION_SECONDS",
        0.0,
        "Seconds that qualifying a lead by hand took before Leadline; 0: unknown.",
        ge=0,
    )
    baseline_source: str = _named(
        "LEADLINE_BASELINE_SOURCE", "", "Where the two figures above come from; shown beside every reduction."
    )
    evaluate_days: float = _named(
        "LEADLINE_EVALUATE_DAYS",
        7.0,
        "Days between two trials of the judges on the labelled chats; with a key the model is tried too, which costs"
        " some cents. 0: never.",
        ge=0,
    )
    revision: str = _named("LEADLINE_REVISION", "", "Revision of the source that runs; the image brings it.")
    session_days: float = _named("LEADLINE_SESSION_DAYS", 14.0, "Days until a sign-in expires.", gt=0)
    otlp_endpoint: str = _named(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "", "OTLP/HTTP address that receives traces; empty: none are sent."
    )
    trace_share: float = _named(
        "LEADLINE_TRACE_SHARE", 1.0, "Share of the traces that are recorded and sent, each of them whole.", ge=0, le=1
    )
    prometheus_url: str = _named(
        "LEADLINE_PROMETHEUS_URL", "", "Address of a Prometheus whose alerts the Status page shows; empty: none."
    )
    api_token: SecretStr = _named(
        "LEADLINE_API_TOKEN",
        SecretStr(""),
        "API token created at start in the demo; production makes tokens by `leadline user token`.",
    )
    simulator_token: SecretStr = _named(
        "LEADLINE_SIMULATOR_TOKEN", SecretStr(""), "Secret of the simulator's control routes (demo only)."
    )
