"""Who is given a lead, what is counted of it, and what is said to whoever has to wait."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from app.conversations import chat, record
from app.database import transaction
from app.distribution import service as distribution
from app.insights import queries
from app.leads import desk
from app.leads import repository as leads
from app.team.service import MemberChange, change_member
from app.team.viewer import OPERATOR, Viewer
from app.vocabulary import Role, Stage
from tests.integration.conversations.people import MANAGER, answer_everything, hire
from tests.integration.conversations.world import AGENT, World


def consultant(user_id: int, name: str) -> Viewer:
    return Viewer(user_id, name, name[0], Role.CONSULTANT, f"{name}@example.com".lower())


async def decisions(world: World) -> list[str]:
    rows = await world.rows("select labels ->> 'outcome' as outcome from ledger where kind = 'assigned' order by id")
    return [row.outcome for row in rows]


async def one_new_lead(world: World) -> int:
    world.gateway.lead_writes(AGENT, "15550100130", "hello")
    await world.gateway.deliver()
    return (await world.lead()).id


async def test_a_lead_that_nobody_can_take_is_counted_once_and_says_why_each_is_skipped(world: World):
    (ana,) = await hire("Ana")
    await change_member(OPERATOR, ana, MemberChange(on_duty=False))
    await answer_everything(world)
    for _ in range(3):
        world.clock.move(seconds=61)
        assert await distribution.sweep_due() == 1
    assert await decisions(world) == ["no_consultant"]
    told = (await record.record(MANAGER, (await world.lead()).id)).assignment
    assert told is not None
    assert (told.consultant, [(one.name, one.skip) for one in told.considered]) == ("nobody", [("Ana", "off duty")])


async def test_who_comes_on_duty_is_given_what_waits_at_once(world: World):
    (ana,) = await hire("Ana")
    await change_member(OPERATOR, ana, MemberChange(on_duty=False))
    await answer_everything(world)
    await change_member(OPERATOR, ana, MemberChange(on_duty=True))
    assert await distribution.sweep_due() == 1
    lead = await world.lead()
    assert (lead.owner_id, lead.unassigned_why) == (ana, None)
    assert await decisions(world) == ["no_consultant", "assigned"]


async def test_a_first_consultant_is_no_reassignment_whoever_chose_them(world: World):
    ana, bruno = await hire("Ana", "Bruno")
    lead = await one_new_lead(world)
    await distribution.take(consultant(ana, "Ana"), lead)
    await distribution.assign(MANAGER, lead, bruno)
    assert await decisions(world) == ["assigned", "reassigned"]


@pytest.mark.parametrize("by_manager", [True, False])
async def test_a_lead_that_is_given_before_it_is_qualified_is_moved_and_counted_as_work_by_hand(
    world: World, *, by_manager: bool
):
    (ana,) = await hire("Ana")
    lead = await one_new_lead(world)
    if by_manager:
        await distribution.assign(MANAGER, lead, ana)
    else:
        await distribution.take(consultant(ana, "Ana"), lead)
    (change,) = await world.rows("select before, after, by_name from stage_change")
    assert (change.before, change.after, change.by_name) == ("new", "qualified", "Mara" if by_manager else "Ana")
    counted = await world.rows(
        "select kind, labels from ledger where kind in ('stage_changed', 'lead_processed') order by id"
    )
    assert [(row.kind, row.labels) for row in counted] == [
        ("stage_changed", {"stage": "qualified"}),
        ("lead_processed", {"mode": "manual"}),
    ]
    assert (await world.lead()).moved_by == change.by_name


async def test_what_is_given_by_hand_is_shared_like_the_rest(world: World):
    ana, bruno = await hire("Ana", "Bruno")
    await distribution.assign(MANAGER, await one_new_lead(world), ana)
    rows = await world.rows("select consultant_id, got, due from reporting.entitlement order by 1")
    assert [(row.consultant_id, row.got, row.due) for row in rows] == [(ana, 1, 0.5), (bruno, 0, 0.5)]


async def test_what_somebody_took_themselves_is_nobodys_due(world: World):
    (ana,) = await hire("Ana")
    await distribution.take(consultant(ana, "Ana"), await one_new_lead(world))
    assert await world.rows("select 1 from reporting.entitlement") == []


async def given_in_turn(world: World, leads: int) -> list[int]:
    """The owners of this many further leads, one after the other."""
    first = (await world.rows("select count(*) as n from lead"))[0].n
    for number in range(first, first + leads):
        world.gateway.lead_writes(AGENT, f"155501001{number:02}", "hello")
    await world.gateway.deliver()
    owners: list[int] = []
    for row in await world.rows(f"select id from lead order by id offset {first}"):
        async with transaction() as db:
            await db.execute(sa.text("update lead set qualified_at = now() where id = :id"), {"id": row.id})
        owners.append(await distribution.assign_fairly(row.id) or 0)
        world.clock.move(seconds=1)
    return owners


async def test_who_joins_starts_level_with_the_rest_and_is_not_flooded_to_catch_up(world: World):
    (ana,) = await hire("Ana")
    assert await given_in_turn(world, 3) == [ana] * 3
    world.clock.move(seconds=3600)
    (bruno,) = await hire("Bruno")
    assert await given_in_turn(world, 4) == [bruno, ana, bruno, ana]


async def test_what_was_given_more_than_a_week_ago_does_not_count(world: World):
    ana, bruno = await hire("Ana", "Bruno")
    async with transaction() as db:
        await db.execute(sa.text("update team_user set on_duty = false where id = :id"), {"id": bruno})
    assert await given_in_turn(world, 3) == [ana] * 3
    world.clock.move(seconds=8 * 24 * 3600)
    async with transaction() as db:
        await db.execute(sa.text("update team_user set on_duty = true where id = :id"), {"id": bruno})
    assert await given_in_turn(world, 3) == [bruno, ana, bruno]


async def nobody_for_a_qualified_lead(world: World) -> tuple[int, int]:
    """A lead that waits while its only consultant is off duty: the ids of both."""
    (ana,) = await hire("Ana")
    await change_member(OPERATOR, ana, MemberChange(on_duty=False))
    await answer_everything(world)
    assert (await world.one(queries.UNASSIGNED)).value == 1
    return (await world.lead()).id, ana


async def test_who_allows_contact_again_is_looked_for_a_consultant_again(world: World):
    lead_id, ana = await nobody_for_a_qualified_lead(world)
    await chat.opt_out(MANAGER, lead_id)
    assert (await world.lead()).unassigned_why is None
    await change_member(OPERATOR, ana, MemberChange(on_duty=True))
    await chat.opt_in(MANAGER, lead_id)
    assert (await world.lead()).assign_due_at == world.clock.now()
    assert await distribution.sweep_due() == 1
    assert (await world.lead()).owner_id == ana


async def test_a_lead_that_was_closed_wants_no_consultant_until_it_is_open_again(world: World):
    lead_id, ana = await nobody_for_a_qualified_lead(world)
    await desk.move(MANAGER, lead_id, Stage.LOST, version=(await world.lead()).version)
    assert (await world.one(queries.UNASSIGNED)).value == 0
    assert (await record.record(MANAGER, lead_id)).assignment is None
    await change_member(OPERATOR, ana, MemberChange(on_duty=True))
    await distribution.sweep_due()
    lead = await world.lead()
    assert (lead.owner_id, lead.assign_due_at, lead.unassigned_why) == (None, None, None)
    await desk.move(MANAGER, lead_id, Stage.QUALIFIED, version=lead.version)
    await distribution.sweep_due()
    assert (await world.lead()).owner_id == ana


async def test_who_comes_on_duty_while_a_lead_is_being_given_stands_in_nobodys_way(world: World):
    lead_id, ana = await nobody_for_a_qualified_lead(world)
    async with transaction() as db:
        await leads.lock(db, lead_id)
        change = asyncio.create_task(change_member(OPERATOR, ana, MemberChange(on_duty=True)))
        await somebody_waits_for_a_lock(world)
        await db.execute(sa.text("update team_user set last_assigned_at = now() where id = :id"), {"id": ana})
    assert (await change).on_duty
    assert (await world.lead()).assign_due_at == world.clock.now()


async def somebody_waits_for_a_lock(world: World) -> None:
    waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    while not await world.rows(waiting):
        await asyncio.sleep(0)
