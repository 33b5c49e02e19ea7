"""Silence lowers a rating, a word raises it again, and a person's verdict stands above both."""

from __future__ import annotations

from datetime import timedelta

from app.classification import cooling, verdicts
from app.classification.verdicts import Opinion
from app.conversations import record
from app.insights import queries
from app.vocabulary import Method, Risk, Role, Sample, Temperature
from tests.integration.conversations.people import MANAGER, answer_everything, hire, viewer
from tests.integration.conversations.world import CONSULTANT, World

MARA = viewer(0, "Mara", Role.MANAGER)


async def hot_lead(world: World) -> int:
    await hire("Ana")
    await answer_everything(world)
    lead = await world.lead()
    assert lead.temperature == "HOT"
    return lead.id


async def newest(world: World) -> object:
    return await world.one("select * from classification order by id desc limit 1")


async def test_a_silent_lead_cools_with_its_reason_and_no_more_time_for_the_consultant(world: World) -> None:
    lead_id = await hot_lead(world)
    before = await world.lead()
    world.clock.move(days=9)
    assert await cooling.cool_all() == 1
    lead = await world.lead()
    assert lead.temperature == "WARM"
    assert lead.score < before.score
    assert (lead.risk, lead.due_at, lead.updated_at) == (before.risk, before.due_at, before.updated_at)
    assert lead.version > before.version
    shown = (await record.record(MANAGER, lead_id)).classification
    assert shown is not None
    assert (shown.temperature, shown.reasons[-1][2]) == ("WARM", "Silent for 9 days")
    assert sum(points for _, points, _ in shown.reasons) == shown.score


async def test_looking_again_at_once_changes_nothing(world: World) -> None:
    await hot_lead(world)
    world.clock.move(days=9)
    assert [await cooling.cool_all(), await cooling.cool_all()] == [1, 0]
    world.clock.move(days=30)
    assert await cooling.cool_all() == 1
    assert (await world.lead()).temperature == "COLD"


async def test_silence_is_no_new_look_at_the_lead_and_is_not_counted_as_one(world: World) -> None:
    await hot_lead(world)
    counted = len(await world.rows("select 1 from ledger where kind = 'classified'"))
    world.clock.move(days=9)
    await cooling.cool_all()
    assert len(await world.rows("select 1 from ledger where kind = 'classified'")) == counted


async def test_a_lead_who_writes_again_gets_the_rating_back(world: World) -> None:
    lead_id = await hot_lead(world)
    before = await world.lead()
    world.clock.move(days=9)
    await cooling.cool_all()
    assert await cooling.sweep_revived() == 0
    # To a person, so that no turn of the agent looks at the facts anew.
    world.clock.move(seconds=1)
    await world.says("hello again", session=CONSULTANT)
    assert await cooling.sweep_revived() == 1
    lead = await world.lead()
    assert (lead.temperature, lead.score, lead.silent_since) == ("HOT", before.score, None)
    shown = (await record.record(MANAGER, lead_id)).classification
    assert shown is not None
    assert shown.reasons[-1][1:] == (0, "Wrote again after a silence")
    assert await cooling.sweep_revived() == 0
    world.clock.move(days=9)
    await cooling.cool_all()
    reasons = [reason["factor"] for reason in (await newest(world)).reasons]  # type: ignore[attr-defined]
    assert reasons.count("silence") == 1


async def test_new_facts_after_a_silence_are_rated_afresh(world: World) -> None:
    await hot_lead(world)
    world.clock.move(days=9)
    await cooling.cool_all()
    await world.says("Sorry, it turned out that I can only start in eight months")
    await world.pass_time(3)
    lead = await world.lead()
    assert (lead.temperature, lead.silent_since) == ("COLD", None)
    assert await cooling.sweep_revived() == 0


async def test_a_verdict_stops_the_cooling_and_survives_a_lead_who_writes_again(world: World) -> None:
    lead_id = await hot_lead(world)
    world.clock.move(days=9)
    await cooling.cool_all()
    await verdicts.give(MARA, lead_id, Opinion(Temperature.HOT, Risk.LOW))
    world.clock.move(days=60)
    assert await cooling.cool_all() == 0
    world.clock.move(seconds=1)
    await world.says("hello again", session=CONSULTANT)
    await cooling.sweep_revived()
    lead = await world.lead()
    assert (lead.temperature, lead.silent_since) == ("HOT", None)
    assert lead.rated_by


async def test_a_verdict_on_a_cooled_rating_is_about_the_one_that_was_made_from_the_chat(world: World) -> None:
    lead_id = await hot_lead(world)
    await world.rows("update classification set method = 'llm' returning id")
    world.clock.move(days=9)
    await cooling.cool_all()
    cooled = await newest(world)
    assert (cooled.temperature, cooled.method) == ("WARM", "rules")  # type: ignore[attr-defined]
    await verdicts.give(MARA, lead_id, Opinion(Temperature.HOT, Risk.LOW, judged=cooled.id))  # type: ignore[attr-defined]
    await world.rows("update verdict set sample = 'random' returning id")
    (counted,) = await world.rows("select labels from ledger where kind = 'classification_review'")
    assert (counted.labels["method"], counted.labels["outcome"]) == ("llm", "agree")
    agreed = await verdicts.agreement(MARA, world.clock.now() - timedelta(days=1))
    shares = {one.method: (one.temperature.value, one.n) for one in agreed if one.sample is Sample.RANDOM}
    assert shares == {Method.LLM: (1.0, 1), Method.RULES: (None, 0)}
    judged = await world.rows(queries.JUDGED, now=world.clock.now())
    assert [(one.method, one.predicted, one.said) for one in judged] == [("llm", "HOT", "HOT")]


async def test_closed_and_fresh_leads_are_left_alone(world: World) -> None:
    await hot_lead(world)
    world.clock.move(hours=30)
    assert await cooling.cool_all() == 0
    await world.rows("update lead set stage = 'lost' returning id")
    world.clock.move(days=30)
    assert await cooling.cool_all() == 0
