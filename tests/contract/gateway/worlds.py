"""The two worlds of the gateway's contract: the twin, and the adapter for WAHA with the simulator."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx

from app.clock import FixedClock
from app.simulator.options import Pace, SimulatorOptions
from app.simulator.server import create_app
from app.whatsapp.events import Event, SessionStatus
from app.whatsapp.gateway import Gateway, SessionRef, SessionSpec, SessionState
from app.whatsapp.twin import TwinGateway
from app.whatsapp.twin_payloads import Webhook
from app.whatsapp.waha import WahaGateway

AGENT = SessionRef("agent")
CONSULTANT = SessionRef("consultant")
KEYS = {"agent": "key of the agent", "consultant": "key of the consultant"}
LEAD = "15550100110"
LID = "100000000000110"
BASE = "http://waha.test"
TOKEN = "the simulator's token"
API_KEY = "the key of the gateway"


def spec(session: SessionRef) -> SessionSpec:
    return SessionSpec(webhook_url=f"http://leadline.test/webhooks/waha/{session.name}")


class World(Protocol):
    """A gateway, and everybody at the other end of it."""

    clock: FixedClock

    @property
    def gateway(self) -> Gateway: ...
    async def pair(self, session: SessionRef) -> None: ...
    async def unpair(self, session: SessionRef) -> None: ...
    async def fail(self, session: SessionRef) -> None: ...
    async def lead_writes(self, session: SessionRef, text: str) -> str: ...
    async def lead_sends_file(self, session: SessionRef, data: bytes, mime_type: str) -> str: ...
    async def phone_writes(self, session: SessionRef, text: str) -> str: ...
    async def hide_the_lead(self, *, known: bool) -> None: ...
    async def read_everything(self, session: SessionRef, message_id: str) -> None: ...
    async def forget_files(self) -> None: ...
    async def absent(self) -> str: ...
    def lose_next_answer(self, *, accepted: bool) -> None: ...
    async def webhooks(self) -> list[Webhook]: ...


async def state_becomes(world: World, session: SessionRef, status: SessionStatus) -> SessionState:
    """The state once it is ``status``: a real gateway takes its time."""
    async with asyncio.timeout(5):
        while True:
            state = await world.gateway.get_session(session)
            if state.status is status:
                return state
            await asyncio.sleep(0)


async def ready(world: World, session: SessionRef = AGENT) -> None:
    """Make a session, log it in, and forget the webhooks about it."""
    await world.gateway.ensure_session(session, spec(session))
    await state_becomes(world, session, SessionStatus.AUTH_REQUIRED)
    await world.pair(session)
    await state_becomes(world, session, SessionStatus.READY)
    await world.webhooks()


async def events(world: World) -> list[Event]:
    """What the webhooks since the last look say, each verified on the way."""
    found: list[Event] = []
    for hook in await world.webhooks():
        session = SessionRef(hook.session)
        world.gateway.verify(session, hook.raw, hook.headers)
        found += world.gateway.parse(session, hook.raw, hook.headers)
    return found


@dataclass
class TwinWorld:
    """The twin is told directly what happens."""

    clock: FixedClock
    received: list[Webhook] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gateway = TwinGateway(self.clock, hmac_keys=KEYS, receiver=self._receive)

    async def _receive(self, hook: Webhook) -> None:
        self.received.append(hook)

    async def pair(self, session: SessionRef) -> None:
        self.gateway.pair(session)

    async def unpair(self, session: SessionRef) -> None:
        self.gateway.unpair(session)

    async def fail(self, session: SessionRef) -> None:
        self.gateway.fail(session)

    async def lead_writes(self, session: SessionRef, text: str) -> str:
        return self.gateway.lead_writes(session, LEAD, text)

    async def lead_sends_file(self, session: SessionRef, data: bytes, mime_type: str) -> str:
        return self.gateway.lead_sends_file(session, LEAD, data, mime_type)

    async def phone_writes(self, session: SessionRef, text: str) -> str:
        return self.gateway.phone_writes(session, LEAD, text)

    async def hide_the_lead(self, *, known: bool) -> None:
        self.gateway.hide(LEAD, LID, known=known)

    async def read_everything(self, session: SessionRef, message_id: str) -> None:
        for ack in (1, 2, 3):
            self.gateway.acknowledge(session, message_id, ack)

    async def forget_files(self) -> None:
        self.gateway.forget_files()

    async def absent(self) -> str:
        self.gateway.remove("15550100000")
        return "15550100000"

    def lose_next_answer(self, *, accepted: bool) -> None:
        self.gateway.lose_next_answer(accepted=accepted)

    async def webhooks(self) -> list[Webhook]:
        await self.gateway.deliver()
        taken, self.received = self.received, []
        return taken


class PatientPulse:
    """The simulator's time: it stands still, short waits are over at once, and long ones never."""

    def __init__(self, clock: FixedClock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        if seconds >= Pace.next_code:
            await asyncio.Event().wait()
        await asyncio.sleep(0)


class LossyTransport(httpx.AsyncBaseTransport):
    """A network that loses the answer to a send when it is told to."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.losses: list[bool] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/api/sendText" or not self.losses:
            return await self._inner.handle_async_request(request)
        if self.losses.pop(0):
            await self._inner.handle_async_request(request)
        raise httpx.ReadTimeout("the answer got lost", request=request)


@dataclass
class SimulatorWorld:
    """WAHA's adapter talks to the simulator in this process; its people are moved by the control API."""

    gateway: WahaGateway
    clock: FixedClock
    network: LossyTransport
    control: httpx.AsyncClient
    exchange: Any
    received: list[Webhook]

    async def _tell(self, path: str, **body: object) -> dict[str, Any]:
        answer = await self.control.post(path, json=body, headers={"X-Sim-Token": TOKEN})
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    async def pair(self, session: SessionRef) -> None:
        await self._tell("/_sim/pair", session=session.name)

    async def unpair(self, session: SessionRef) -> None:
        await self._tell(f"/_sim/sessions/{session.name}/unpaired")

    async def fail(self, session: SessionRef) -> None:
        await self._tell(f"/_sim/sessions/{session.name}/failed")

    async def lead_writes(self, session: SessionRef, text: str) -> str:
        return (await self._tell("/_sim/messages", session=session.name, number=LEAD, text=text))["id"]

    async def lead_sends_file(self, session: SessionRef, data: bytes, mime_type: str) -> str:
        file = {"mimetype": mime_type, "data": base64.b64encode(data).decode()}
        return (await self._tell("/_sim/messages", session=session.name, number=LEAD, file=file))["id"]

    async def phone_writes(self, session: SessionRef, text: str) -> str:
        return (await self._tell("/_sim/phone-send", session=session.name, number=LEAD, text=text))["id"]

    async def hide_the_lead(self, *, known: bool) -> None:
        await self._tell("/_sim/leads", number=LEAD, addressing="lid" if known else "lid_only")

    async def read_everything(self, session: SessionRef, message_id: str) -> None:
        await self.exchange.settle()

    async def forget_files(self) -> None:
        self.clock.move(hours=1)

    async def absent(self) -> str:
        return "15550100000"

    def lose_next_answer(self, *, accepted: bool) -> None:
        self.network.losses.append(accepted)

    async def webhooks(self) -> list[Webhook]:
        await self.exchange.settle()
        taken = list(self.received)
        self.received.clear()
        return taken


@asynccontextmanager
async def simulator_world(clock: FixedClock, folder: Path) -> AsyncIterator[SimulatorWorld]:
    received: list[Webhook] = []

    async def post(url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        received.append(Webhook(url.rpartition("/")[2], body, headers))
        return httpx.Response(200)

    options = SimulatorOptions(
        data_dir=folder,
        token=TOKEN,
        api_key=API_KEY,
        public_url=BASE,
        hmac_keys=KEYS,
        seed=1,
        lid_share=0.0,
        pace=Pace(expected_status=0.0),
    )
    app = create_app(options, pulse=PatientPulse(clock), post=post)
    network = LossyTransport(httpx.ASGITransport(app))
    exchange = app.state.exchange
    exchange.open()
    async with httpx.AsyncClient(transport=network, base_url=BASE) as client:
        gateway = WahaGateway(client, base_url=BASE, api_key=API_KEY, hmac_keys=KEYS)
        try:
            yield SimulatorWorld(gateway, clock, network, client, exchange, received)
        finally:
            await exchange.close()
