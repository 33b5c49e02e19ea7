"""Voice notes in a turn: heard where somebody can hear, kindly refused where not."""

from __future__ import annotations

from tests.integration.conversations.world import AGENT, PHONE, World
from tests.integration.llm.conftest import with_model
from tests.support.groq_standin import Fault, Standin

VOICE = "audio/ogg; codecs=opus"


async def speaks(world: World) -> None:
    world.gateway.lead_sends_file(AGENT, PHONE, b"OggS", VOICE)
    await world.gateway.deliver()
    await world.pass_time(3)


async def test_what_a_lead_says_is_kept_beside_the_recording_and_used(world: World) -> None:
    async with with_model(Standin(heard="Hi, I'm Marta and I want an English course")):
        await speaks(world)
    note = await world.one("select * from message where direction = 'in'")
    assert note.body == "Hi, I'm Marta and I want an English course"
    assert note.media["transcript"] == note.body
    assert note.media["url"]
    lead = await world.lead()
    assert lead.name == "Marta"
    assert "English course" in lead.interest
    costs = await world.rows("select labels from ledger where kind = 'llm_cost'")
    assert {row.labels["gen_ai_request_model"] for row in costs} == {"openai/gpt-oss-20b", "whisper-large-v3-turbo"}


async def test_what_cannot_be_heard_is_asked_for_in_writing(world: World) -> None:
    async with with_model(Standin(script=[Fault.SERVER_ERROR])):
        await speaks(world)
    assert "can't open voice notes" in (await world.replies())[0]


async def test_a_recording_that_is_gone_is_asked_for_in_writing(world: World) -> None:
    world.gateway.lead_sends_file(AGENT, PHONE, b"OggS", VOICE)
    await world.gateway.deliver()
    world.gateway.forget_files()
    async with with_model(Standin()):
        await world.pass_time(3)
    assert "can't open voice notes" in (await world.replies())[0]


async def test_without_a_key_the_agent_says_kindly_that_it_cannot_listen(world: World) -> None:
    await speaks(world)
    assert "can't open voice notes" in (await world.replies())[0]
