"""Delivers webhooks: one POST for each event and webhook, each on its own, tried again until it is answered with a 2xx.

As with the real gateway the queue is in memory only, order is not promised, and a restart loses what waits.
"""

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import httpx

from app.simulator.faults import Faults, Trouble
from app.simulator.hooks import Hook
from app.simulator.identifiers import event_id, request_id
from app.simulator.journal import Journal, Kind
from app.simulator.payloads import envelope
from app.simulator.pulse import Pulse, millis
from app.simulator.shapes import Json

Post = Callable[[str, bytes, dict[str, str]], Awaitable[httpx.Response]]

USER_AGENT = "WAHA/2026.7.1"
AT_ONCE = 32
"""POSTs under way at the same time."""
WAITING_AT_MOST = 50_000
OVERTAKE_WITHIN = 2.0
"""How long a held-back webhook waits for one that overtakes it, in seconds."""


@dataclass(frozen=True)
class Subject:
    """The lead's message that a webhook tells of, for the journal."""

    number: str
    message: str


@dataclass(frozen=True)
class Parcel:
    """One event on its way to one webhook."""

    hook: Hook
    session: str
    event: str
    content: Json
    request: str
    subject: Subject | None = None

    def body(self) -> bytes:
        """The exact bytes that are signed and sent."""
        return json.dumps(self.content, separators=(",", ":"), ensure_ascii=False).encode()

    def headers(self, body: bytes) -> dict[str, str]:
        """The headers; the timestamp is the event's, also on a retry."""
        fixed = {
            "accept": "application/json, text/plain, */*",
            "content-type": "application/json",
            "user-agent": USER_AGENT,
            "x-webhook-request-id": self.request,
            "x-webhook-timestamp": str(self.content["timestamp"]),
        }
        return fixed | self.hook.signature(body) | {name.lower(): value for name, value in self.hook.headers}

    def renamed(self, now_ms: int) -> "Parcel":
        """The same happening told again as another event."""
        content = self.content | {"id": event_id(now_ms)}
        return replace(self, content=content, request=request_id())


class Postman:
    """Carries parcels to webhooks, through whatever trouble is ordered."""

    def __init__(
        self,
        post: Post,
        pulse: Pulse,
        faults: Faults,
        journal: Journal,
        *,
        arrived: Callable[[Subject, str], None],
        seed: int | None,
    ) -> None:
        """`post` sends one request; `arrived` is told of each lead's message that was answered with a 2xx."""
        self._post = post
        self._arrived = arrived
        self._pulse = pulse
        self._faults = faults
        self._journal = journal
        self._jitter = random.Random(seed)  # noqa: S311  (jitter, not a secret)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()
        self._held: defaultdict[str, list[Parcel]] = defaultdict(list)

    def tell(self, hooks: list[Hook], heading: Json, event: str, payload: Json, subject: Subject | None = None) -> None:
        """Send one event to every webhook that wants it; returns at once."""
        now = self._pulse.now()
        content = envelope(event_id(millis(now)), now, event, heading, payload)
        for hook in hooks:
            if hook.wants(event):
                self._take(Parcel(hook, heading["name"], event, content, request_id(), subject))

    @property
    def waiting(self) -> int:
        """How many deliveries are not done."""
        return len(self._under_way)

    async def settle(self) -> None:
        """Return when nothing is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def close(self) -> None:
        """Forget what waits."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _take(self, parcel: Parcel) -> None:
        self._journal.count(f"event {parcel.event}")
        if len(self._under_way) >= WAITING_AT_MOST:
            self._journal.count("overflow")
            return
        self._spawn(self._carry(parcel))

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _hit(self, trouble: Trouble, parcel: Parcel) -> float | None:
        fault = self._faults.strikes(trouble, parcel.session, parcel.event)
        if fault is None:
            return None
        self._journal.count(f"fault {trouble}")
        return fault.seconds

    async def _carry(self, parcel: Parcel) -> None:
        if self._hit(Trouble.DROP, parcel) is not None:
            self._note(Kind.DROPPED, parcel)
            return
        late = self._hit(Trouble.DELAY, parcel)
        if late is not None:
            await self._pulse.sleep(late)
        if self._hit(Trouble.REORDER, parcel) is not None:
            await self._hold(parcel)
            return
        await self._deliver_once_or_twice(parcel)
        await self._release(parcel.session)

    async def _deliver_once_or_twice(self, parcel: Parcel) -> None:
        if self._hit(Trouble.DUPLICATE_TOGETHER, parcel) is not None:
            await asyncio.gather(self._deliver(parcel), self._deliver(replace(parcel, subject=None)))
            return
        await self._deliver(parcel)
        if self._hit(Trouble.DUPLICATE, parcel) is not None:
            await self._deliver(replace(parcel, subject=None))
        if self._hit(Trouble.DUPLICATE_OTHER_ID, parcel) is not None:
            await self._deliver(replace(parcel, subject=None).renamed(millis(self._pulse.now())))

    async def _hold(self, parcel: Parcel) -> None:
        held = self._held[parcel.session]
        held.append(parcel)
        await self._pulse.sleep(OVERTAKE_WITHIN)
        if parcel in held:
            held.remove(parcel)
            await self._deliver(parcel)

    async def _release(self, session: str) -> None:
        held = self._held[session]
        while held:
            await self._deliver(held.pop(0))

    async def _deliver(self, parcel: Parcel) -> None:
        body = parcel.body()
        headers = parcel.headers(body)
        pauses = parcel.hook.retries.pauses(self._jitter)
        attempts = 0
        while True:
            attempts += 1
            if attempts == 1:
                self._note(Kind.POSTED, parcel)
            accepted, wait = await self._attempt(parcel.hook.url, body, headers)
            if accepted:
                self._note(Kind.DELIVERED, parcel, attempts)
                if parcel.subject is not None:
                    self._arrived(parcel.subject, parcel.session)
                return
            pause = next(pauses, None)
            if pause is None:
                self._note(Kind.GAVE_UP, parcel, attempts)
                return
            await self._pulse.sleep(pause if wait is None else wait)

    async def _attempt(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[bool, float | None]:
        async with self._gate:
            try:
                response = await self._post(url, body, headers)
            except httpx.HTTPError:
                self._journal.count("webhook unreachable")
                return False, None
        self._journal.count(f"webhook {response.status_code}")
        return response.is_success, _retry_after(response)

    def _note(self, kind: Kind, parcel: Parcel, attempts: int = 0) -> None:
        if parcel.subject is None:
            self._journal.count(f"other {kind}")
            return
        number, message = parcel.subject.number, parcel.subject.message
        self._journal.write(kind, self._pulse.now(), parcel.session, number=number, message=message, attempts=attempts)


def _retry_after(response: httpx.Response) -> float | None:
    """The wait that the receiver asked for, in seconds; the form with a date is not heeded."""
    asked = response.headers.get("retry-after", "")
    return float(asked) if asked.isdigit() else None
