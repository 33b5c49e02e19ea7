"""A lead who wants to be erased is left alone, and the team is told."""

from __future__ import annotations

from app.conversations.record import record
from tests.integration.conversations.people import MANAGER
from tests.integration.conversations.world import World


async def test_the_team_is_told_of_a_lead_who_wants_to_be_erased(world: World) -> None:
    await world.says("Hi")
    await world.pass_time(3)
    await world.says("Apague meus dados, por favor")
    await world.pass_time(3)
    lead = await world.lead()
    assert lead.automation == "off"
    note = await world.one("select body from message where author = 'system'")
    assert f"leadline erase --lead {lead.id}" in note.body
    assert "The lead asked for erasure" in [text for _, text in (await record(MANAGER, lead.id)).timeline]
