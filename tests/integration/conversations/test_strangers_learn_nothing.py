"""Whatever a consultant tries with a lead that is hidden from them, they hear what they would hear of no lead."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.database import transaction
from app.distribution import service as distribution
from app.errors import Invalid, LeadlineError
from app.leads import service
from app.leads.repository import Identity, guard_creation
from app.team.viewer import Viewer
from app.vocabulary import Role
from tests.integration.conversations.people import MANAGER, hire
from tests.integration.conversations.world import PHONE, World

NOBODY = 10**9
Try = Callable[[Viewer, int], Awaitable[object]]


async def refused(act: Awaitable[object]) -> tuple[type[LeadlineError], str]:
    with pytest.raises(LeadlineError) as caught:
        await act
    return type(caught.value), str(caught.value)


async def a_hidden_lead(world: World) -> tuple[Viewer, int]:
    """A lead of Ana's, and Bruno, who must not know of it."""
    ana, bruno = await hire("Ana", "Bruno")
    await world.says("hello")
    lead = await world.lead()
    await distribution.assign(MANAGER, lead.id, ana)
    return Viewer(bruno, "Bruno", "B", Role.CONSULTANT, "bruno@example.com"), lead.id


@pytest.mark.parametrize("act", [distribution.take, lambda viewer, lead: distribution.assign(viewer, lead, 1)])
async def test_taking_or_assigning_a_hidden_lead_is_refused_like_an_absent_one(world: World, act: Try) -> None:
    bruno, hidden = await a_hidden_lead(world)
    assert await refused(act(bruno, hidden)) == await refused(act(bruno, NOBODY))


async def test_adding_a_known_number_shows_the_lead_to_managers_alone(world: World) -> None:
    bruno, hidden = await a_hidden_lead(world)
    assert await refused(service.create(bruno, phone=f"+{PHONE}")) == await refused(service.create(bruno, phone="+0"))
    assert await service.create(MANAGER, phone=f"+{PHONE}") == hidden
    with pytest.raises(Invalid, match="country code"):
        await service.create(MANAGER, phone="+0")


async def test_every_address_of_a_stranger_is_guarded_in_one_order(world: World) -> None:
    """Two who come with the same two addresses, each in another order: neither waits for the other for ever."""
    phone, lid = Identity("phone", PHONE), Identity("lid", "900001")

    async def come(*identities: Identity) -> None:
        async with transaction() as db:
            await guard_creation(db, "waha", identities)
            await asyncio.sleep(0)

    async with asyncio.timeout(20):
        await asyncio.gather(*(come(*pair) for pair in [(phone, lid), (lid, phone)] * 4))
