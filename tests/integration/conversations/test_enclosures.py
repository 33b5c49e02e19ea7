"""Pictures, files and stickers in a turn: a kind word for the lead, a line and a waiting lead for the team."""

from __future__ import annotations

import pytest

from app.conversations import safety
from app.conversations.chat import thread
from tests.integration.conversations.people import MANAGER
from tests.integration.conversations.world import AGENT, PHONE, World, forget

IMAGE, STICKER, DOCUMENT, VOICE = "image/jpeg", "image/webp", "application/pdf", "audio/ogg; codecs=opus"


async def sends(world: World, *files: str, text: str = "") -> None:
    for mime_type in files:
        world.gateway.lead_sends_file(AGENT, PHONE, b"data", mime_type)
    if text:
        world.gateway.lead_writes(AGENT, PHONE, text)
    await world.gateway.deliver()
    await world.pass_time(3)


@pytest.mark.parametrize(
    ("hello", "kind_words"),
    [("Hi there", "one of our consultants will"), ("Oi, tudo bem?", "vai olhar"), ("Hola, buenas", "lo va a mirar")],
)
async def test_a_file_is_answered_kindly_and_the_question_goes_on(world: World, hello: str, kind_words: str) -> None:
    await sends(world, text=hello)
    await sends(world, DOCUMENT)
    reply = (await world.replies())[-1]
    assert kind_words in reply
    assert reply.endswith("?")


async def test_the_team_is_told_and_the_lead_waits_for_a_person(world: World) -> None:
    await sends(world, IMAGE, IMAGE, text="Hi, I'm Marta")
    lead = await world.lead()
    assert lead.automation == "agent"
    assert lead.waiting_since is not None
    assert lead.due_at is not None
    said = [(bubble.author, bubble.kind, bubble.text) for bubble in await thread(MANAGER, lead.id)]
    assert ("system", "note", "Sent 2 photos: look at them.") in said
    assert lead.name == "Marta", "what was written beside it counts"
    assert len(await world.replies()) == 1


async def test_the_second_time_the_agent_says_less(world: World) -> None:
    await sends(world, IMAGE)
    await sends(world, IMAGE)
    first, second = await world.replies()
    assert "I can't look at it myself" in first
    assert "I can't look at it myself" not in second
    assert "consultants" in second


async def test_a_sticker_is_a_smile_and_nobody_has_to_look(world: World) -> None:
    await sends(world, text="Hi")
    await sends(world, STICKER)
    assert "🙂" in (await world.replies())[-1]
    assert (await world.lead()).waiting_since is None
    assert await world.rows("select 1 from message where author = 'system'") == []


@pytest.mark.parametrize(
    ("hello", "kind_words"),
    [
        ("Hi there", "can't open voice notes"),
        ("Oi, tudo bem?", "não consigo ouvir áudios"),
        ("Hola, buenas", "no puedo escuchar audios"),
    ],
)
async def test_voice_notes_that_nobody_can_hear_are_asked_for_in_writing_once(
    world: World, hello: str, kind_words: str
) -> None:
    await sends(world, text=hello)
    await sends(world, VOICE, VOICE, VOICE)
    replies = await world.replies()
    assert len(replies) == 2
    assert replies[-1].count(kind_words) == 1
    await sends(world, VOICE, text="Marta")
    assert kind_words in (await world.replies())[-1], "also beside words"


async def test_a_lead_who_waits_for_a_person_because_of_a_file_is_still_found_by_the_net(world: World) -> None:
    await sends(world, IMAGE)
    world.clock.move(seconds=1)
    await world.says("hello?")
    await forget(world, "update lead set turn_due_at = null")
    world.clock.move(seconds=130)
    assert await safety.find_forgotten() == 1
