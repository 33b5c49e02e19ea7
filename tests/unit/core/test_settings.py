"""Settings are checked at start, and production refuses what is only good for a demo."""

from __future__ import annotations

import pytest

from app.errors import Misconfigured
from app.settings import Settings, load_settings

PRODUCTION = {
    "mode": "production",
    "database_url": "postgresql://leadline@db/leadline",
    "waha_url": "http://waha:3000",
    "public_url": "https://leads.example.com/",
    "waha_api_key": "a-long-random-key-1",
    "waha_hmac_key_agent": "a-long-random-key-2",
    "waha_hmac_key_consultant": "a-long-random-key-3",
}


def production(**other: object) -> Settings:
    return load_settings(**{**PRODUCTION, **other})


def test_the_demo_needs_nothing() -> None:
    settings = load_settings()
    assert settings.demo
    assert settings.url == "http://127.0.0.1:3000"
    assert (settings.web_metrics_port, settings.worker_metrics_port, settings.simulator_port) == (3001, 3002, 3003)
    assert settings.gateway_url == "http://127.0.0.1:3003"


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert load_settings(host="::1").url == "http://[::1]:3000"


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"follow_up_stages": "qualifying, won"}, "LEADLINE_FOLLOW_UP_STAGES"),
        ({"follow_up_hours": 20.0}, "LEADLINE_SECOND_FOLLOW_UP_HOURS"),
        ({"waking_from": "21:00"}, "LEADLINE_WAKING_UNTIL"),
        ({"time_zone": "Nowhere/At_all"}, "LEADLINE_TIME_ZONE"),
    ],
)
def test_follow_ups_that_cannot_be_are_refused(wrong: dict[str, object], name: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        load_settings(**wrong)


def test_production_takes_its_own_settings() -> None:
    settings = production()
    assert settings.url == "https://leads.example.com"
    assert settings.webhook_base == settings.url
    assert settings.gateway_url == "http://waha:3000"


@pytest.mark.parametrize("name", ["database_url", "waha_url", "public_url"])
def test_production_says_what_is_missing(name: str) -> None:
    with pytest.raises(Misconfigured, match="is not set"):
        production(**{name: ""})


@pytest.mark.parametrize("weak", ["", "demo", "demo-0123456789abcdef", "short"])
def test_production_refuses_weak_and_demo_secrets(weak: str) -> None:
    with pytest.raises(Misconfigured, match="WAHA_HMAC_KEY_AGENT"):
        production(waha_hmac_key_agent=weak)


def test_production_is_reached_over_tls_but_on_this_machine() -> None:
    with pytest.raises(Misconfigured, match="LEADLINE_PUBLIC_URL is not https"):
        production(public_url="http://leads.example.com")
    assert production(public_url="http://localhost:3000").url == "http://localhost:3000"


def test_a_wait_shorter_than_the_quiet_window_is_refused() -> None:
    with pytest.raises(Misconfigured, match="LONGEST_WAIT"):
        load_settings(quiet_seconds=5, longest_wait_seconds=4)


def test_secrets_do_not_show() -> None:
    assert "long-random-key" not in repr(production())


def test_each_session_has_its_own_key() -> None:
    settings = production()
    assert settings.hmac_key("agent") != settings.hmac_key("consultant")
    assert settings.hmac_key("other") == ""
