"""What the checks ask of others, and what they make of strange answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from app.status.outside import OverHttp, http_client

Answer = Callable[[httpx.Request], httpx.Response]


def asking(answer: Answer) -> OverHttp:
    return OverHttp(httpx.AsyncClient(transport=httpx.MockTransport(answer)))


def silent(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody listens")


async def test_a_refusal_tells_the_time_as_well():
    named = {"date": "Mon, 23 Nov 2026 09:00:05 GMT"}
    there = await asking(lambda _: httpx.Response(401, headers=named)).time_at("http://gateway")
    assert there == datetime(2026, 11, 23, 9, 0, 5, 500_000, tzinfo=UTC)


@pytest.mark.parametrize("headers", [{}, {"date": "yesterday"}, {"date": "Mon, 99 Nov 2026 09:00:05 GMT"}])
async def test_who_names_no_time_is_not_held_against_ours(headers: dict[str, str]):
    assert await asking(lambda _: httpx.Response(200, headers=headers)).time_at("http://gateway") is None


async def test_a_time_without_a_zone_is_utc():
    named = {"date": "Mon, 23 Nov 2026 09:00:05 -0000"}
    there = await asking(lambda _: httpx.Response(200, headers=named)).time_at("http://gateway")
    assert there is not None
    assert there.tzinfo is UTC


async def test_readiness_is_what_the_web_process_says():
    assert await asking(lambda _: httpx.Response(503, json={"status": "unready"})).readiness("http://web") == "unready"
    assert await asking(lambda _: httpx.Response(200, text="<html>")).readiness("http://web") == ""
    assert await asking(lambda _: httpx.Response(200, json=["no", "object"])).readiness("http://web") == ""


async def test_alerts_that_only_wait_do_not_fire():
    def prometheus(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "http://prometheus:9090/api/v1/alerts"
        firing = {"state": "firing", "labels": {"alertname": "LeadlineDiskFull", "severity": "critical"}}
        waiting = {"state": "pending", "labels": {"alertname": "LeadlineThrottled", "severity": "warning"}}
        return httpx.Response(200, json={"status": "success", "data": {"alerts": [firing, waiting]}})

    assert await asking(prometheus).firing("http://prometheus:9090/") == [("LeadlineDiskFull", "critical")]


async def test_who_does_not_answer_is_told_apart_from_good_news():
    nobody = asking(silent)
    assert await nobody.time_at("http://gateway") is None
    assert await nobody.readiness("http://web") == ""
    assert await nobody.firing("http://prometheus") is None


async def test_others_have_two_seconds():
    async with http_client() as client:
        assert client.timeout.read == 2.0
