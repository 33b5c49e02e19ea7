"""Sessions: how they are made, logged in, mended and lost."""

from __future__ import annotations

import pytest

from app.whatsapp.errors import SessionNotFound, SessionNotReady
from app.whatsapp.events import SessionStatus, SessionStatusEvent
from app.whatsapp.gateway import SessionRef
from tests.contract.gateway.worlds import AGENT, CONSULTANT, World, events, ready, spec, state_becomes

PNG = b"\x89PNG\r\n\x1a\n"


async def told(world: World) -> list[SessionStatus]:
    return [event.status for event in await events(world) if isinstance(event, SessionStatusEvent)]


async def test_the_gateway_says_which_program_it_is_and_since_when_it_runs(world: World):
    info = await world.gateway.describe()

    assert info.engine == "NOWEB"
    assert info.started_at == world.clock.now()


async def test_a_new_session_waits_for_its_login_and_says_so(world: World):
    await world.gateway.ensure_session(AGENT, spec(AGENT))

    state = await state_becomes(world, AGENT, SessionStatus.AUTH_REQUIRED)

    assert not state.ready
    assert state.me is None
    assert await told(world) == [SessionStatus.STARTING, SessionStatus.AUTH_REQUIRED]


async def test_ensuring_a_session_that_is_as_it_should_be_changes_nothing(world: World):
    await ready(world)

    state = await world.gateway.ensure_session(AGENT, spec(AGENT))

    assert state.ready
    assert await told(world) == []


async def test_ensuring_a_stopped_session_starts_it_with_its_login(world: World):
    await ready(world)
    await world.gateway.stop(AGENT)

    await world.gateway.ensure_session(AGENT, spec(AGENT))

    await state_becomes(world, AGENT, SessionStatus.READY)


async def test_a_session_that_was_never_made_is_not_found(world: World):
    with pytest.raises(SessionNotFound):
        await world.gateway.get_session(SessionRef("nobody"))


async def test_the_login_is_offered_as_a_picture_and_as_a_code(world: World):
    await world.gateway.ensure_session(AGENT, spec(AGENT))
    await state_becomes(world, AGENT, SessionStatus.AUTH_REQUIRED)

    picture = await world.gateway.pairing(AGENT)
    code = await world.gateway.pairing(AGENT, phone="+1 555 010 0001")

    assert picture.qr_png is not None
    assert picture.qr_png.startswith(PNG)
    assert code.code
    assert code.code not in repr(code)


async def test_a_session_that_is_logged_in_offers_no_login(world: World):
    await ready(world)

    with pytest.raises(SessionNotReady) as refused:
        await world.gateway.pairing(AGENT)

    assert refused.value.raw_status == "WORKING"
    assert refused.value.expected == ("SCAN_QR_CODE",)


async def test_after_the_scan_the_session_is_ready_and_knows_its_number(world: World):
    await ready(world)

    state = await world.gateway.get_session(AGENT)

    assert state.ready
    assert state.me is not None
    assert state.me.phone == "15550100001"
    assert state.restriction is None
    assert state.active_at == world.clock.now()


async def test_the_scan_is_told_by_webhook(world: World):
    await world.gateway.ensure_session(AGENT, spec(AGENT))
    await state_becomes(world, AGENT, SessionStatus.AUTH_REQUIRED)
    await world.webhooks()

    await world.pair(AGENT)

    (event,) = await events(world)
    assert isinstance(event, SessionStatusEvent)
    assert event.status is SessionStatus.READY
    assert event.me is not None
    assert event.occurred_at == world.clock.now()


async def test_a_restart_keeps_the_login(world: World):
    await ready(world)

    await world.gateway.restart(AGENT)

    await state_becomes(world, AGENT, SessionStatus.READY)
    assert await told(world) == [SessionStatus.STARTING, SessionStatus.READY]


async def test_starting_a_session_that_runs_is_harmless(world: World):
    await ready(world)

    assert (await world.gateway.start(AGENT)).ready
    assert await told(world) == []


async def test_a_stopped_session_keeps_its_login(world: World):
    await ready(world)

    assert (await world.gateway.stop(AGENT)).status is SessionStatus.STOPPED
    await world.gateway.start(AGENT)

    await state_becomes(world, AGENT, SessionStatus.READY)


async def test_logging_out_loses_the_login(world: World):
    await ready(world)

    await world.gateway.logout(AGENT)

    await state_becomes(world, AGENT, SessionStatus.AUTH_REQUIRED)


async def test_a_login_that_is_lost_on_the_phone_is_told_by_webhook(world: World):
    await ready(world)

    await world.unpair(AGENT)

    await state_becomes(world, AGENT, SessionStatus.AUTH_REQUIRED)
    assert (await told(world))[-1] is SessionStatus.AUTH_REQUIRED


async def test_a_session_that_breaks_is_mended_by_a_restart(world: World):
    await ready(world)
    await world.fail(AGENT)
    assert (await world.gateway.get_session(AGENT)).status is SessionStatus.FAILED
    assert await told(world) == [SessionStatus.FAILED]

    await world.gateway.restart(AGENT)

    await state_becomes(world, AGENT, SessionStatus.READY)


async def test_one_session_breaking_leaves_the_other_alone(world: World):
    await ready(world, AGENT)
    await ready(world, CONSULTANT)

    await world.fail(CONSULTANT)

    assert (await world.gateway.get_session(AGENT)).ready
    assert await world.gateway.new_message_id(AGENT)
