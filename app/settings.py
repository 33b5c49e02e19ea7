"""Every setting of Leadline: one frozen object, read from the environment, checked at start."""

from __future__ import annotations

from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import SecretStr, ValidationError, model_validator

from app.errors import Misconfigured
from app.settings_fields import Mode, SettingsFields

DEMO_PASSWORD = "leadline-demo"  # noqa: S105 - printed by the demo for everybody, refused in production
DEMO_SECRETS = frozenset({"", "demo", DEMO_PASSWORD, "change-me", "changeme", "secret"})
SHORTEST_SECRET = 16
THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
"""Hosts that browsers trust without TLS."""
FOLLOWED_STAGES = frozenset({"qualifying", "qualified", "working"})


class Settings(SettingsFields):
    """The settings, what follows from them, and that they fit together."""

    @property
    def models(self) -> tuple[str, ...]:
        """The language models to ask, each once, in their order."""
        return tuple(dict.fromkeys(name.strip() for name in self.llm_models.split(",") if name.strip()))

    @property
    def demo(self) -> bool:
        """Whether this is the self-contained demo."""
        return self.mode is Mode.DEMO

    @property
    def url(self) -> str:
        """Where browsers and the gateway reach the web process, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def webhook_base(self) -> str:
        """Where the gateway sends its events, without a trailing slash."""
        return (self.webhook_url or self.url).rstrip("/")

    @property
    def gateway_url(self) -> str:
        """Where the WhatsApp gateway listens: WAHA, or the demo's simulator."""
        return (self.waha_url or f"http://127.0.0.1:{self.simulator_port}").rstrip("/")

    @property
    def web_metrics_port(self) -> int:
        """Private port of the web process's metrics."""
        return self.port + 1

    @property
    def worker_metrics_port(self) -> int:
        """Private port of the worker's metrics."""
        return self.port + 2

    @property
    def simulator_port(self) -> int:
        """Port of the demo's simulator."""
        return self.port + 3

    @property
    def stages_of_follow_ups(self) -> frozenset[str]:
        """The stages in which the agent itself writes to silent leads."""
        return frozenset(name.strip() for name in self.follow_up_stages.split(",") if name.strip())

    def hmac_key(self, session: str) -> str:
        """The webhook secret of a session; empty for an unknown one."""
        keys = {"agent": self.waha_hmac_key_agent, "consultant": self.waha_hmac_key_consultant}
        return keys[session].get_secret_value() if session in keys else ""

    @model_validator(mode="after")
    def _production_is_configured(self) -> Self:
        if self.mode is Mode.PRODUCTION:
            wrong = [*self._missing(), *self._weak(), *self._open()]
            if wrong:
                raise ValueError("production mode refuses to start: " + "; ".join(wrong))
        if self.longest_wait_seconds < self.quiet_seconds:
            raise ValueError("LEADLINE_LONGEST_WAIT_SECONDS is shorter than LEADLINE_QUIET_SECONDS")
        if (self.baseline_first_contact_seconds or self.baseline_qualification_seconds) and not self.baseline_source:
            raise ValueError("a baseline needs its source: set LEADLINE_BASELINE_SOURCE")
        if self.otlp_endpoint and urlsplit(self.otlp_endpoint).scheme not in {"http", "https"}:
            raise ValueError("OTEL_EXPORTER_OTLP_ENDPOINT is no address such as http://127.0.0.1:4318")
        self._follow_ups_are_possible()
        return self

    def _follow_ups_are_possible(self) -> None:
        if unknown := self.stages_of_follow_ups - FOLLOWED_STAGES:
            raise ValueError(f"LEADLINE_FOLLOW_UP_STAGES names {', '.join(sorted(unknown))}, which is no such stage")
        if self.second_follow_up_hours <= self.follow_up_hours:
            raise ValueError("LEADLINE_SECOND_FOLLOW_UP_HOURS is not after LEADLINE_FOLLOW_UP_HOURS")
        if self.waking_until <= self.waking_from:
            raise ValueError("LEADLINE_WAKING_UNTIL is not after LEADLINE_WAKING_FROM")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"LEADLINE_TIME_ZONE is no time zone: {self.time_zone}") from error

    def _missing(self) -> list[str]:
        needed = {
            "DATABASE_URL": self.database_url.get_secret_value(),
            "WAHA_URL": self.waha_url,
            "LEADLINE_PUBLIC_URL": self.public_url,
        }
        return [f"{name} is not set" for name, value in needed.items() if not value]

    def _weak(self) -> list[str]:
        secrets = {
            "WAHA_API_KEY": self.waha_api_key,
            "WAHA_HMAC_KEY_AGENT": self.waha_hmac_key_agent,
            "WAHA_HMAC_KEY_CONSULTANT": self.waha_hmac_key_consultant,
        }
        return [
            f"{name} is missing, a demo secret or shorter than {SHORTEST_SECRET} characters"
            for name, value in secrets.items()
            if _is_weak(value)
        ]

    def _open(self) -> list[str]:
        """Sign-in cookies travel over TLS alone, so that nobody could sign in over plain HTTP."""
        address = urlsplit(self.public_url)
        plain = address.scheme == "http" and address.hostname not in THIS_MACHINE
        return ["LEADLINE_PUBLIC_URL is not https"] if plain else []


def _is_weak(secret: SecretStr) -> bool:
    value = secret.get_secret_value()
    return value.lower() in DEMO_SECRETS or value.startswith("demo-") or len(value) < SHORTEST_SECRET


def load_settings(**overrides: object) -> Settings:
    """Read and check the environment; raises Misconfigured with one sentence for each fault."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type] - pydantic checks them
    except ValidationError as error:
        faults = "; ".join(_sentence(fault["loc"], fault["msg"]) for fault in error.errors())
        raise Misconfigured(faults) from error


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(part) for part in location)
    return f"{where}: {message}" if where else message.removeprefix("Value error, ")
