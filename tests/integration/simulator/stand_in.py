"""A stand-in for Leadline: takes webhooks, asks three questions, and answers for itself over REST."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

QUESTIONS = [("name", "What's your name?"), ("city", "Which city do you live in?"), ("email", "What's your e-mail?")]
GOODBYE = "One of our consultants will write to you shortly."
Answer = Callable[[str, str], Awaitable[None]]


@dataclass
class KnownLead:
    number: int
    chat: str
    asked: int = 0
    outcome: str | None = None
    texts: list[tuple[str, str]] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        kind = "lid" if self.chat.endswith("@lid") else "phone"
        now = datetime.now(UTC).isoformat()
        interview = {"outcome": self.outcome, "completed_at": now if self.outcome else None, "facts": self.facts}
        given = {"consultant": "Ana"} if self.outcome == "completed" else None
        address = [{"kind": kind, "value": self.chat if kind == "lid" else self.chat.partition("@")[0]}]
        return {"id": self.number, "identities": address, "qualification": interview, "assignment": given}


class StandIn:
    """What the simulation needs of Leadline, and nothing else."""

    def __init__(self, *, forgets: bool = False, never_ends: bool = False) -> None:
        self.leads: dict[str, KnownLead] = {}
        self.answer: Answer | None = None
        self._forgets = forgets
        self._never_ends = never_ends
        self._replies: set[asyncio.Task[None]] = set()
        self.rest = Starlette(
            routes=[
                Route("/api/v1/leads", self.list_leads),
                Route("/api/v1/consultants", self.list_consultants),
                Route("/api/v1/leads/{id:int}/messages", self.list_messages),
            ]
        )

    async def post(self, _url: str, body: bytes, _headers: dict[str, str]) -> httpx.Response:
        event = json.loads(body)
        if event["event"] == "message.any" and not event["payload"]["fromMe"]:
            reply = asyncio.ensure_future(self._take(event["payload"]))
            self._replies.add(reply)
            reply.add_done_callback(self._replies.discard)
        return httpx.Response(200)

    async def _take(self, payload: dict[str, Any]) -> None:
        chat = payload["from"]
        lead = self.leads.setdefault(chat, KnownLead(len(self.leads) + 1, chat))
        if lead.asked and lead.asked <= len(QUESTIONS):
            lead.facts[QUESTIONS[lead.asked - 1][0]] = payload["body"]
        if not (self._forgets and lead.asked == 1):
            lead.texts.append(("in", payload["body"]))
        await self._say(lead, GOODBYE if lead.asked >= len(QUESTIONS) else QUESTIONS[lead.asked][1])
        lead.asked += 1
        if lead.asked > len(QUESTIONS) and not self._never_ends:
            lead.outcome = "completed"

    async def _say(self, lead: KnownLead, text: str) -> None:
        if lead.outcome is None and self.answer is not None:
            lead.texts.append(("out", text))
            await self.answer(lead.chat, text)

    async def list_leads(self, request: Request) -> Response:
        """Two rows a page, so that pages are followed."""
        start = int(request.query_params.get("cursor", "0"))
        rows = [lead.shown() for lead in self.leads.values()]
        more = str(start + 2) if start + 2 < len(rows) else None
        return JSONResponse({"items": rows[start : start + 2], "next": more})

    async def list_consultants(self, _request: Request) -> Response:
        return JSONResponse({"items": [{"name": "Ana", "on_duty": True}, {"name": "Bruno", "on_duty": False}]})

    async def list_messages(self, request: Request) -> Response:
        lead = next(one for one in self.leads.values() if one.number == request.path_params["id"])
        items = [{"direction": way, "text": text, "status": "sent"} for way, text in lead.texts]
        return JSONResponse({"items": items, "next": None})
