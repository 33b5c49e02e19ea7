"""Turns with a language model: what it reads, costs and judges is stored, and its failures are nobody's trouble."""

from __future__ import annotations

from typing import Any

from app.classification import service as classification
from app.classification.rubric import Evidence
from app.conversations import interviews
from app.database import reading, transaction
from app.leads import repository as leads
from app.qualification.facts import Fact, FactName, Timeline
from tests.integration.conversations.world import World
from tests.integration.llm.conftest import with_model
from tests.support.groq_standin import EACH, Fault, Standin
from tests.support.groq_standin_mind import think

EVERYTHING = (
    "Hi! I'm Marta Silva, marta.silva@example.com, from Lisbon. I want to enrol in the evening English course,",
    "I can pay up to 900 euros, want to start next week, and I decide on my own.",
)


async def tell_everything(world: World) -> None:
    await world.says(*EVERYTHING)
    await world.pass_time(3)
    for _ in range(6):
        if (await world.lead()).qualified_at is not None:
            return
        await world.says("yes, that is right")
        await world.pass_time(3)


async def ledger(world: World, kind: str) -> list[Any]:
    return await world.rows("select labels, amount from ledger where kind = :kind order by id", kind=kind)


async def test_an_interview_is_read_and_judged_by_the_model_and_each_call_is_accounted_for(
    world: World, standin: Standin
) -> None:
    async with with_model(standin):
        await tell_everything(world)
    lead = await world.lead()
    assert (lead.stage, lead.temperature) == ("qualified", "HOT")
    newest = await world.one("select * from classification order by id desc limit 1")
    assert (newest.method, newest.model, newest.fallback_reason) == ("llm", "openai/gpt-oss-20b", None)
    assert newest.tokens > 0
    assert newest.cost_usd > 0
    assert newest.latency_ms > 0
    costs = await ledger(world, "llm_cost")
    assert {row.labels["gen_ai_prompt_name"] for row in costs} == {"extract", "classify"}
    assert len(costs) == standin.met["answered"]
    assert 0 < sum(float(row.amount) for row in costs) < 0.001
    assert not any("marta.silva" in str(body) for body in standin.asked)


async def test_the_rules_answer_where_the_model_fails_and_the_ledger_says_why(world: World) -> None:
    async with with_model(Standin(rates={Fault.SERVER_ERROR: 1.0}), llm_deadline_seconds=3.0):
        await tell_everything(world)
    assert (await world.lead()).stage == "qualified"
    reasons = {row.labels["reason"] for row in await ledger(world, "classification_fallback")}
    assert reasons == {"http_5xx", "circuit_open"}
    newest = await world.one("select * from classification order by id desc limit 1")
    assert newest.method == "rules"
    assert newest.fallback_reason in reasons


async def test_a_spent_budget_ends_the_models_part_and_nothing_else(world: World, standin: Standin) -> None:
    async with with_model(standin, llm_tokens_per_lead=100):
        await tell_everything(world)
    assert standin.met["answered"] == 1
    assert (await world.lead()).stage == "qualified"
    assert {row.labels["reason"] for row in await ledger(world, "classification_fallback")} == {"budget"}


async def test_every_lead_is_answered_while_everything_fails_now_and_then(world: World) -> None:
    phones = [f"155501002{number:02}" for number in range(20)]
    standin = Standin(rates=dict.fromkeys(EACH, 0.1), seed=7)
    async with with_model(standin, llm_deadline_seconds=1.0, llm_try_seconds=0.3):
        for phone in phones:
            await world.says("Hi, I want an English course", phone=phone)
        await world.pass_time(3)
        for phone in phones:
            await world.says("I'm Ana from Lisbon", phone=phone)
        await world.pass_time(3)
    (unanswered,) = await world.one("select count(*) from lead where first_unanswered_at is not null")
    assert unanswered == 0
    assert len(await world.replies()) == 2 * len(phones)
    assert set(standin.met) > {"answered"}


def cold(shape: str, system: str, said: dict[str, Any]) -> dict[str, Any]:
    """A model that finds every lead cold."""
    thought = think(shape, system, said)
    if shape == "judged":
        thought |= {"temperature": "COLD", "reasons": [{"factor": "mood", "points": 20, "text": "Does not convince"}]}
    return thought


async def test_a_models_judgement_stands_until_the_rules_see_a_change(world: World) -> None:
    async with with_model(Standin(mind=cold)):
        await tell_everything(world)
    lead = await world.lead()
    assert (lead.temperature, lead.score) == ("COLD", 20)
    async with reading() as db:
        seen = interviews.evidence((await interviews.load(db, lead.id)).progress)
    assert await rated(lead.id, seen, world) == "COLD"
    later = Fact(FactName.TIMELINE, Timeline.DAYS_90, 0.9, "in two months")
    assert await rated(lead.id, Evidence({**seen.facts, FactName.TIMELINE: later}, seen.signals), world) == "WARM"


async def rated(lead_id: int, evidence: Evidence, world: World) -> str | None:
    """What the lead shows after the rules have looked at it once more."""
    async with transaction() as db:
        lead = await leads.lock(db, lead_id)
        await classification.rate(db, lead, evidence, world.clock.now())
        return lead.temperature


async def test_a_model_cannot_call_somebody_hot_who_the_rules_know_is_abusive(world: World) -> None:
    def hot(shape: str, system: str, said: dict[str, Any]) -> dict[str, Any]:
        thought = think(shape, system, said)
        if shape == "judged":
            reason = {"factor": "hype", "points": 100, "text": "Sounds rich"}
            thought |= {"temperature": "HOT", "risk": "LOW", "reasons": [reason]}
        return thought

    async with with_model(Standin(mind=hot)):
        await world.says("Let me talk to a real person, you fucking idiots")
        await world.pass_time(3)
    lead = await world.lead()
    assert (lead.temperature, lead.risk) == ("COLD", "HIGH")
