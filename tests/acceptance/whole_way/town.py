"""People who write to a running Leadline, and what can be seen of it from outside."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg

from app.simulator.clients import LeadlineClient, PartMissing, SimulatorClient
from app.simulator.personas import Persona
from app.simulator.shapes import Json
from tests.support.leadline import RunningLeadline

PATIENCE = 30.0
DELIVERY_PATIENCE = 100.0
"""The gateway tries again after 4, 8, 16 and 32 s, each up to a fifth longer: its fifth attempt begins 72 s after the
first at the latest, and a web process that is just starting may let each of them wait.
"""
LONG_POLL = 2.0
BETWEEN_LOOKS = 0.2

PAGE = 1000

Row = tuple[Any, ...]
T = TypeVar("T")


class Town:
    """One running Leadline, the phones around it, and the journal of what the gateway saw."""

    def __init__(self, leadline: RunningLeadline, simulator: SimulatorClient, api: LeadlineClient) -> None:
        self.leadline = leadline
        self.simulator = simulator
        self.api = api

    async def meet(self, name: str = "", language: str = "en", **wishes: Any) -> Lead:
        """Somebody whom nobody knows yet."""
        newest = await self.simulator.newest()
        wish = {"name": name, "language": language, **wishes}
        known = await self.simulator.call("POST", "/_sim/leads", wish)
        return Lead(self, known["number"], known["lid"].partition("@")[0], name, newest)

    async def everybody_writes(self, leads: Iterable[Lead], *texts: str) -> None:
        """All of them write, at the same time."""
        await asyncio.gather(*(lead.write(*texts) for lead in leads))

    async def crowd(self, size: int) -> list[Lead]:
        """As many people as are asked for."""
        return [await self.meet(f"Lead {number}") for number in range(size)]

    async def trouble(self, trouble: str, **details: Any) -> None:
        """Order the gateway to misbehave."""
        await self.simulator.call("POST", "/_sim/faults", {"trouble": trouble, **details})

    async def calm(self) -> None:
        """Let the gateway behave again."""
        await self.simulator.call("DELETE", "/_sim/faults")

    async def entries(self, *kinds: str, after: int = 0, wait: float = 0.0) -> tuple[list[Json], int]:
        """The journal after a place in it, and the place that was reached."""
        found: list[Json] = []
        while True:
            asked = {"after": after, "wait": wait, "kind": list(kinds)}
            page = await self.simulator.call("GET", "/_sim/journal", query=asked)
            found += page["entries"]
            after, wait = page["upto"], 0.0
            if len(page["entries"]) < PAGE:
                return found, after

    async def sees(self, kind: str, leads: Collection[Lead], times: int = 1) -> list[Json]:
        """Wait until the journal told ``times`` times of something that concerns ``leads``."""
        numbers = {lead.number for lead in leads}
        after = min(lead.met_at for lead in leads)
        seen: list[Json] = []
        try:
            async with asyncio.timeout(DELIVERY_PATIENCE):
                while len(seen) < times:
                    entries, after = await self.entries(kind, "gave_up", after=after, wait=LONG_POLL)
                    mine = [entry for entry in entries if entry["number"] in numbers]
                    assert not [entry for entry in mine if entry["kind"] != kind], "the gateway tries no more"
                    seen += mine
        except TimeoutError:
            attempts = Counter(entry["attempts"] for entry in seen)
            raise AssertionError(f"{kind} was seen {len(seen)} times instead of {times}: attempts {attempts}") from None
        return seen

    async def rows(self, statement: str, *values: Any) -> list[Row]:
        """What the database says; asked again while it is away."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    return await self._rows(statement, values)
                except psycopg.OperationalError:
                    await asyncio.sleep(BETWEEN_LOOKS)

    async def _rows(self, statement: str, values: tuple[Any, ...]) -> list[Row]:
        async with await psycopg.AsyncConnection[Row].connect(self.leadline.database_url) as connection:
            return await (await connection.execute(statement.encode(), values)).fetchall()

    @asynccontextmanager
    async def closed(self, table: str) -> AsyncIterator[None]:
        """Keep everybody from writing to ``table``: whoever tries stands still until the block ends."""
        async with await psycopg.AsyncConnection[Row].connect(self.leadline.database_url) as connection:
            await connection.execute(f"lock table {table} in exclusive mode".encode())
            yield

    async def stands_still_at(self, table: str) -> None:
        """Wait until somebody waits for ``closed(table)``."""
        waits = "select 1 from pg_locks where not granted and relation = %s::regclass"
        await until(lambda: self.rows(waits, table))

    async def settled(self, leads: Iterable[Lead], *, within: float = PATIENCE) -> None:
        """Wait until everything that these leads wrote is stored and answered, and every answer left."""
        people = list(leads)
        try:
            async with asyncio.timeout(within):
                while any([await lead.is_owed_something() for lead in people]):
                    await asyncio.sleep(BETWEEN_LOOKS)
        except TimeoutError:
            owed = [await lead.state() for lead in people if await lead.is_owed_something()]
            raise AssertionError(f"after {within:.0f} s {len(owed)} of {len(people)} are still owed: {owed}") from None

    async def nothing_was_lost_or_doubled(self, leads: Iterable[Lead]) -> None:
        """What the phones sent and got is what is stored, each message exactly once."""
        for lead in leads:
            written, got = await lead.wrote(), await lead.got()
            stored = await self.rows(_STORED, lead.number, lead.lid)
            assert Counter(known for direction, known in stored if direction == "in") == Counter(written), lead.name
            assert Counter(known for direction, known in stored if direction == "out") == Counter(got), lead.name
            assert max(Counter(got).values()) == 1, f"{lead.name} got a message twice"
            assert not await self.repeats(lead), lead.name

    async def repeats(self, lead: Lead) -> list[Json]:
        """Messages that were handed to the gateway a second time."""
        entries, _ = await self.entries("repeat", after=lead.met_at)
        return [entry for entry in entries if entry["number"] == lead.number]


@asynccontextmanager
async def town_of(leadline: RunningLeadline) -> AsyncIterator[Town]:
    """The town around ``leadline``, for as long as the block lasts."""
    now = leadline.now
    simulator = SimulatorClient(now.simulator, now.simulator_token)
    api = LeadlineClient(now.web, now.api_token)
    async with simulator, api:
        yield Town(leadline, simulator, api)


_MINE = "(select lead_id from lead_identity where value in (%s, %s) limit 1)"
_STORED = f"select direction, gateway_id from message where kind <> 'note' and lead_id = {_MINE}"
_STATE = f"""
select coalesce(answered_id, 0) >= coalesce(last_inbound_id, 0) as answered,
  (select count(*) from message where lead_id = lead.id and direction = 'in') as stored,
  (select count(*) from message where lead_id = lead.id and status in ('queued', 'sending')) as waiting
from lead where id = {_MINE}
"""


@dataclass
class Lead:
    """Somebody with a phone. ``met_at`` is a place in the journal before their first word."""

    town: Town
    number: str
    lid: str
    name: str
    met_at: int
    _place: int = field(init=False, default=0)
    _unread: list[str] = field(init=False, default_factory=list[str])

    def __post_init__(self) -> None:
        self._place = self.met_at

    async def write(self, *texts: str, session: str = "agent") -> None:
        """Send messages to the business, one right after the other."""
        for text in texts:
            wish = {"number": self.number, "text": text, "session": session}
            await self.town.simulator.call("POST", "/_sim/messages", wish)

    async def hear(self) -> str:
        """Wait for the next message of the business."""
        async with asyncio.timeout(PATIENCE):
            while not self._unread:
                entries, self._place = await self.town.entries("send", after=self._place, wait=LONG_POLL)
                self._unread += [entry["text"] for entry in entries if entry["number"] == self.number]
        return self._unread.pop(0)

    async def texts(self) -> list[str]:
        """Everything that the business wrote to this phone, in order."""
        return [entry["text"] for entry in await self._journal("send")]

    async def wrote(self) -> list[str]:
        """The ids of all messages that this phone sent."""
        return [entry["message"] for entry in await self._journal("inbound")]

    async def got(self) -> list[str]:
        """The ids of all messages that the gateway took for this phone."""
        return [entry["message"] for entry in await self._journal("send")]

    async def _journal(self, kind: str) -> list[Json]:
        entries, _ = await self.town.entries(kind, after=self.met_at)
        return [entry for entry in entries if entry["number"] == self.number]

    async def state(self) -> tuple[bool, int, int]:
        """Whether everything stored is answered, how many words are stored, how many answers have not left."""
        rows = await self.town.rows(_STATE, self.number, self.lid)
        return rows[0] if rows else (False, 0, 0)

    async def is_owed_something(self) -> bool:
        """Whether a word of this lead is missing, unanswered, or its answer has not left."""
        answered, stored, waiting = await self.state()
        return not answered or waiting > 0 or stored < len(await self.wrote())

    async def record(self) -> Json:
        """The lead as the API shows it."""
        found = await self.town.rows(f"select {_MINE}", self.number, self.lid)
        record: Json = await self.town.api.call("GET", f"/api/v1/leads/{found[0][0]}")
        return record

    async def messages(self) -> list[Json]:
        """The chat as the API shows it, oldest first."""
        record = await self.record()
        return (await self.town.api.messages(record["id"]))[::-1]

    async def becomes(self, condition: Callable[[Json], object]) -> Json:
        """Wait until the API shows the lead as ``condition`` wants it; returns it as it is then."""

        async def look() -> Json | None:
            record = await self.record()
            return record if condition(record) else None

        return await until(look)

    async def play(self, persona: Persona) -> None:
        """Live through a whole conversation as ``persona``."""
        await self.write(*persona.opening())
        while not persona.done:
            await self.write(*persona.answer(await self.hear()))


async def greeted(town: Town, name: str) -> Lead:
    """Somebody who is in the middle of an interview."""
    lead = await town.meet(name)
    await lead.write("Hello, I would like to learn English")
    await lead.hear()
    await town.settled([lead])
    return lead


async def until(look: Callable[[], Awaitable[T | None]], within: float = PATIENCE) -> T:
    """Look again and again until there is something to see; a part that just restarts is given time."""
    async with asyncio.timeout(within):
        while True:
            try:
                if seen := await look():
                    return seen
            except PartMissing:
                pass
            await asyncio.sleep(BETWEEN_LOOKS)
