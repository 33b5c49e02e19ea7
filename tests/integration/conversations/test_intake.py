"""Webhooks into rows: once, whatever the gateway repeats, reorders or mixes up."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from app.conversations import intake, safety
from app.conversations.intake import Outcome
from app.errors import RetryLater
from app.leads import repository as leads
from app.leads import service
from app.qualification.extraction.reading import Reading
from app.qualification.interpreter import Interpreter, RuleInterpreter, TurnRequest
from app.registry import override
from app.whatsapp.errors import SignatureError
from app.whatsapp.gateway import Gateway
from app.whatsapp.twin_payloads import Webhook, webhook
from metrics.registry import REGISTRY
from tests.integration.conversations.people import MANAGER
from tests.integration.conversations.world import AGENT, CONSULTANT, PHONE, World, hook_of

KEY = "test-hmac-key-of-the-agent"
KEY_OF_CONSULTANT = "test-hmac-key-of-the-consultant"


def again(hook: Webhook, **changes: Any) -> Webhook:
    """The same webhook with something changed in its envelope, signed again."""
    return webhook(KEY, {**json.loads(hook.raw), **changes})


async def test_a_first_message_makes_a_lead_a_message_and_a_due_turn(world: World) -> None:
    await world.says("Hi, do you have evening classes?")
    lead = await world.lead()
    message = await world.one("select * from message")
    assert (lead.stage, lead.automation, lead.unread) == ("new", "agent", 1)
    assert lead.preview == "Hi, do you have evening classes?"
    assert (lead.turn_due_at - world.clock.now()).total_seconds() == 3
    assert (message.direction, message.author, message.status) == ("in", "lead", "received")
    assert world.results[-1].lead_id == lead.id
    kinds = {row.kind for row in await world.rows("select kind from ledger")}
    assert kinds == {"lead_created", "message_persisted"}


async def test_the_same_body_twice_changes_nothing(world: World) -> None:
    hook = await hook_of(world)
    first, second = await world.take_in(hook), await world.take_in(hook)
    assert (first.outcome, second.outcome) == (Outcome.STORED, Outcome.DUPLICATE)
    assert len(await world.rows("select 1 from message")) == 1
    assert (await world.lead()).unread == 1


async def test_the_same_message_under_another_event_id_changes_nothing(world: World) -> None:
    hook = await hook_of(world)
    await world.take_in(hook)
    result = await world.take_in(again(hook, id="evt_00000000000000000000000099", event="message"))
    assert result.outcome is Outcome.DUPLICATE
    assert len(await world.rows("select 1 from message")) == 1
    assert (await world.lead()).unread == 1


async def test_the_same_message_at_the_same_instant_is_stored_once(world: World) -> None:
    hook = await hook_of(world)
    others = [again(hook, id=f"evt_{number:026d}") for number in range(90, 95)]
    results = await asyncio.gather(*(world.take_in(one) for one in [hook, *others]))
    assert sorted(result.outcome for result in results) == ["duplicate"] * 5 + ["stored"]
    assert len(await world.rows("select 1 from lead")) == 1
    assert len(await world.rows("select 1 from message")) == 1


async def test_first_messages_of_one_person_at_the_same_instant_make_one_lead(world: World) -> None:
    hooks = [await hook_of(world, text) for text in ("a", "b", "c", "d")]
    await asyncio.gather(*(world.take_in(hook) for hook in hooks))
    assert len(await world.rows("select 1 from lead")) == 1
    assert len(await world.rows("select 1 from message")) == 4


def set_aside(session: str) -> float:
    labels = {"session": session, "direction": "out"}
    return REGISTRY.get_sample_value("leadline_messages_duplicate_total", labels) or 0


async def test_the_echo_of_our_own_send_is_no_duplicate(world: World) -> None:
    before = set_aside("agent")
    await world.says("Hello")
    await world.pass_time(4)
    assert {result.outcome for result in world.results} == {Outcome.STORED}
    assert (len(await world.replies()), set_aside("agent")) == (1, before)


async def test_what_a_phone_wrote_is_a_duplicate_when_it_comes_again(world: World) -> None:
    await world.says("Hello", session=CONSULTANT)
    world.gateway.phone_writes(CONSULTANT, PHONE, "Good morning!")
    hook = world.gateway.waiting.pop()
    await world.take_in(hook)
    before = set_aside("consultant")
    await world.take_in(webhook(KEY_OF_CONSULTANT, {**json.loads(hook.raw), "id": "evt_00000000000000000000000099"}))
    assert set_aside("consultant") == before + 1
    assert len(await world.rows("select 1 from message where direction = 'out'")) == 1


async def test_a_wrong_signature_stores_nothing(world: World) -> None:
    hook = await hook_of(world)
    with pytest.raises(SignatureError):
        await intake.receive("waha", "agent", hook.raw + b" ", hook.headers)
    with pytest.raises(SignatureError):
        await intake.receive("waha", "nobody's session!", hook.raw, hook.headers)
    assert await world.rows("select 1 from lead") == []
    assert await world.rows("select 1 from raw_event where kind = 'message'") == []


async def test_an_unreadable_body_is_kept_and_can_be_replayed(world: World) -> None:
    raw = b"this is no JSON"
    from app.whatsapp.signature import sign

    result = await intake.receive("waha", "agent", raw, {"x-webhook-hmac": sign(KEY, raw)})
    assert result.outcome is Outcome.UNPARSEABLE
    row = await world.one("select body, error, processed_at from raw_event where error is not null")
    assert (bytes(row.body), row.processed_at) == (raw, None)


async def test_an_unknown_kind_of_event_is_kept_and_changes_nothing(world: World) -> None:
    result = await world.take_in(again(await hook_of(world), event="poll.vote"))
    assert result.outcome is Outcome.UNPARSEABLE
    assert await world.rows("select 1 from lead") == []


async def test_a_bug_in_handling_keeps_the_body(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(intake.short_way.strangers, "welcome", broken)
    result = await world.take_in(await hook_of(world))
    assert result.outcome is Outcome.UNPARSEABLE
    assert (await world.one("select error from raw_event where error is not null")).error == "ZeroDivisionError"


async def test_after_a_fix_replay_handles_what_was_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.conversations.replay import replay

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(intake.short_way.strangers, "welcome", broken)
        await world.take_in(await hook_of(world, "Hello again"))
    summary = await replay()
    assert (summary.handled, summary.failed) == (1, 0)
    assert (await world.lead()).preview == "Hello again"
    assert (await replay()).handled == 0


async def test_a_database_outage_asks_the_gateway_to_try_again(world: World) -> None:
    from app.database import Database

    hook = await hook_of(world)
    gone = Database("postgresql://postgres@127.0.0.1:1/nowhere", pool_size=2)
    with override(Database, gone), pytest.raises(RetryLater):
        await world.take_in(hook)
    await gone.close()
    assert (await world.take_in(hook)).outcome is Outcome.STORED


async def test_a_message_to_the_consultants_number_never_starts_a_turn(world: World) -> None:
    await world.says("Hi Ana", session=CONSULTANT)
    lead = await world.lead()
    assert (lead.automation, lead.turn_due_at) == ("human", None)
    assert lead.due_at > lead.waiting_since


async def test_an_old_message_is_shown_but_not_answered_by_the_agent(world: World) -> None:
    hook = await hook_of(world)
    world.clock.move(hours=2)
    await world.take_in(hook)
    lead = await world.lead()
    assert lead.turn_due_at is None
    assert lead.waiting_since == world.clock.now()


async def test_an_old_message_is_left_to_the_team_by_every_path(world: World) -> None:
    hook = await hook_of(world)
    world.clock.move(hours=2)
    await world.take_in(hook)
    assert (await world.lead()).first_unanswered_at is None
    world.clock.move(minutes=5)
    assert await safety.find_forgotten() == 0
    await world.settle()
    assert await world.replies() == []


async def test_an_old_message_drops_no_draft_and_is_no_part_of_the_burst(world: World) -> None:
    old = await hook_of(world, "I want to talk to a person")
    world.clock.move(hours=2)
    await world.says("Hello, do you have English courses?")

    class Meanwhile(RuleInterpreter):
        async def interpret(self, turn: TurnRequest) -> Reading:
            await world.take_in(old)
            return await super().interpret(turn)

    with override(Interpreter, Meanwhile()):
        await world.pass_time(3)
    assert len(await world.replies()) == 1
    lead = await world.lead()
    assert (lead.automation, lead.turn_due_at, lead.drafts_dropped) == ("agent", None, 0)
    assert lead.waiting_since is not None, "a person still has to look at the old one"
    await world.says("in the evening, please")
    await world.pass_time(3)
    assert (await world.lead()).automation == "agent", "nor is it read later"


async def test_a_stop_that_comes_too_late_to_be_answered_is_heeded_all_the_same(world: World) -> None:
    await world.says("Hello, do you have English courses?")
    await world.pass_time(3)
    hook = await hook_of(world, "STOP")
    world.clock.move(hours=2)
    await world.take_in(hook)
    assert (await world.lead()).automation == "off"
    assert (await world.one("select granted from consent")).granted is False


async def test_a_stop_of_a_person_whose_first_message_comes_at_the_same_instant_counts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = await hook_of(world, "STOP")
    world.clock.move(hours=2)
    hello, create = await hook_of(world), leads.create

    async def while_the_other_comes_in(*given: Any, **named: Any) -> int:
        lead_id = await create(*given, **named)
        monkeypatch.undo()
        await world.take_in(hello)
        return lead_id

    monkeypatch.setattr(leads, "create", while_the_other_comes_in)
    await world.take_in(stop)

    assert (await world.lead()).automation == "off"
    assert len(await world.rows("select 1 from message")) == 2


async def test_a_lead_added_by_the_team_who_writes_at_the_same_instant_is_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hello, create = await hook_of(world), leads.create

    async def while_they_write(*given: Any, **named: Any) -> int:
        lead_id = await create(*given, **named)
        monkeypatch.undo()
        await world.take_in(hello)
        return lead_id

    monkeypatch.setattr(leads, "create", while_they_write)
    added = await service.create(MANAGER, phone=PHONE)

    assert (await world.lead()).id == added


async def test_a_burst_waits_for_silence_but_not_for_ever(world: World) -> None:
    waits = []
    for _ in range(7):
        await world.says("and another thing")
        lead = await world.lead()
        waits.append((lead.turn_due_at - world.clock.now()).total_seconds())
        world.clock.move(seconds=2)
    assert waits == [3, 3, 3, 3, 3, 2, 0]


async def test_a_lead_known_by_phone_and_by_lid_becomes_one_when_they_prove_the_same(world: World) -> None:
    await world.says("from my phone")
    hidden = world.gateway.hide(PHONE, "777000111222333", known=False)
    assert hidden.kind == "lid"
    await world.says("from a hidden id")
    assert len(await world.rows("select 1 from lead")) == 2
    world.gateway.hide(PHONE, "777000111222333", known=True)
    await world.says("and now you know")
    lead = await world.lead()
    assert lead.unread == 3
    assert len(await world.rows("select 1 from lead_identity")) == 2
    assert len(await world.rows("select 1 from audit_event where action = 'merged'")) == 1


async def test_what_two_records_of_one_person_told_is_known_of_the_one_they_become(world: World) -> None:
    await world.says("Hello, my name is Lia Souza")
    await world.pass_time(3)
    world.gateway.hide(PHONE, "777000111222333", known=False)
    await world.says("I live in Porto and I want to talk to a person")
    await world.pass_time(3)
    world.gateway.hide(PHONE, "777000111222333", known=True)
    await world.says("and now you know")
    (interview,) = await world.rows("select facts from qualification")
    assert {"name", "city"} <= interview.facts.keys()
    lead = await world.lead()
    assert (lead.stage, lead.name, lead.automation) == ("qualified", "Lia Souza", "human")
    assert lead.qualified_at is not None


async def test_a_person_typing_on_the_phone_silences_the_agent(world: World) -> None:
    await world.says("Anyone there?")
    world.gateway.phone_writes(AGENT, PHONE, "Hi, this is Ana in person")
    await world.gateway.deliver()
    lead = await world.lead()
    assert (lead.automation, lead.turn_due_at, lead.unread) == ("human", None, 0)
    assert (await world.one("select author from message where direction = 'out'")).author == "human"


async def test_an_edit_and_a_revocation_change_the_message_not_the_raw_event(world: World) -> None:
    await world.says("Helo")
    key = (await world.one("select gateway_id from message")).gateway_id
    body = json.loads((await world.one("select body from raw_event where kind = 'message'")).body)
    payload = {**body["payload"], "id": f"false_{PHONE}@c.us_3EB0EDED", "editedMessageId": key, "body": "Hello"}
    await world.take_in(webhook(KEY, {**body, "id": "evt_e", "event": "message.edited", "payload": payload}))
    assert (await world.one("select body from message")).body == "Hello"
    revoked = {"after": payload, "revokedMessageId": key, "before": None}
    await world.take_in(webhook(KEY, {**body, "id": "evt_r", "event": "message.revoked", "payload": revoked}))
    assert (await world.one("select revoked_at from message")).revoked_at is not None
    assert (await world.lead()).preview == "", "nor does the card tell what was taken back"


async def test_what_a_twin_refuses_never_reaches_the_database(world: World) -> None:
    class Refusing:
        def verify(self, *_: object) -> None:
            raise SignatureError

    with override(Gateway, Refusing()), pytest.raises(SignatureError):  # type: ignore[arg-type]
        await world.take_in(await hook_of(world))
    assert await world.rows("select 1 from raw_event where kind = 'message'") == []


async def test_a_race_that_the_database_refused_is_tried_once_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    welcome, calls = intake.short_way.strangers.welcome, 0

    async def refused_at_first(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise IntegrityError("insert", {}, Exception())
        return await welcome(*given)

    monkeypatch.setattr(intake.short_way.strangers, "welcome", refused_at_first)
    assert (await world.take_in(await hook_of(world))).outcome is Outcome.STORED
    assert (await world.lead()).unread == 1


async def test_a_race_while_replaying_is_tried_once_more_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.conversations.replay import replay

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(intake.short_way.strangers, "welcome", broken)
        await world.take_in(await hook_of(world, "Hello again"))
    handle, calls = intake.handle, 0

    async def refused_at_first(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise IntegrityError("insert", {}, Exception())
        return await handle(*given)

    monkeypatch.setattr(intake, "handle", refused_at_first)
    assert (await replay()).handled == 1
    assert (await world.lead()).preview == "Hello again"


async def test_who_opted_out_and_writes_again_is_shown_but_waits_for_nobody(world: World) -> None:
    from app.conversations import chat

    await world.says("hello")
    await chat.opt_out(MANAGER, (await world.lead()).id)
    await world.says("by the way")
    lead = await world.lead()
    assert (lead.automation, lead.waiting_since, lead.due_at, lead.turn_due_at) == ("off", None, None, None)
    assert lead.preview == "by the way"


async def test_a_stranger_who_writes_five_times_at_one_instant_becomes_one_lead(world: World) -> None:
    hooks = [await hook_of(world, f"Hello {number}") for number in range(5)]
    outcomes = await asyncio.gather(*(world.take_in(hook) for hook in (*hooks, *hooks)))
    assert sorted(result.outcome for result in outcomes) == [Outcome.DUPLICATE] * 5 + [Outcome.STORED] * 5
    lead = await world.lead()
    assert (lead.unread, lead.stage, lead.automation) == (5, "new", "agent")
    counted = await world.rows("select kind, sum(amount) as n from ledger group by kind order by kind")
    assert [(row.kind, row.n) for row in counted] == [("lead_created", 1), ("message_persisted", 5)]
