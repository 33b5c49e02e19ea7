"""Plays a cast of leads against a running Leadline, through the simulator, and measures what comes of it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from app.installation import Running
from app.simulator.clients import LeadlineClient, SimulatorClient
from app.simulator.identifiers import digits_of
from app.simulator.measure import Happening, Played, Result, assess
from app.simulator.personas import Persona, persona
from app.simulator.shapes import Json, nested
from app.simulator.trades import SCHOOL, Trade

POLL = 0.05
"""Seconds between two looks at the journal; they bound its cost, and no figure contains them."""
LONGEST_WAIT = 5.0
BETWEEN_MESSAGES = 0.2
"""Seconds between two messages of one burst."""
AT_ONCE = 8
GRACE = 20.0
"""Seconds that Leadline gets on top of what it was told to wait."""
LOOK_EVERY = 5.0
"""Longest pause in seconds between looks at all leads; a closer watch over many would be load of its own."""
CLOCKS = 5.0
"""Seconds by which two processes' ideas of the start may differ."""
HUMAN_HOURS = 2.0


@dataclass(frozen=True)
class SimulateOptions:
    """Where everything runs, and what is played."""

    web: str
    simulator: str
    api_token: str = field(repr=False)
    simulator_token: str = field(repr=False)
    leads: int = 50
    per_hour: float = 847.0
    seed: int = 7
    human_pace: bool = False
    """Leads take as long as people do to answer, instead of answering at once."""
    quiet_seconds: float = 3.0
    """Leadline's quiet window, which does not count as turn time."""
    abandon_after_seconds: float = 20.0
    """The silence after which this Leadline gives an interview up."""
    trade: Trade = SCHOOL
    """What the leads want."""

    @classmethod
    def against(cls, running: Running, **played: Any) -> Self:
        """The same for the Leadline that runs in a folder, with its addresses and keys; ``played`` says the rest."""
        return cls(
            web=running.web,
            simulator=running.simulator,
            api_token=running.api_token,
            simulator_token=running.simulator_token,
            quiet_seconds=running.quiet_seconds,
            **played,
        )

    def longest_seconds(self) -> float:
        """When the run ends at the latest, from its start."""
        arrivals = self.leads * 3600 / self.per_hour
        conversations = HUMAN_HOURS * 3600 if self.human_pace else 180.0
        return arrivals + conversations + self.abandon_after_seconds + GRACE


class Lead:
    """One played lead and its conversation."""

    def __init__(self, persona: Persona, known_as: Json) -> None:
        """Play `persona` under the number and hidden id that the simulator gave it."""
        self.persona = persona
        self.number: str = known_as["number"]
        self.lid = digits_of(known_as["lid"])
        self.heard: asyncio.Queue[str] = asyncio.Queue()

    def played(self) -> Played:
        """The lead as the figures need it."""
        return Played(self.number, self.lid, self.persona.facts, frozenset(self.persona.expected()))


class Drive:
    """One run."""

    def __init__(self, options: SimulateOptions, simulator: SimulatorClient, leadline: LeadlineClient) -> None:
        """Nothing happens before `run`."""
        self._options = options
        self._simulator = simulator
        self._leadline = leadline
        self._leads: dict[str, Lead] = {}
        self._happenings: list[Happening] = []
        self._last_sign = time.monotonic()

    async def run(self, say: Callable[[str], None]) -> Result:
        """Play everybody, wait for the last interview to end, and count."""
        began = time.time() - CLOCKS
        newest = await self._simulator.newest()
        try:
            async with asyncio.timeout(self._options.longest_seconds()), asyncio.TaskGroup() as group:
                listening = group.create_task(self._listen(newest))
                talking = await self._arrivals(group, say)
                await self._until_over(began, say)
                for task in (listening, *talking):
                    task.cancel()
        except TimeoutError:
            say("The longest time for this run is over; counting what there is.")
        return await self._assess(began)

    async def _arrivals(self, group: asyncio.TaskGroup, say: Callable[[str], None]) -> list[asyncio.Task[None]]:
        start = time.monotonic()
        talking: list[asyncio.Task[None]] = []
        for number in range(self._options.leads):
            await asyncio.sleep(start + number * 3600 / self._options.per_hour - time.monotonic())
            played = persona(self._options.seed, number, self._options.trade)
            known_as = await self._simulator.meet(played.facts.name, played.language)
            lead = Lead(played, known_as)
            self._leads[lead.number] = lead
            talking.append(group.create_task(self._talk(lead)))
            if (number + 1) % 50 == 0:
                say(f"{number + 1} of {self._options.leads} leads have written.")
        return talking

    async def _talk(self, lead: Lead) -> None:
        await self._write(lead, lead.persona.opening())
        while not lead.persona.done:
            text = await lead.heard.get()
            if self._options.human_pace:
                await asyncio.sleep(lead.persona.pause())
            await self._write(lead, lead.persona.answer(text))

    async def _write(self, lead: Lead, texts: list[str]) -> None:
        for place, text in enumerate(texts):
            if place:
                await asyncio.sleep(BETWEEN_MESSAGES)
            await self._simulator.write(lead.number, text)

    async def _listen(self, after: int) -> None:
        while True:
            entries, after = await self._simulator.journal(after, LONGEST_WAIT)
            for entry in entries:
                self._hear(entry)
            await asyncio.sleep(POLL)

    def _hear(self, entry: Json) -> None:
        lead = self._leads.get(entry["number"])
        if lead is None or entry["session"] != "agent":
            return
        self._last_sign = time.monotonic()
        self._happenings.append(Happening(entry["kind"], entry["at"], entry["number"], entry["text"]))
        if entry["kind"] == "send":
            lead.heard.put_nowait(entry["text"])

    async def _until_over(self, began: float, say: Callable[[str], None]) -> None:
        """Until every interview has ended, or nothing happened for as long as counts as abandoned."""
        silence = self._options.abandon_after_seconds + self._options.quiet_seconds + GRACE
        pause = 300.0 if self._options.human_pace else 0.0
        while time.monotonic() - self._last_sign < silence + pause:
            known = self._by_number(await self._leadline.leads(began))
            ended = sum(nested(lead, "qualification").get("outcome") is not None for lead in known.values())
            if ended >= len(self._leads):
                return
            await asyncio.sleep(min(LOOK_EVERY, 1.0 + len(self._leads) / 200))
        say("Some leads fell silent; counting them as abandoned.")

    def _by_number(self, leads: list[Json]) -> dict[str, Json]:
        by_address = {address: lead.number for lead in self._leads.values() for address in (lead.number, lead.lid)}
        found: dict[str, Json] = {}
        for lead in leads:
            for identity in lead["identities"]:
                number = by_address.get(digits_of(identity["value"].partition("@")[0]))
                if number is not None:
                    found[number] = lead
        return found

    async def _assess(self, began: float) -> Result:
        by_number = self._by_number(await self._leadline.leads(began))
        messages = await self._messages({number: lead["id"] for number, lead in by_number.items()})
        return assess(
            [lead.played() for lead in self._leads.values()],
            self._happenings,
            by_number,
            messages,
            await self._leadline.on_duty(),
            quiet_seconds=self._options.quiet_seconds,
            abandon_after_seconds=self._options.abandon_after_seconds,
            pacing="human" if self._options.human_pace else "off",
        )

    async def _messages(self, ids: dict[str, int]) -> dict[str, list[Json]]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def fetch(lead_id: int) -> list[Json]:
            async with gate:
                return await self._leadline.messages(lead_id)

        answers = await asyncio.gather(*(fetch(lead_id) for lead_id in ids.values()))
        return dict(zip(ids, answers, strict=True))


def _silent(_sentence: str) -> None:
    """Say nothing."""


async def simulate(options: SimulateOptions, say: Callable[[str], None] = _silent) -> Result:
    """Play `options.leads` leads and return the figures; `say` is told how it goes.

    Raises:
        PartMissing: Leadline or the simulator does not answer.
    """
    simulator = SimulatorClient(options.simulator, options.simulator_token)
    leadline = LeadlineClient(options.web, options.api_token)
    async with simulator, leadline:
        return await Drive(options, simulator, leadline).run(say)
