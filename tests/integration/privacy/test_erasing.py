"""Erasing a person: nothing of them is left anywhere, the figures stay, and no history brings them back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.conversations import chat, followups, turns
from app.database import reading, transaction
from app.errors import Invalid, NotAllowed, NotFound
from app.privacy import service as privacy
from app.schema import METADATA
from app.sessions import history
from app.team.viewer import Viewer
from app.vocabulary import Role
from tests.integration.conversations.people import MANAGER, answer_everything, hire
from tests.integration.conversations.world import AGENT, PHONE, World

EMPTIED = {"ledger", "audit_event", "raw_event"}
"""Tables that know a lead by number and outlive it; everything else goes with its row."""
TRACES = ("Marta", "Silva", "marta.silva@example.com", PHONE, "evening English", "900 euros", "a voice note for you")


def test_every_table_that_knows_a_lead_is_thought_of():
    for table in METADATA.sorted_tables:
        if "lead_id" not in table.columns:
            continue
        keys = table.columns["lead_id"].foreign_keys
        cascades = [key for key in keys if key.ondelete == "CASCADE"]
        assert cascades or table.name in EMPTIED, f"{table.name} would keep an erased lead"


async def everything(world: World) -> str:
    """The whole database as text: whatever is left of a person shows in it."""
    tables = [row.name for row in await world.rows("select tablename as name from pg_tables where schemaname='public'")]
    parts: list[str] = []
    for table in tables:
        rows = await world.rows(f'select to_jsonb(t)::text as row from "{table}" t')
        parts += [row.row for row in rows]
    bodies = await world.rows("select convert_from(body, 'UTF8') as body from raw_event")
    return "\n".join([*parts, *(row.body for row in bodies)])


async def well_known(world: World) -> int:
    """A lead with everything: facts, a consultant, a note, a file, a follow-up, and work that waits."""
    await hire("Ana")
    await answer_everything(world)
    world.gateway.lead_sends_file(AGENT, PHONE, b"data", "image/jpeg")
    await world.gateway.deliver()
    await world.pass_time(3)
    lead = await world.lead()
    async with transaction() as db:
        await db.execute(sa.text("update message set body = 'a voice note for you' where kind = 'image'"))
    await chat.write(MANAGER, lead.id, "Dear Marta, shall I call you?")
    await chat.note(MANAGER, lead.id, "Marta sounds nice")
    world.clock.move(hours=30)
    await followups.sweep_due()
    await world.says("Marta again")
    return int(lead.id)


async def test_nothing_of_a_person_is_left(world: World) -> None:
    lead_id = await well_known(world)
    before = await everything(world)
    assert all(trace in before for trace in TRACES)
    done = await privacy.erase(MANAGER, lead_id)
    assert done.messages > 4
    assert done.raw_events > 4
    after = await everything(world)
    assert [trace for trace in TRACES if trace in after] == []
    assert await world.rows("select 1 from lead") == []
    assert await world.rows("select 1 from procrastinate_jobs where args ->> 'lead_id' = :id", id=str(lead_id)) == []


async def test_the_figures_stay_and_name_nobody(world: World) -> None:
    lead_id = await well_known(world)
    before = await world.rows("select kind, sum(amount) as n from ledger group by kind order by kind")
    await privacy.erase(MANAGER, lead_id)
    assert await world.rows("select kind, sum(amount) as n from ledger group by kind order by kind") == before
    assert await world.rows("select 1 from ledger where lead_id is not null") == []
    audit = await world.one("select * from audit_event where action = 'erased'")
    assert (audit.lead_id, audit.details) == (lead_id, {})


async def test_what_was_about_to_happen_does_not(world: World) -> None:
    await world.says("Hello")
    lead = await world.lead()
    world.clock.move(seconds=3)
    await privacy.erase(MANAGER, lead.id)
    await world.settle()
    assert await world.replies() == []


async def test_a_turn_that_is_being_taken_meanwhile_ends_quietly(world: World) -> None:
    await world.says("Hello")
    await world.pass_time(3)
    lead = await world.lead()
    await privacy.erase(MANAGER, lead.id)
    assert await followups.reserve(lead.id) is None


async def test_the_history_of_the_chat_does_not_bring_a_person_back(world: World) -> None:
    await world.says("Hi, I'm Marta")
    await world.pass_time(3)
    lead = await world.lead()
    world.clock.move(minutes=5)
    await privacy.erase(MANAGER, lead.id)
    world.clock.move(minutes=5)
    assert await history.merge_due() == 0
    assert await world.rows("select 1 from lead") == []
    assert await world.rows("select 1 from ledger where kind = 'message_recovered'") == []


async def test_an_old_message_that_comes_by_webhook_is_not_kept_either(world: World) -> None:
    await world.says("Hi, I'm Marta")
    await world.pass_time(3)
    lead = await world.lead()
    world.gateway.lead_writes(AGENT, PHONE, "and Marta Silva is my whole name")
    world.clock.move(minutes=5)
    await privacy.erase(MANAGER, lead.id)
    await world.gateway.deliver()
    assert await world.rows("select 1 from lead") == []
    assert "whole name" not in await everything(world)


async def test_the_echo_of_a_send_that_was_on_its_way_does_not_either(world: World) -> None:
    await world.says("Hi, I'm Marta")
    world.clock.move(seconds=3)
    await turns.sweep_due()
    await world.work()
    await world.work()
    assert len(world.gateway.sent(AGENT)) == 1
    await privacy.erase(MANAGER, (await world.lead()).id)
    world.clock.move(seconds=2)
    assert await world.gateway.deliver() > 0
    assert await world.rows("select 1 from lead") == []


async def test_somebody_who_writes_again_is_somebody_new(world: World) -> None:
    await world.says("Hi, I'm Marta")
    await world.pass_time(3)
    first = await world.lead()
    await privacy.erase(MANAGER, first.id)
    world.clock.move(minutes=5)
    await world.says("Hello, me again")
    await world.pass_time(3)
    again = await world.lead()
    assert again.id != first.id
    assert again.name == ""
    assert len(await world.rows("select 1 from message where direction = 'out'")) == 1


async def test_a_webhook_that_nobody_understood_is_emptied_when_it_names_the_person(world: World) -> None:
    await world.says("Hi")
    lead = await world.lead()
    async with transaction() as db:
        await db.execute(
            sa.text(
                "insert into raw_event (provider, session, sha256, body, error, received_at)"
                " values ('waha', 'agent', '\\x01', convert_to(:body, 'UTF8'), 'KeyError', now())"
            ),
            {"body": f'{{"odd": "{PHONE}@c.us"}}'},
        )
    await privacy.erase(MANAGER, lead.id)
    row = await world.one("select body, error from raw_event where sha256 = '\\x01'")
    assert (bytes(row.body), row.error) == (b"", None)


async def test_only_managers_erase_and_a_hidden_lead_is_no_lead(world: World) -> None:
    (ana, bruno) = await hire("Ana", "Bruno")
    await answer_everything(world)
    lead = await world.lead()
    mine, other = (ana, bruno) if lead.owner_id == ana else (bruno, ana)
    owner = Viewer(mine, "Ana", "A", Role.CONSULTANT, "a@example.com")
    stranger = Viewer(other, "Bruno", "B", Role.CONSULTANT, "b@example.com")
    with pytest.raises(NotAllowed):
        await privacy.erase(owner, lead.id)
    with pytest.raises(NotFound):
        await privacy.erase(stranger, lead.id)
    with pytest.raises(NotFound):
        await privacy.erase(MANAGER, 10**9)
    async with reading() as db:
        assert (await db.execute(sa.text("select count(*) from lead"))).scalar_one() == 1


async def test_a_lead_is_found_by_its_number(world: World) -> None:
    await world.says("Hi")
    assert await privacy.lead_with_phone(f"+{PHONE[0]} {PHONE[1:4]} {PHONE[4:]}") == (await world.lead()).id
    with pytest.raises(NotFound):
        await privacy.lead_with_phone("+1 555 010 0199")
    with pytest.raises(Invalid):
        await privacy.lead_with_phone("nobody")
