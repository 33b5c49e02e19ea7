"""What consultants and managers say of a rating: who may, what counts, what stays hidden, and how often they agree."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.api import queries
from app.board.live_rooms import MANAGERS, Places
from app.classification import verdicts
from app.classification.verdicts import Opinion
from app.conversations import chat, record
from app.database import reading
from app.distribution import service as distribution
from app.errors import Invalid, NotAllowed, NotFound
from app.leads import desk
from app.registry import override
from app.settings import Settings
from app.team.viewer import Viewer
from app.vocabulary import Method, Risk, Role, Sample, Temperature
from tests.integration.conversations.people import answer_everything, hire, three_leads, viewer
from tests.integration.conversations.world import World

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
WARM_LOW = Opinion(Temperature.WARM, Risk.LOW)
HOT_LOW = Opinion(Temperature.HOT, Risk.LOW)

Team = tuple[Viewer, Viewer, Viewer]


@pytest.fixture
async def team(world: World) -> Team:
    """Mara leads; Ana gets the lead, because Bruno is hired after her and has as few."""
    ana, bruno = await hire("Ana", "Bruno")
    mara = viewer(0, "Mara", Role.MANAGER)
    return mara, viewer(ana, "Ana"), viewer(bruno, "Bruno")


async def hot_lead_of(world: World, owner: Viewer) -> int:
    """A lead rated HOT, in the hands of ``owner``."""
    await answer_everything(world)
    lead = await world.lead()
    assert (lead.temperature, lead.risk) == ("HOT", "LOW")
    await distribution.assign(viewer(0, "Mara", Role.MANAGER), lead.id, owner.user_id)
    return lead.id


async def reviews(world: World) -> list[tuple[str, str, str]]:
    rows = await world.rows("select labels from ledger where kind = 'classification_review' order by id")
    return [(row.labels["method"], row.labels["outcome"], row.labels["sample"]) for row in rows]


async def test_a_correction_counts_at_once_on_card_and_clock_and_names_who_said_it(world: World, team: Team) -> None:
    _, ana, _ = team
    lead_id = await hot_lead_of(world, ana)
    before = await world.lead()
    await verdicts.give(ana, lead_id, WARM_LOW)
    card = await desk.card(lead_id)
    assert card is not None
    assert (card.temperature, card.rated_by, card.score) == ("WARM", "Ana", 69)
    after = await world.lead()
    assert after.due_at - after.waiting_since > before.due_at - before.waiting_since
    assert after.version > before.version
    assert await reviews(world) == [("rules", "disagree", "override")]
    shown = await record.record(ana, lead_id)
    assert shown.classification is not None
    assert shown.classification.temperature == "HOT"
    assert "Ana said WARM, risk low" in [text for _, text in shown.timeline]


async def test_no_later_rating_overwrites_a_verdict_but_it_is_recorded(world: World, team: Team) -> None:
    _, ana, _ = team
    lead_id = await hot_lead_of(world, ana)
    await verdicts.give(ana, lead_id, WARM_LOW)
    await world.says("Sorry, it turned out that I can only start in eight months")
    await world.pass_time(3)
    ratings = await world.rows("select temperature from classification where lead_id = :id order by id", id=lead_id)
    assert len(ratings) >= 2
    assert ratings[-1].temperature != "HOT"
    assert (await world.lead()).temperature == "WARM"
    await verdicts.take_back(ana, lead_id)
    assert (await world.lead()).temperature == ratings[-1].temperature


async def test_a_changed_verdict_replaces_the_first_and_undoing_it_brings_the_rating_back(
    world: World, team: Team
) -> None:
    _, ana, _ = team
    lead_id = await hot_lead_of(world, ana)
    await verdicts.give(ana, lead_id, WARM_LOW)
    await verdicts.give(ana, lead_id, Opinion(Temperature.COLD, Risk.HIGH))
    lead = await world.lead()
    assert (lead.temperature, lead.risk, lead.score) == ("COLD", "HIGH", 34)
    stand = await world.rows("select temperature from verdict where withdrawn_at is null")
    assert [row.temperature for row in stand] == ["COLD"]
    await verdicts.take_back(ana, lead_id)
    await verdicts.take_back(ana, lead_id)
    lead = await world.lead()
    assert (lead.temperature, lead.risk, lead.rated_by) == ("HOT", "LOW", None)
    assert len(await world.rows("select 1 from verdict")) == 2
    assert len(await world.rows("select 1 from ledger where kind = 'verdict_withdrawn'")) == 1


async def test_the_newest_of_two_peoples_verdicts_counts(world: World, team: Team) -> None:
    mara, ana, _ = team
    lead_id = await hot_lead_of(world, ana)
    await verdicts.give(ana, lead_id, WARM_LOW)
    await verdicts.give(mara, lead_id, HOT_LOW)
    assert (await world.lead()).temperature == "HOT"
    await verdicts.take_back(mara, lead_id)
    lead = await world.lead()
    assert (lead.temperature, lead.rated_by) == ("WARM", "Ana")


async def test_only_the_owner_and_managers_judge_and_only_what_is_rated(world: World, team: Team) -> None:
    mara, ana, bruno = team
    lead_id = await hot_lead_of(world, ana)
    with pytest.raises(NotFound):
        await verdicts.give(bruno, lead_id, WARM_LOW)
    with pytest.raises(NotFound):
        await verdicts.take_back(bruno, lead_id)
    unrated = (await three_leads(world))[-1]
    with pytest.raises(NotAllowed):
        await verdicts.give(bruno, unrated, WARM_LOW)
    with pytest.raises(Invalid):
        await verdicts.give(mara, unrated, WARM_LOW)
    assert await reviews(world) == []


async def test_a_verdict_is_about_the_rating_that_was_seen_when_it_is_this_leads(world: World, team: Team) -> None:
    _, ana, _ = team
    lead_id = await hot_lead_of(world, ana)
    first = await world.one("select min(id) as id from classification")
    for judged in (first.id, 10**9):
        await verdicts.give(ana, lead_id, Opinion(Temperature.WARM, Risk.LOW, judged))
    newest = await world.one("select max(id) as id from classification")
    rows = await world.rows("select classification_id as id from verdict order by id")
    assert [row.id for row in rows] == [first.id, newest.id]


@pytest.fixture
def all_drawn(settings: Settings):
    """Every lead belongs to the sample."""
    with override(Settings, settings.model_copy(update={"review_share": 1.0})):
        yield


@pytest.mark.usefixtures("all_drawn")
async def test_who_is_asked_blindly_learns_nothing_of_the_rating_before_the_verdict(world: World, team: Team) -> None:
    mara, ana, _ = team
    lead_id = await hot_lead_of(world, ana)
    blind = await record.record(ana, lead_id)
    assert blind.blind
    assert (blind.temperature, blind.risk, blind.score, blind.classification) == (None, None, None, None)
    assert not any("Rated" in text for _, text in blind.timeline)
    (card,) = await desk.board(ana)
    assert (card.temperature, card.risk, card.score) == (None, None, None)
    lead = await world.lead()
    shortest = int(lead.waiting_since.timestamp() + 5 * 60) * 1000
    assert (card.due_at, blind.due_at) == (shortest, shortest)
    seen = await record.record(mara, lead_id)
    assert (seen.blind, seen.temperature) == (False, "HOT")
    assert [one.temperature for one in await desk.board(mara)] == ["HOT"]

    await verdicts.give(ana, lead_id, WARM_LOW)
    revealed = await record.record(ana, lead_id)
    assert revealed.classification is not None
    assert (revealed.temperature, revealed.classification.temperature) == ("WARM", "HOT")
    assert await reviews(world) == [("rules", "disagree", "random")]


@pytest.mark.usefixtures("all_drawn")
async def test_a_managers_word_does_not_end_the_blindness_of_the_consultant(world: World, team: Team) -> None:
    mara, ana, _ = team
    lead_id = await hot_lead_of(world, ana)
    await verdicts.give(mara, lead_id, WARM_LOW)
    blind = await record.record(ana, lead_id)
    assert (blind.blind, blind.temperature, blind.rated_by, blind.verdicts) == (True, None, None, ())
    await verdicts.give(ana, lead_id, HOT_LOW)
    assert await reviews(world) == [("rules", "disagree", "override"), ("rules", "agree", "random")]


@pytest.mark.usefixtures("all_drawn")
async def test_a_lead_is_drawn_once_and_asked_for_once(world: World, team: Team, settings: Settings) -> None:
    mara, ana, bruno = team
    lead_id = await hot_lead_of(world, ana)
    await verdicts.give(ana, lead_id, WARM_LOW)
    with override(Settings, settings.model_copy(update={"review_share": 0.0})):
        await distribution.assign(mara, lead_id, bruno.user_id)
        await world.says("I changed my mind, next year is fine")
        await world.pass_time(3)
    lead = await world.lead()
    assert (lead.sampled, lead.blind) == (True, False)
    await verdicts.give(bruno, lead_id, HOT_LOW)
    assert [sample for *_, sample in await reviews(world)] == ["random", "override"]


@pytest.mark.usefixtures("all_drawn")
async def test_the_api_tells_a_consultant_no_more_than_the_board(world: World, team: Team) -> None:
    mara, ana, _ = team
    lead_id = await hot_lead_of(world, ana)
    hot = queries.LeadFilter(temperature=Temperature.HOT)
    async with reading() as db:
        listed = await queries.leads(db, ana, queries.LeadFilter(), after=None, limit=9)
        one = await queries.lead(db, ana, lead_id)
        assert (await queries.leads(db, ana, hot, after=None, limit=9)).items == []
        assert len((await queries.leads(db, mara, hot, after=None, limit=9)).items) == 1
        assert (await queries.lead(db, mara, lead_id))["temperature"] == "HOT"
    assert [item["temperature"] for item in listed.items] == [None]
    assert (one["temperature"], one["risk"], one["score"], one["classification"]) == (None, None, None, None)


@pytest.mark.usefixtures("all_drawn")
async def test_nobody_is_asked_about_a_lead_who_opted_out(world: World, team: Team) -> None:
    mara, ana, _ = team
    lead_id = await hot_lead_of(world, ana)
    await chat.opt_out(mara, lead_id)
    shown = await record.record(ana, lead_id)
    assert (shown.blind, shown.temperature) == (False, "HOT")
    assert [card.temperature for card in await desk.board(ana)] == ["HOT"]


async def test_nobody_is_asked_blindly_when_no_lead_is_drawn(world: World, team: Team, settings: Settings) -> None:
    _, ana, _ = team
    with override(Settings, settings.model_copy(update={"review_share": 0.0})):
        lead_id = await hot_lead_of(world, ana)
    assert not (await record.record(ana, lead_id)).blind
    assert (await world.lead()).sampled is False


def test_a_covered_card_goes_to_consultants_and_the_whole_one_to_managers() -> None:
    whole, covered = {"temperature": "HOT"}, {"temperature": None}
    emits = Places().change(7, 3, whole, covered)
    assert [(emit.rooms, emit.keys["card_7"]) for emit in emits] == [((MANAGERS,), whole), (("user:3",), covered)]


async def test_agreement_keeps_samples_and_methods_apart_and_counts_each_person_once(
    world: World, team: Team, settings: Settings
) -> None:
    mara, ana, _ = team
    with override(Settings, settings.model_copy(update={"review_share": 1.0})):
        lead_id = await hot_lead_of(world, ana)
    await verdicts.give(ana, lead_id, Opinion(Temperature.HOT, Risk.HIGH))
    await verdicts.give(ana, lead_id, WARM_LOW)
    await verdicts.give(mara, lead_id, WARM_LOW)
    await verdicts.give(mara, lead_id, HOT_LOW)
    rows = {(row.sample, row.method): row for row in await verdicts.agreement(mara, LONG_AGO)}
    assert len(rows) == 4
    drawn, unasked = rows[Sample.RANDOM, Method.RULES], rows[Sample.OVERRIDE, Method.RULES]
    assert (drawn.n, drawn.temperature.value, drawn.risk.value) == (1, 1.0, 0.0)
    assert (unasked.n, unasked.temperature.agreed) == (2, 1)
    assert 0.0 < drawn.temperature.low < 1.0
    assert rows[Sample.RANDOM, Method.LLM].n == 0
    assert rows[Sample.RANDOM, Method.LLM].temperature.value is None
    world.clock.move(days=1)
    assert sum(row.n for row in await verdicts.agreement(mara, world.clock.now())) == 0
    with pytest.raises(NotAllowed):
        await verdicts.agreement(ana, LONG_AGO)
