"""Voice notes as text: the port, and Groq's Whisper behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

import groq
import httpx
from opentelemetry.trace import SpanKind
from pydantic import BaseModel, ValidationError

from app.llm.account import Charge, Purpose, Usage, payer
from app.llm.budget import Budget
from app.llm.chain import Fuse, fused
from app.llm.errors import EmptyAnswer, UnusableAnswer
from app.llm.groq import within
from app.llm.routes import GROQ
from app.telemetry import span
from app.vocabulary import Language

SHORTEST_BILLED = 10.0
"""Seconds: a shorter note costs as much as one of these."""
NO_SPEECH = 0.8
"""From this probability on, a part is taken for noise: Whisper likes to hear thanks in silence."""
_HOUR = Decimal(3600)
_VOICE = "ogg"
"""What phones record, and what is said of a recording whose type nobody knows."""
_ENDINGS = {
    "application/ogg": _VOICE,
    "audio/flac": "flac",
    "audio/m4a": "m4a",
    "audio/mp3": "mp3",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": _VOICE,
    "audio/opus": "opus",
    "audio/vnd.wave": "wav",
    "audio/wav": "wav",
    "audio/wave": "wav",
    "audio/webm": "webm",
    "audio/x-flac": "flac",
    "audio/x-m4a": "m4a",
    "audio/x-wav": "wav",
    "video/mp4": "mp4",
    "video/webm": "webm",
}
"""Endings that the service takes. The host's own table of types is none of them: it may well say ``.oga``."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What somebody said, and what writing it down cost."""

    text: str = field(repr=False)
    charge: Charge


class Transcriber(Protocol):
    """Whoever writes down what is said in a recording."""

    async def transcribe(self, audio: bytes, *, mime_type: str, language: Language | None) -> Transcript:
        """The text; ``language`` is what the chat suggests. Raises ChatFailed, also when nothing can be heard."""
        ...


class _Part(BaseModel):
    text: str = ""
    no_speech_prob: float = 0.0


class _Heard(BaseModel):
    text: str
    duration: float | None = None
    segments: list[_Part] | None = None


class GroqTranscriber:
    """Writes down with Whisper at Groq."""

    def __init__(
        self,
        client: groq.AsyncGroq,
        model: str,
        *,
        budget: Budget,
        fuse: Fuse,
        usd_per_hour: Decimal | None,
        deadline: float,
    ) -> None:
        self._client = client
        self._model = model
        self._budget = budget
        self._fuse = fuse
        self._usd_per_hour = usd_per_hour
        self._deadline = deadline

    async def transcribe(self, audio: bytes, *, mime_type: str, language: Language | None) -> Transcript:
        """The text of a recording. Raises ChatFailed."""
        self._budget.admit(payer())
        attributes = {
            "gen_ai.operation.name": "transcribe",
            "gen_ai.provider.name": GROQ,
            "gen_ai.request.model": self._model,
        }
        with span(f"transcribe {self._model}", attributes, kind=SpanKind.CLIENT), fused(self._fuse):
            response = await within(self._deadline, self._ask(audio, mime_type, language))
        heard = _read(response.content)
        charge = Charge(self._model, Purpose.EXTRACT, Usage(), self._cost(heard.duration))
        self._budget.spend(payer(), charge)
        text = _spoken(heard)
        if not text:
            raise EmptyAnswer(charges=(charge,))
        return Transcript(text, charge)

    async def _ask(self, audio: bytes, mime_type: str, language: Language | None) -> httpx.Response:
        raw = await self._client.audio.transcriptions.with_raw_response.create(
            model=self._model,
            file=(f"voice.{_ending(mime_type)}", audio),
            language=language.value if language else groq.omit,
            response_format="verbose_json",
            temperature=0.0,
            timeout=self._deadline,
        )
        return raw.http_response

    def _cost(self, seconds: float | None) -> Decimal | None:
        if seconds is None or self._usd_per_hour is None:
            return None
        return Decimal(str(max(seconds, SHORTEST_BILLED))) * self._usd_per_hour / _HOUR


def _ending(mime_type: str) -> str:
    """The file name's ending by which the service tells the format."""
    return _ENDINGS.get(mime_type.partition(";")[0].strip().lower(), _VOICE)


def _read(body: bytes) -> _Heard:
    try:
        return _Heard.model_validate_json(body)
    except ValidationError as error:
        # The cause quotes what was received, so it stays here.
        raise UnusableAnswer(error=type(error).__name__) from None


def _spoken(heard: _Heard) -> str:
    """The text without the parts that are probably noise."""
    if not heard.segments:
        return heard.text.strip()
    return "".join(part.text for part in heard.segments if part.no_speech_prob < NO_SPEECH).strip()
