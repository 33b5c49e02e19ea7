"""A webhook comes in, a reply goes out, and in the end there is a lead that somebody owns."""

from __future__ import annotations

import pytest

from app.simulator.lexicon import Slot
from app.simulator.personas import Budget, Facts, Kind, Persona
from tests.acceptance.whole_way.town import Lead, Town, until

TEAM = {"Ana Ribeiro", "Bruno Costa", "Carla Núñez"}
BUYERS = {
    "en": Facts(
        "Grace Okafor", "grace@example.com", "business English", "Leeds", Budget(2400, "USD", "month"), "now", "self"
    ),
    "pt": Facts(
        "Rafael Nogueira",
        "rafael@example.com",
        "curso de inglês",
        "Recife",
        Budget(1200, "BRL", "month"),
        "30d",
        "self",
    ),
    "es": Facts(
        "Lucía Ferrer", "lucia@example.com", "clases de inglés", "Sevilla", Budget(800, "EUR", "month"), "now", "self"
    ),
}


async def said(lead: Lead) -> list[tuple[str, str]]:
    return [(message["author"], message["text"]) for message in await lead.messages()]


async def test_a_message_is_answered_and_both_are_on_record(town: Town):
    lead = await town.meet("Elena Marchetti")

    await lead.write("Hello, I would like to learn English")
    reply = await lead.hear()

    await town.settled([lead])
    assert await said(lead) == [("lead", "Hello, I would like to learn English"), ("agent", reply)]


async def test_a_reply_is_seen_to_be_read(town: Town):
    lead = await town.meet("Rui Tavares")

    await lead.write("Hello")
    await lead.hear()

    async def read() -> bool:
        return (await lead.messages())[-1]["status"] == "read"

    assert await until(read)


@pytest.mark.parametrize("addressing", ["lid", "lid_only"])
async def test_a_lead_whose_number_is_hidden_is_answered(town: Town, addressing: str):
    lead = await town.meet("Hidden Number", addressing=addressing)

    await lead.write("Hello, I would like to learn English")
    await lead.hear()

    await town.nothing_was_lost_or_doubled([lead])


async def test_a_burst_gets_one_reply(town: Town):
    lead = await town.meet("Marta Lindqvist")

    await lead.write("Hi", "I want to learn Spanish", "in the evenings", "my name is Marta Lindqvist")
    await lead.hear()

    await town.settled([lead])
    assert len(await lead.texts()) == 1
    assert (await lead.record())["qualification"]["facts"]["name"] == "Marta Lindqvist"


@pytest.mark.parametrize("language", ["en", "pt", "es"])
async def test_a_conversation_ends_with_a_rated_lead_that_a_consultant_owns(town: Town, language: str):
    facts = BUYERS[language]
    lead = await town.meet(facts.name, language)

    await lead.play(Persona(Kind.EAGER, language, facts, seed=11))

    record = await lead.becomes(lambda lead: lead["owner"])
    assert record["stage"] == "qualified"
    assert record["language"] == language
    assert record["owner"]["name"] in TEAM
    assert record["assignment"]["consultant"] == record["owner"]["name"]
    assert record["qualification"]["outcome"] == "completed"
    assert {Slot(name) for name in record["qualification"]["facts"]} == set(Slot)
    assert (record["temperature"], record["risk"]) == ("HOT", "LOW")
    assert record["classification"]["reasons"]
    await town.settled([lead])
    await town.nothing_was_lost_or_doubled([lead])


async def test_whoever_opts_out_hears_it_once_and_then_nothing(town: Town):
    lead = await town.meet("Noah Bennett")
    await lead.write("Hello, I would like to learn English")
    await lead.hear()

    await lead.write("Please stop messaging me")
    await lead.hear()
    before = await lead.texts()
    record = await lead.becomes(lambda lead: lead["automation"] == "off")
    assert record["qualification"]["outcome"] == "opted_out"

    await lead.write("Are you still there?")
    # Somebody who writes later is answered, so that the silence is not just slowness.
    later = await town.meet("Emma Carter")
    await later.write("Hello")
    await later.hear()
    assert await lead.texts() == before
    assert ("lead", "Are you still there?") in await said(lead)


async def test_whoever_asks_for_a_person_gets_one_and_the_agent_keeps_out(town: Town):
    lead = await town.meet("Priya Nair")
    await lead.write("Hello, I would like to learn English")
    await lead.hear()

    await lead.write("Can I talk to a real person?")
    await lead.hear()
    record = await lead.becomes(lambda lead: lead["owner"] and lead["automation"] == "human")
    assert record["qualification"]["outcome"] == "handed_over"
    assert record["owner"]["name"] in TEAM
    before = await lead.texts()

    await lead.write("Is anybody there?")
    later = await town.meet("Liam Carter")
    await later.write("Hello")
    await later.hear()
    assert await lead.texts() == before
    assert (await lead.record())["unread"] > 0


async def test_the_agent_keeps_out_after_somebody_wrote_on_the_business_phone(town: Town):
    lead = await town.meet("Diego Salinas", "es")
    await lead.write("Hola, quiero aprender inglés")
    await lead.hear()

    wish = {"number": lead.number, "text": "Hola Diego, soy Ana", "session": "agent"}
    await town.simulator.call("POST", "/_sim/phone-send", wish)
    await lead.becomes(lambda lead: lead["automation"] == "human")
    before = await lead.texts()

    await lead.write("¿Cuánto cuesta?")
    later = await town.meet("Camila Freitas", "pt")
    await later.write("Oi")
    await later.hear()
    assert await lead.texts() == before
    assert ("human", "Hola Diego, soy Ana") in await said(lead)
