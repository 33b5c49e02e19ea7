"""A stand-in for Groq's HTTP API, with its delays and its faults, in the order that a seed gives.

In a test: ``async with standing_in(Standin(...)) as url``. On its own: ``python -m tests.support.groq_standin --help``.
What it understands, it understands by the project's own rules; ``mind`` may be any other.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.groq_standin_mind import said_in, think

Mind = Callable[[str, str, dict[str, Any]], dict[str, Any]]
MODELS = ("openai/gpt-oss-20b", "openai/gpt-oss-120b", "whisper-large-v3-turbo")
HEARD_ENDINGS = frozenset({"flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "opus", "wav", "webm"})
"""Endings of the file names that the service takes recordings by; it looks at nothing else."""
SPREAD = 0.45
"""Sigma of the lognormal delays: the slowest of a hundred takes about three times the mean."""


class Fault(StrEnum):
    """What can go wrong with a call."""

    THROTTLED = "throttled"
    SERVER_ERROR = "server_error"
    HANG = "hang"
    MALFORMED = "malformed"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    REJECTED = "rejected"


EACH = (Fault.THROTTLED, Fault.SERVER_ERROR, Fault.HANG, Fault.MALFORMED, Fault.EMPTY, Fault.TRUNCATED)


@dataclass
class Standin:
    """How the stand-in behaves. ``script`` names what the first calls meet (None: an answer), then ``rates`` draw."""

    mean_seconds: float = 0.0
    rates: dict[Fault, float] = field(default_factory=dict[Fault, float])
    script: list[Fault | None] = field(default_factory=list[Fault | None])
    mind: Mind = think
    seed: int = 1
    retry_after: float = 0.05
    models: tuple[str, ...] = MODELS
    key: str = "test-groq-key"
    heard: str = "Hello, I want an English course"
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    met: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self.closing = asyncio.Event()

    def delay(self) -> float:
        """Seconds that a call takes: lognormal around the mean."""
        if not self.mean_seconds:
            return 0.0
        return self._random.lognormvariate(math.log(self.mean_seconds) - SPREAD**2 / 2, SPREAD)

    def fault(self) -> Fault | None:
        """What the next call meets."""
        if self.script:
            return self.script.pop(0)
        drawn = self._random.random()
        for fault, rate in self.rates.items():
            drawn -= rate
            if drawn < 0:
                return fault
        return None


def create_app(standin: Standin) -> Starlette:
    """The API as an ASGI app."""

    async def completions(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {standin.key}":
            return _error(401, "invalid_api_key")
        body = await request.json()
        standin.asked.append(body)
        if body["model"] not in standin.models:
            return _error(404, "model_not_found")
        fault = standin.fault()
        standin.met[fault or "answered"] += 1
        await _wait(standin, fault)
        return _refused(standin, fault) or JSONResponse(_completion(standin, body, fault), headers=_quota(standin))

    async def models(_request: Request) -> Response:
        data = [{"id": name, "object": "model", "created": 1, "owned_by": "standin"} for name in standin.models]
        return JSONResponse({"object": "list", "data": data})

    async def transcriptions(request: Request) -> Response:
        async with request.form() as form:
            standin.asked.append({name: value for name, value in form.items() if isinstance(value, str)})
            named = getattr(form.get("file"), "filename", None) or ""
        if named.rpartition(".")[2] not in HEARD_ENDINGS:
            return _error(400, "invalid_request_error")
        fault = standin.fault()
        await _wait(standin, fault)
        return _refused(standin, fault) or JSONResponse(_heard(standin, fault))

    routes = [
        Route("/openai/v1/chat/completions", completions, methods=["POST"]),
        Route("/v1/chat/completions", completions, methods=["POST"]),
        Route("/openai/v1/models", models),
        Route("/v1/models", models),
        Route("/openai/v1/audio/transcriptions", transcriptions, methods=["POST"]),
    ]
    return Starlette(routes=routes)


async def _wait(standin: Standin, fault: Fault | None) -> None:
    seconds = 60.0 if fault is Fault.HANG else standin.delay()
    try:
        async with asyncio.timeout(seconds):
            await standin.closing.wait()
    except TimeoutError:
        return


def _refused(standin: Standin, fault: Fault | None) -> Response | None:
    match fault:
        case Fault.THROTTLED:
            return _error(429, "rate_limit_exceeded", {"retry-after": str(standin.retry_after)})
        case Fault.SERVER_ERROR:
            return _error(503, "service_unavailable")
        case Fault.REJECTED:
            return _error(400, "json_validate_failed")
        case _:
            return None


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"message": "as seeded", "type": "error", "code": code}}, status, headers)


def _quota(standin: Standin) -> dict[str, str]:
    left = 14_400 - len(standin.asked)
    return {"x-ratelimit-remaining-requests": str(left), "x-ratelimit-remaining-tokens": "180000"}


def _completion(standin: Standin, body: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
    system, said = said_in(body["messages"])
    whole = json.dumps(standin.mind(body["response_format"]["json_schema"]["name"], system, said), ensure_ascii=False)
    content = {
        Fault.MALFORMED: '{"facts": "none", "reply": 7}',
        Fault.EMPTY: "",
        Fault.TRUNCATED: whole[: len(whole) // 2],
    }.get(fault or Fault.HANG, whole)
    reason = "length" if fault in {Fault.TRUNCATED, Fault.EMPTY} else "stop"
    return {
        "id": "chatcmpl-standin",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": reason}],
        "usage": _usage(body, content, seen_before=len(standin.asked) > 1),
    }


def _heard(standin: Standin, fault: Fault | None) -> dict[str, Any]:
    """A recording in which somebody speaks, and a rustle after it that Whisper takes for thanks."""
    if fault is Fault.MALFORMED:
        return {"texts": []}
    silence = 0.95 if fault is Fault.EMPTY else 0.01
    parts = [{"text": standin.heard, "no_speech_prob": silence}, {"text": " Thank you.", "no_speech_prob": 0.97}]
    return {"text": f"{standin.heard} Thank you.", "duration": 4.2, "segments": parts}


def _usage(body: dict[str, Any], content: str, *, seen_before: bool) -> dict[str, Any]:
    """Four letters a token, thinking included; the unchanging first part is cached from the second call on."""
    first = len(body["messages"][0]["content"]) // 4
    prompt = first + sum(len(message["content"]) for message in body["messages"][1:]) // 4
    thought = 60
    return {
        "prompt_tokens": prompt,
        "completion_tokens": thought + len(content) // 4,
        "total_tokens": prompt + thought + len(content) // 4,
        "prompt_tokens_details": {"cached_tokens": first // 128 * 128 if seen_before else 0},
        "completion_tokens_details": {"reasoning_tokens": thought},
    }


@asynccontextmanager
async def standing_in(standin: Standin, port: int = 0) -> AsyncIterator[str]:
    """Serve on the loopback; yields the base address."""
    port = port or _free_port()
    server = Server(
        create_app(standin),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=False,
    )
    serving = asyncio.create_task(server.serve())
    await _reachable(port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        standin.closing.set()
        server.stop()
        await serving


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _reachable(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            await writer.wait_closed()
            return


async def _serve(standin: Standin, port: int) -> None:
    async with standing_in(standin, port) as url:
        print(url, flush=True)  # noqa: T201 - whoever started it waits for the address
        await asyncio.Event().wait()


async def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.groq_standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--mean-ms", type=float, default=387.0)
    parser.add_argument("--failures", type=float, default=0.0, help="share of calls that fail, all kinds alike")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--key", default="test-groq-key")
    asked = parser.parse_args()
    rates = dict.fromkeys(EACH, asked.failures / len(EACH))
    await _serve(Standin(asked.mean_ms / 1000, rates, seed=asked.seed, key=asked.key), asked.port)


if __name__ == "__main__":
    asyncio.run(_main())
