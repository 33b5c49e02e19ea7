"""HTTP to a running simulator and a running Leadline."""

from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx

from app.errors import LeadlineError
from app.simulator.shapes import Json

PAGE = 200
CONNECTIONS = 20
PATIENCE = 60.0
"""Seconds until a call is given up."""


class PartMissing(LeadlineError):
    """A part of Leadline does not answer as it should."""


class _Client:
    def __init__(self, base: str, headers: dict[str, str], transport: httpx.AsyncBaseTransport | None) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS)
        self._http = httpx.AsyncClient(
            base_url=base, headers=headers, limits=limits, timeout=PATIENCE, trust_env=False, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def call(self, method: str, path: str, body: Json | None = None, query: Json | None = None) -> Any:
        try:
            response = await self._http.request(method, path, json=body, params=query)
            response.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise PartMissing(f"{error.request.url} answers {error.response.status_code}") from error
        except httpx.HTTPError as error:
            raise PartMissing(f"{self._http.base_url} cannot be reached") from error
        return response.json() if response.content else None


class SimulatorClient(_Client):
    """The simulator's control API."""

    def __init__(self, base: str, token: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(base, {"X-Sim-Token": token}, transport)

    async def newest(self) -> int:
        """The number of the newest journal entry."""
        page = await self.call("GET", "/_sim/journal", query={"after": 1 << 62, "limit": 1})
        return page["upto"]

    async def journal(self, after: int, wait: float) -> tuple[list[Json], int]:
        """New entries, and up to which number they go; waits up to `wait` seconds for the first."""
        asked = {"after": after, "wait": wait, "kind": ["inbound", "posted", "send"]}
        page = await self.call("GET", "/_sim/journal", query=asked)
        return page["entries"], page["upto"]

    async def meet(self, name: str, language: str) -> Json:
        """A new lead."""
        return await self.call("POST", "/_sim/leads", {"name": name, "language": language})

    async def write(self, number: str, text: str) -> None:
        """A lead writes."""
        await self.call("POST", "/_sim/messages", {"number": number, "text": text})


class LeadlineClient(_Client):
    """Leadline's REST API."""

    def __init__(self, base: str, token: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        super().__init__(base, {"Authorization": f"Bearer {token}"}, transport)

    async def leads(self, created_after: float) -> list[Json]:
        """All leads that were made after a moment, in seconds since the epoch."""
        since = datetime.fromtimestamp(created_after, UTC).isoformat()
        return await self._all("/api/v1/leads", created_after=since)

    async def messages(self, lead_id: int) -> list[Json]:
        """All messages of a lead."""
        return await self._all(f"/api/v1/leads/{lead_id}/messages")

    async def on_duty(self) -> list[str]:
        """The names of the consultants among whom leads are shared."""
        page = await self.call("GET", "/api/v1/consultants")
        return [one["name"] for one in page["items"] if one["on_duty"]]

    async def _all(self, path: str, **query: str) -> list[Json]:
        found: list[Json] = []
        cursor: str | None = None
        while True:
            asked = query | ({"cursor": cursor} if cursor else {})
            page = await self.call("GET", path, query=asked | {"limit": PAGE})
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found
