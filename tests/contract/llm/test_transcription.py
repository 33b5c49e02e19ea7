"""Voice notes over the real ``groq`` client and the stand-in."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from app.clock import FixedClock
from app.llm.assembly import budget_of, transcriber_of
from app.llm.errors import ChatFailed, EmptyAnswer, ModelDown, ModelResting, ModelTimedOut, UnusableAnswer
from app.llm.groq import groq_client
from app.llm.transcription import Transcriber
from app.settings import load_settings
from app.vocabulary import Language
from app.whatsapp.breaker import Breaker
from tests.support.groq_standin import Fault, Standin, standing_in


@asynccontextmanager
async def listener(standin: Standin, **changes: object) -> AsyncIterator[Transcriber]:
    settings = load_settings(**changes)
    async with standing_in(standin) as url, groq_client("test-groq-key", url) as client:
        budget = budget_of(settings, FixedClock())
        yield transcriber_of(settings, client, budget, lambda model: Breaker(model, failures=1))


async def test_what_is_said_is_written_down_and_noise_is_not() -> None:
    groq = Standin(heard="Quero um curso de espanhol")
    async with listener(groq) as whisper:
        told = await whisper.transcribe(b"OggS", mime_type="audio/ogg; codecs=opus", language=Language.PT)
    assert told.text == "Quero um curso de espanhol"
    assert told.charge.usd == Decimal("10.0") * Decimal("0.04") / 3600
    assert groq.asked[0]["model"] == "whisper-large-v3-turbo"
    assert groq.asked[0]["language"] == "pt"


@pytest.mark.parametrize(
    "mime_type", ["audio/ogg", "audio/mp4", "audio/x-wav", "AUDIO/MPEG; rate=44100", "audio/webm", "nonsense", ""]
)
async def test_a_recording_has_an_ending_that_the_service_takes_whatever_the_host_calls_it(
    mime_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mimetypes, "guess_extension", lambda *_: ".oga")
    async with listener(Standin()) as whisper:
        assert (await whisper.transcribe(b"OggS", mime_type=mime_type, language=None)).text


async def test_a_language_that_nobody_knows_is_left_to_the_model() -> None:
    groq = Standin()
    async with listener(groq, transcription_usd_per_hour=0) as whisper:
        told = await whisper.transcribe(b"OggS", mime_type="nonsense", language=None)
    assert "language" not in groq.asked[0]
    assert told.charge.usd is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.EMPTY, EmptyAnswer),
        (Fault.MALFORMED, UnusableAnswer),
        (Fault.SERVER_ERROR, ModelDown),
        (Fault.HANG, ModelTimedOut),
    ],
)
async def test_what_cannot_be_heard_is_told_by_its_reason(fault: Fault, error: type[ChatFailed]) -> None:
    deadline = 0.3 if fault is Fault.HANG else 5.0
    async with listener(Standin(script=[fault]), transcription_deadline_seconds=deadline) as whisper:
        with pytest.raises(error):
            await whisper.transcribe(b"OggS", mime_type="audio/ogg", language=None)


async def test_a_deaf_service_is_left_alone_for_a_while() -> None:
    groq = Standin(script=[Fault.SERVER_ERROR])
    async with listener(groq) as whisper:
        for expected in (ModelDown, ModelResting):
            with pytest.raises(expected):
                await whisper.transcribe(b"OggS", mime_type="audio/ogg", language=None)
    assert len(groq.asked) == 1
