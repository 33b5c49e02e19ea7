"""Briefs that a model words, through the real client: taken where they stand the check, and paid for."""

from __future__ import annotations

from app.conversations import brief
from tests.integration.conversations.people import hire
from tests.integration.conversations.world import World
from tests.integration.llm.conftest import with_model
from tests.integration.llm.test_turns_with_a_model import ledger, tell_everything
from tests.support.groq_standin import Fault, Standin


async def test_a_model_words_the_brief_and_is_paid_for_it(world: World, standin: Standin) -> None:
    await hire("Ana")
    async with with_model(standin):
        await tell_everything(world)
        await brief.sweep_due()
        await world.work()
    stored = await world.one("select wants, mood, suggestion, method, model from brief")
    assert (stored.method, stored.model, stored.mood) == ("llm", "openai/gpt-oss-20b", "Friendly.")
    assert stored.suggestion.endswith("What would you like to know?")
    assert "reply" in {row.labels["gen_ai_prompt_name"] for row in await ledger(world, "llm_cost")}
    assert not any("marta.silva" in str(body) for body in standin.asked)


async def test_a_model_that_fails_leaves_the_brief_to_the_rules(world: World) -> None:
    await hire("Ana")
    failing = Standin(rates={Fault.SERVER_ERROR: 1.0})
    async with with_model(failing, llm_deadline_seconds=0.6, brief_deadline_seconds=0.6):
        await tell_everything(world)
        await brief.sweep_due()
        await world.work()
    stored = await world.one("select wants, method, model from brief")
    assert (stored.method, stored.model) == ("rules", None)
    assert stored.wants.startswith("Marta Silva, Lisbon, wants")
