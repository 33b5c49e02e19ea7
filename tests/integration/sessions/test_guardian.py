"""Both sessions are kept up: transitions stored once, failures restarted with patience."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from app.errors import NotAllowed, NotFound
from app.sessions import guardian, service
from app.team.viewer import Viewer
from app.vocabulary import Role
from app.whatsapp.errors import Transient
from app.whatsapp.gateway import SessionRef, SessionSpec, SessionState
from tests.integration.conversations.people import MANAGER
from tests.integration.conversations.world import AGENT, CONSULTANT, World

ANA = Viewer(7, "Ana", "A", Role.CONSULTANT, "ana@example.com")


async def statuses(world: World, session: str = "agent") -> list[str]:
    rows = await world.rows("select status from session_event where session = :s order by id", s=session)
    return [row.status for row in rows]


async def view(name: str = "agent", viewer: Viewer = MANAGER) -> service.SessionView:
    return next(one for one in await service.overview(viewer) if one.name == name)


async def test_repetitions_are_no_transitions(world: World) -> None:
    before = await statuses(world)
    for _ in range(3):
        await guardian.check()
        world.clock.move(seconds=15)
    assert await statuses(world) == before
    assert before[-1] == "ready"


async def test_a_failed_session_is_restarted_with_growing_patience_and_then_waits_for_a_person(world: World) -> None:
    restarts: list[datetime] = []
    restart = world.gateway.restart

    async def counted(session: object) -> object:
        restarts.append(world.clock.now())
        await restart(AGENT)
        world.gateway.fail(AGENT)
        return await world.gateway.get_session(AGENT)

    world.gateway.restart = counted  # type: ignore[method-assign, assignment]
    world.gateway.fail(AGENT)
    for _ in range(60):
        await guardian.check()
        await world.gateway.deliver()
        world.clock.move(seconds=5)
    assert len(restarts) == 3
    gaps = [(b - a).total_seconds() for a, b in pairwise(restarts)]
    assert gaps == sorted(gaps)
    shown = await view()
    assert (shown.status, shown.restarts) == ("failed", 3)


async def test_recovery_is_measured_from_the_fall_to_the_return(world: World) -> None:
    world.gateway.fail(AGENT)
    await world.gateway.deliver()
    world.clock.move(seconds=20)
    await guardian.check()
    world.clock.move(seconds=10)
    await guardian.check()
    await world.gateway.deliver()
    await guardian.check()
    shown = await view()
    assert shown.status == "ready"
    assert shown.recovery_seconds == pytest.approx(30, abs=1)
    assert shown.restarts == 1
    world.clock.move(minutes=6)
    await guardian.check()
    assert (await view()).restarts == 0, "after five good minutes the count is forgotten"


async def test_a_lost_login_shows_a_code_to_managers_only(world: World) -> None:
    world.gateway.unpair(AGENT)
    await world.gateway.deliver()
    assert (await view()).needs_scan
    png = await service.qr_png(MANAGER, "agent")
    assert png is not None
    assert png.startswith(b"\x89PNG")
    with pytest.raises(NotAllowed):
        await service.qr_png(ANA, "agent")
    with pytest.raises(NotFound):
        await service.qr_png(MANAGER, "somebody")
    assert await service.qr_png(MANAGER, "consultant") is None
    assert (await view(viewer=ANA)).me is None


async def test_a_person_restarts_a_session_and_it_counts_from_zero(world: World) -> None:
    world.gateway.fail(AGENT)
    await world.gateway.deliver()
    await service.restart(MANAGER, "agent")
    await world.gateway.deliver()
    assert (await view()).restarts == 0
    assert len(await world.rows("select 1 from audit_event where action = 'session_restarted'")) == 1
    with pytest.raises(NotAllowed):
        await service.restart(ANA, "agent")


async def test_a_gateway_out_of_reach_is_unknown_not_up(world: World) -> None:
    world.gateway.fail_next("get_session", Transient())
    world.gateway.fail_next("get_session", Transient())
    await guardian.check()
    assert (await view()).status == "unknown"


async def test_a_session_is_told_where_its_events_go_as_soon_as_the_gateway_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    ensure = world.gateway.ensure_session

    async def telling(session: SessionRef, spec: SessionSpec) -> SessionState:
        state = await ensure(session, spec)
        told.append(session.name)
        return state

    monkeypatch.setattr(world.gateway, "ensure_session", telling)
    for _ in (AGENT, CONSULTANT):
        world.gateway.fail_next("ensure_session", Transient())
    guardian.begin()
    await guardian.check()
    assert told == []
    await guardian.check()
    await guardian.check()
    assert sorted(told) == ["agent", "consultant"], "once each"


def test_the_share_of_time_up_is_counted_between_transitions() -> None:
    from datetime import UTC

    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    events = [(now - 4 * hour, "ready"), (now - hour, "failed"), (now - hour / 2, "ready")]
    assert service.share_up(events, now) == pytest.approx(3.5 / 4)
    assert service.share_up([], now) is None
    assert service.share_up([(now, "ready")], now) == 1.0
