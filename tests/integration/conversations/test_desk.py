"""What the team does on the board: who sees what, moves and their conflicts, taking, writing, noting."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.conversations import chat, record
from app.database import transaction
from app.distribution import service as distribution
from app.errors import Invalid, NotAllowed, NotFound, Stale
from app.leads import desk, service
from app.team.viewer import Viewer
from app.vocabulary import Role, Source, Stage
from app.whatsapp.gateway import SessionRef
from metrics.registry import REGISTRY
from tests.integration.conversations.people import answer_everything, hire, three_leads, viewer
from tests.integration.conversations.world import AGENT, CONSULTANT, World


@pytest.fixture
async def team(world: World) -> tuple[Viewer, Viewer, Viewer]:
    """Mara leads, Ana and Bruno consult."""
    ana, bruno = await hire("Ana", "Bruno")
    return viewer(0, "Mara", Role.MANAGER), viewer(ana, "Ana"), viewer(bruno, "Bruno")


Team = tuple[Viewer, Viewer, Viewer]


async def test_consultants_see_their_own_and_unassigned_leads_managers_all(world: World, team: Team) -> None:
    mara, ana, bruno = team
    first, second, third = await three_leads(world)
    await distribution.take(ana, first)
    await distribution.assign(mara, second, bruno.user_id)
    assert {card.id for card in await desk.board(mara)} == {first, second, third}
    assert {card.id for card in await desk.board(ana)} == {first, third}
    for card in await desk.board(mara):
        assert desk.visible_to(card, bruno) == (card.id != first)
    with pytest.raises(NotFound):
        await chat.thread(bruno, first)
    with pytest.raises(NotFound):
        await record.record(bruno, first)
    with pytest.raises(NotFound):
        await chat.write(bruno, first, "hi")
    with pytest.raises(NotFound):
        await desk.move(bruno, first, Stage.WON, version=99)


async def test_a_card_says_what_the_board_shows(world: World, team: Team) -> None:
    await answer_everything(world)
    lead = await world.lead()
    card = await desk.card(lead.id)
    assert card is not None
    shown = desk.card_json(card)
    assert (shown["name"], shown["temperature"], shown["facts_known"]) == ("Marta Silva", "HOT", 7)
    assert shown["owner_initials"] in {"A", "B"}
    assert shown["window_closes_at"] - shown["waiting_since"] > 0
    assert await desk.card(lead.id + 1) is None


async def test_a_move_places_the_card_between_its_neighbours(world: World, team: Team) -> None:
    mara, *_ = team
    first, second, third = await three_leads(world)
    for lead in (first, second):
        world.clock.move(seconds=1)
        await desk.move(mara, lead, "working", version=2)
    card = await desk.move(mara, third, "working", version=2, before=first, after=second)
    places = {c.id: c.position for c in await desk.board(mara)}
    assert places[second] < card.position < places[first]
    assert (card.stage, card.moved_by) == ("working", "Mara")
    top = await desk.move(mara, first, "working", version=card.version + 9, before=second)
    assert top.position < places[second]


async def test_a_stale_move_is_refused_and_says_who_was_quicker(world: World, team: Team) -> None:
    mara, ana, _ = team
    first, *_ = await three_leads(world)
    seen = (await world.one("select version from lead where id = :id", id=first)).version
    await desk.move(mara, first, "won", version=seen)
    with pytest.raises(Stale, match="Mara") as refused:
        await desk.move(ana, first, "lost", version=seen)
    assert refused.value.facts["stage"] == "won"
    assert (await world.one("select stage from lead where id = :id", id=first)).stage == "won"


async def test_a_mere_message_does_not_make_a_move_stale(world: World, team: Team) -> None:
    mara, *_ = team
    await world.says("hello")
    lead = await world.lead()
    await world.says("one more")
    assert (await desk.move(mara, lead.id, "lost", version=lead.version)).stage == "lost"


async def test_a_column_that_does_not_exist_is_refused(world: World, team: Team) -> None:
    mara, *_ = team
    (first, *_) = await three_leads(world)
    with pytest.raises(Invalid):
        await desk.move(mara, first, "nirvana", version=1)
    with pytest.raises(NotFound):
        await desk.move(mara, 10**9, "won", version=1)


async def test_a_lead_is_taken_once(world: World, team: Team) -> None:
    mara, ana, bruno = team
    first, *_ = await three_leads(world)
    await distribution.take(ana, first)
    await distribution.take(ana, first)
    with pytest.raises(NotFound):
        await distribution.take(bruno, first)
    with pytest.raises(Stale):
        await distribution.take(mara, first)
    with pytest.raises(NotAllowed):
        await distribution.take(mara, (await three_leads(world))[1])
    card = await desk.card(first)
    assert card is not None
    assert (card.stage, card.owner_id) == ("qualified", ana.user_id)


async def test_reassigning_releases_the_former_assignment(world: World, team: Team) -> None:
    mara, ana, bruno = team
    first, *_ = await three_leads(world)
    await distribution.take(ana, first)
    await distribution.assign(ana, first, bruno.user_id)
    with pytest.raises(NotFound):
        await distribution.assign(ana, first, ana.user_id)
    with pytest.raises(Invalid):
        await distribution.assign(mara, first, 10**9)
    rows = await world.rows("select consultant_id, released_at from assignment order by id")
    assert [row.released_at is None for row in rows] == [False, True]
    shown = await record.record(bruno, first)
    assert shown.assignment is not None
    assert (shown.assignment.consultant, shown.assignment.reason) == ("Bruno", "by_hand")


async def test_an_answer_typed_on_the_phone_counts_as_the_consultants_first(world: World, team: Team) -> None:
    mara, ana, _ = team
    first, *_ = await three_leads(world)
    await distribution.assign(mara, first, ana.user_id)
    counted = "leadline_consultant_response_seconds_count"
    before = REGISTRY.get_sample_value(counted) or 0
    for text in ("Hello, this is Ana", "Shall we talk tomorrow?"):
        world.gateway.phone_writes(CONSULTANT, "15550100120", text)
        await world.gateway.deliver()
    assert REGISTRY.get_sample_value(counted) == before + 1


async def test_a_consultant_writes_through_the_consultants_number(world: World, team: Team) -> None:
    _, ana, _ = team
    await answer_everything(world)
    lead = await world.lead()
    owner = ana if lead.owner_id == ana.user_id else team[2]
    bubble = await chat.write(owner, lead.id, "  Hello Marta, this is me.  ")
    assert (bubble.text, bubble.session, bubble.status) == ("Hello Marta, this is me.", "consultant", "queued")
    await world.settle()
    assert await world.replies(CONSULTANT) == ["Hello Marta, this is me."]
    after = await world.lead()
    assert (after.automation, after.waiting_since, after.preview_author) == ("human", None, "human")
    assert (await world.one("select first_contact_at from assignment")).first_contact_at is not None
    await world.says("Great, thanks", session=CONSULTANT)
    shown = await record.record(owner, lead.id)
    assert shown.reply_session == "consultant"
    await world.says("writing here again")
    assert (await record.record(owner, lead.id)).reply_session == "agent"


async def test_a_draft_whose_answer_was_lost_is_written_once(world: World, team: Team) -> None:
    ana = team[1]
    await world.says("hello")
    lead = await world.lead()
    first = await chat.write(ana, lead.id, "Shall we talk?", draft_id="draft-one")
    assert await chat.write(ana, lead.id, "Shall we talk?", draft_id="draft-one") == first
    with pytest.raises(Stale, match="sent already"):
        await chat.write(ana, lead.id, "Shall we talk today?", draft_id="draft-one")
    noted = await chat.note(ana, lead.id, "Called.", draft_id="draft-two")
    assert (await chat.note(ana, lead.id, "Called.", draft_id="draft-two")).id == noted.id
    await world.settle()
    assert await world.replies(CONSULTANT) == ["Shall we talk?"]


@pytest.mark.parametrize("text", ["", "   \n ", "x" * 4097])
async def test_what_cannot_be_sent_is_refused(world: World, team: Team, text: str) -> None:
    await world.says("hello")
    lead = await world.lead()
    with pytest.raises(Invalid):
        await chat.write(team[0], lead.id, text)


async def test_nobody_writes_to_a_lead_who_opted_out_until_they_allow_it_again(world: World, team: Team) -> None:
    mara, *_ = team
    await world.says("hello")
    lead = await world.lead()
    await chat.opt_out(mara, lead.id)
    for attempt in (chat.write(mara, lead.id, "hi"), chat.return_to_agent(mara, lead.id)):
        with pytest.raises(Stale):
            await attempt
    await chat.opt_in(mara, lead.id)
    await chat.write(mara, lead.id, "Welcome back")
    await world.settle()
    assert await world.replies(CONSULTANT) == ["Welcome back"]
    rows = await world.rows("select granted from consent order by id")
    assert [row.granted for row in rows] == [False, True]


@pytest.mark.parametrize("session", [AGENT, CONSULTANT])
async def test_a_stop_word_to_a_person_counts_at_once(world: World, team: Team, session: SessionRef) -> None:
    mara, *_ = team
    await world.says("hello")
    lead = await world.lead()
    await chat.write(mara, lead.id, "Mara here")
    await world.settle()
    await world.says("please do not stop the course", session=session)
    assert (await world.lead()).automation == "human"
    await world.says("STOP", session=session)
    lead = await world.lead()
    assert (lead.automation, lead.stage) == ("off", "lost")
    assert [row.how for row in await world.rows("select how from consent")] == ["asked_in_chat"]
    with pytest.raises(Stale):
        await chat.write(mara, lead.id, "One more thing")


async def test_a_first_turn_claims_no_move_that_somebody_else_made(world: World, team: Team) -> None:
    mara, *_ = team
    await world.says("hello")
    lead = await world.lead()
    await desk.move(mara, lead.id, Stage.WORKING, version=lead.version)
    await world.pass_time(3)
    rows = await world.rows("select before, after, by_name from stage_change order by id")
    assert [tuple(row) for row in rows] == [("new", "working", "Mara")]


async def test_a_note_stays_inside_the_team(world: World, team: Team) -> None:
    mara, *_ = team
    await world.says("hello")
    lead = await world.lead()
    await chat.note(mara, lead.id, "Call after lunch")
    await world.pass_time(1)
    assert await world.replies(CONSULTANT) == []
    bubbles = await chat.thread(mara, lead.id)
    assert [(b.kind, b.author, b.text) for b in bubbles] == [
        ("text", "lead", "hello"),
        ("note", "human", "Call after lunch"),
    ]
    assert [b.text for b in await chat.thread(mara, lead.id, before_id=bubbles[-1].id)] == ["hello"]


async def test_within_one_second_the_thread_stands_in_the_order_of_arrival(world: World, team: Team) -> None:
    mara, *_ = team
    await world.says("hello")
    lead = await world.lead()
    world.clock.move(seconds=0.4)
    await chat.note(mara, lead.id, "Call after lunch")
    world.clock.move(seconds=0.2)
    await world.says("are you there?")
    bubbles = await chat.thread(mara, lead.id)
    assert [bubble.text for bubble in bubbles] == ["hello", "Call after lunch", "are you there?"]
    assert bubbles[2].sent_at < bubbles[1].sent_at


async def test_a_message_on_its_way_cannot_be_sent_again(world: World, team: Team) -> None:
    mara, *_ = team
    await world.says("hello")
    lead = await world.lead()
    bubble = await chat.write(mara, lead.id, "Hi")
    with pytest.raises(Stale):
        await chat.retry(mara, bubble.id)
    with pytest.raises(NotFound):
        await chat.retry(mara, 10**9)


async def test_reading_a_chat_clears_its_badge_for_its_owner_only(world: World, team: Team) -> None:
    mara, ana, _ = team
    await world.says("hello", "anyone?")
    lead = await world.lead()
    await distribution.take(ana, lead.id)
    await desk.mark_read(mara, lead.id)
    assert (await world.lead()).unread == 2
    await desk.mark_read(ana, lead.id)
    assert (await world.lead()).unread == 0


async def test_the_record_shows_facts_with_quotes_gaps_reasons_and_history(world: World, team: Team) -> None:
    mara, *_ = team
    await answer_everything(world)
    lead = await world.lead()
    shown = await record.record(mara, lead.id)
    email = next(fact for fact in shown.facts if fact.name == "email")
    assert (email.value, email.known) == ("marta.silva@example.com", True)
    assert email.message_id is not None
    assert shown.classification is not None
    assert sum(points for _, points, _ in shown.classification.reasons) == shown.classification.score
    assert shown.assignment is not None
    assert len(shown.assignment.considered) == 2
    assert shown.phones == ["+15550100110"]
    texts = [text for _, text in shown.timeline]
    assert texts[-1] == "First seen, from WhatsApp"
    assert any("by round robin" in text for text in texts)


async def test_a_lead_added_by_hand_is_the_same_person_when_they_write(world: World, team: Team) -> None:
    mara, *_ = team
    added = await service.create(mara, phone="+1 555 010 0110", name="Marta", source=Source.FORM)
    assert await service.create(mara, phone="15550100110") == added
    await world.says("hello")
    lead = await world.lead()
    assert (lead.id, lead.name, lead.source) == (added, "Marta", "form")
    with pytest.raises(Invalid):
        await service.create(mara, phone="call me")
    with pytest.raises(Invalid):
        await service.create(mara, phone="+1 5")


async def test_every_change_of_a_card_is_told_to_the_boards(world: World, team: Team, database_url: str) -> None:
    import psycopg

    listener = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    await listener.execute("listen leadline")
    await world.says("hello")
    lead = await world.lead()
    await desk.move(team[0], lead.id, "working", version=lead.version)
    async with transaction() as db:
        await db.execute(sa.text("select 1"))
    told = [notice.payload async for notice in listener.notifies(timeout=0.5)]
    await listener.close()
    assert told.count(f'{{"k":"lead","id":{lead.id}}}') == 2
    assert any(payload.startswith('{"k":"message"') for payload in told)
    assert not any("hello" in payload or "1555" in payload for payload in told)


async def test_who_writes_to_a_lead_that_nobody_has_takes_it(world: World, team: Team) -> None:
    mara, ana, bruno = team
    await world.says("hello")
    lead = await world.lead()
    await chat.write(mara, lead.id, "This is Mara")
    assert (await world.lead()).owner_id is None, "a manager helps out without taking it"
    await chat.write(ana, lead.id, "This is Ana")
    after = await world.lead()
    assert (after.owner_id, after.stage) == (ana.user_id, "qualified")
    with pytest.raises(NotFound):
        await chat.write(bruno, lead.id, "This is Bruno")
