"""Browsers tell when a change was on their screen, and only browsers in which somebody is signed in."""

from __future__ import annotations

import pytest

from app.api import seen
from metrics.registry import REGISTRY

SEEN = "/api/seen"
FORM = {"email": "ana@leadline.demo", "password": "leadline-demo"}


def read(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def paints() -> tuple[float, float]:
    name = "leadline_board_update_latency_seconds"
    return read(f"{name}_count", stage="painted"), read(f"{name}_sum", stage="painted")


@pytest.fixture
async def signed_in(browser, team):
    await browser.post("/api/sign-in", data=FORM)
    return browser


async def test_the_way_from_commit_to_screen_is_measured_by_our_own_clock(signed_in, clock):
    committed = int(clock.now().timestamp() * 1000)
    clock.move(milliseconds=250)
    count, total = paints()
    assert (await signed_in.post(SEEN, json={"painted": committed})).status_code == 204
    assert paints() == (count + 1, pytest.approx(total + 0.25))


async def test_a_time_that_is_no_time_of_a_change_is_left_out(signed_in, clock):
    before, now = paints(), int(clock.now().timestamp() * 1000)
    for told in ({"painted": now + 5000}, {"painted": now - 60_000}, {"painted": "now"}, {"painted": True}, {}):
        assert (await signed_in.post(SEEN, json=told)).status_code == 204
    assert paints() == before


async def test_a_return_after_our_own_restart_is_known_to_the_browser_alone(signed_in, monkeypatch):
    monkeypatch.setattr(seen, "_STARTED", seen.time.monotonic() - 3)
    restored = read("leadline_user_session_recoveries_total", outcome="restored")
    gaps = read("leadline_websocket_reconnect_gap_seconds_sum", outcome="resumed")
    for away in (8_000, 1_000, 400_000):
        await signed_in.post(SEEN, json={"away": away})
    assert read("leadline_user_session_recoveries_total", outcome="restored") == restored + 1
    assert read("leadline_websocket_reconnect_gap_seconds_sum", outcome="resumed") == gaps + 8


async def test_strangers_and_other_sites_are_refused(browser, signed_in):
    foreign = await signed_in.post(SEEN, json={"painted": 1}, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    browser.cookies.clear()
    assert (await browser.post(SEEN, json={"painted": 1})).status_code == 401


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[1]", 400), (b'{"a": "' + b"x" * 300 + b'"}', 413)])
async def test_nonsense_is_refused(signed_in, body, status):
    assert (await signed_in.post(SEEN, content=body)).status_code == status
