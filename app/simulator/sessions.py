"""The sessions: their states, their pairing codes, and what is left of them after a restart."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from app.simulator import refusals
from app.simulator.identifiers import fate, hidden_id
from app.simulator.options import Pace
from app.simulator.pulse import Pulse, millis
from app.simulator.shapes import Json

KNOWN_NUMBERS = {"agent": "15550100001", "consultant": "15550100002"}


class Status(StrEnum):
    """What a session is doing."""

    STOPPED = "STOPPED"
    STARTING = "STARTING"
    SCAN_QR_CODE = "SCAN_QR_CODE"
    WORKING = "WORKING"
    FAILED = "FAILED"


def own_number(name: str) -> str:
    """The business's phone number of a session."""
    return KNOWN_NUMBERS.get(name) or f"1555010{int(fate(name, 'own') * 900) + 100:04d}"


@dataclass
class Session:
    """One phone number of the business; `assigned` means it comes back after a restart of the gateway."""

    name: str
    push_name: str
    config: Json | None = None
    status: Status = Status.STOPPED
    paired: bool = False
    assigned: bool = False
    statuses: list[tuple[Status, int]] = field(default_factory=list[tuple[Status, int]])
    code: str | None = None
    last_activity: float | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def number(self) -> str:
        """The business's own number."""
        return own_number(self.name)

    @property
    def chat_id(self) -> str:
        """The business's own chat id."""
        return f"{self.number}@c.us"

    @property
    def me(self) -> Json | None:
        """Who is logged in; nobody unless the session works."""
        if self.status is not Status.WORKING:
            return None
        jid = f"{self.number}:12@s.whatsapp.net"
        return {"id": self.chat_id, "pushName": self.push_name, "lid": f"{hidden_id(self.number)}@lid", "jid": jid}

    def heading(self) -> Json:
        """What every webhook says of its session."""
        return {"name": self.name, "metadata": (self.config or {}).get("metadata") or {}, "me": self.me}

    def dto(self) -> Json:
        """The answer to create, start, stop and the like."""
        engine = {} if self.status is Status.STOPPED else {"engine": "NOWEB"}
        return {"name": self.name, "status": self.status, "config": self.config, "me": None, "engine": engine}

    def info(self) -> Json:
        """The answer to a look at one session."""
        me = self.me
        if me is not None:
            me |= {"reachoutTimelock": None, "messageCapping": {"cappingStatus": "NONE", "totalQuota": -1}}
        activity = None if self.last_activity is None else millis(self.last_activity)
        details = {"assignedWorker": "simulator", "presence": None, "timestamps": {"activity": activity}}
        return self.dto() | {"me": me} | details

    def status_payload(self) -> Json:
        """The body of `session.status`: the last three statuses, newest last."""
        last = [{"status": status, "timestamp": at} for status, at in self.statuses[-3:]]
        return {"name": self.name, "status": self.status, "statuses": last, "data": None}

    def saved(self) -> Json:
        """What the state file keeps."""
        return {"config": self.config, "paired": self.paired, "assigned": self.assigned}


class Sessions:
    """All sessions of the gateway; `announce` is told of every status, `keep` of everything worth saving."""

    def __init__(
        self,
        pulse: Pulse,
        pace: Pace,
        business: str,
        *,
        auto_pair: bool,
        announce: Callable[[Session], None],
        keep: Callable[[], None],
    ) -> None:
        """Start without sessions."""
        self._pulse = pulse
        self._pace = pace
        self._business = business
        self._auto_pair = auto_pair
        self._announce = announce
        self._keep = keep
        self._sessions: dict[str, Session] = {}
        self._lives: dict[str, asyncio.Task[None]] = {}

    def saved(self) -> Json:
        """All sessions, for the state file."""
        return {session.name: session.saved() for session in self._sessions.values()}

    def restore(self, saved: Json) -> None:
        """Bring sessions back after a restart: those that ran start again."""
        for name, kept in saved.items():
            session = Session(name, self._business, kept["config"], paired=kept["paired"])
            self._sessions[name] = session
            if kept["assigned"]:
                self._begin(session)

    def all(self) -> list[Session]:
        """Every session, stopped ones too."""
        return list(self._sessions.values())

    def get(self, name: str) -> Session | None:
        """A session by name."""
        return self._sessions.get(name)

    def named(self, name: str) -> Session:
        """A session by name, for the sessions API.

        Raises:
            Refusal: 404, there is none.
        """
        session = self._sessions.get(name)
        if session is None:
            raise refusals.unknown_session()
        return session

    def create(self, name: str, config: Json | None, *, start: bool) -> Session:
        """Make a session.

        Raises:
            Refusal: 422, the name is taken.
        """
        if name in self._sessions:
            raise refusals.already_exists(name)
        session = Session(name, self._business, config, paired=self._auto_pair)
        self._sessions[name] = session
        if start:
            self._begin(session)
        self._keep()
        return session

    def configure(self, session: Session, config: Json | None) -> None:
        """Replace the configuration; a running session restarts."""
        session.config = config
        if session.status is not Status.STOPPED:
            self._begin(session)
        self._keep()

    def start(self, session: Session) -> None:
        """Start a session that does not run.

        Raises:
            Refusal: 422, it runs.
        """
        if session.status not in {Status.STOPPED, Status.FAILED}:
            raise refusals.already_started(session.name)
        self._begin(session)

    def restart(self, session: Session) -> None:
        """Start anew, whatever the session is doing."""
        self._begin(session)

    async def stop(self, session: Session) -> None:
        """Stop and keep the login."""
        await self._pulse.sleep(self._pace.stopping)
        self._end(session)
        session.assigned = False
        if session.status is not Status.STOPPED:
            self._set(session, Status.STOPPED)
        self._keep()

    async def logout(self, session: Session) -> None:
        """Throw the login away; a running session starts again and asks for a scan."""
        await self._pulse.sleep(self._pace.stopping)
        self.unpair(session)

    async def delete(self, session: Session) -> None:
        """Stop, log out and forget the session."""
        await self.stop(session)
        del self._sessions[session.name]
        self._keep()

    def unpair(self, session: Session) -> None:
        """The phone unlinked this device: the login is gone."""
        session.paired = False
        if session.status is not Status.STOPPED:
            self._begin(session)
        self._keep()

    def fail(self, session: Session) -> None:
        """The session breaks; its login survives."""
        self._end(session)
        self._set(session, Status.FAILED)

    def pair(self, session: Session) -> None:
        """Somebody scanned the code.

        Raises:
            Refusal: 422, no code is shown.
        """
        if session.status is not Status.SCAN_QR_CODE:
            raise refusals.not_as_expected(session.name, session.status, [Status.SCAN_QR_CODE])
        self._end(session)
        session.paired = True
        session.code = None
        self._set(session, Status.WORKING)
        self._keep()

    async def expect(self, session: Session, status: Status) -> None:
        """Wait a while until the session is in `status`.

        Raises:
            Refusal: 422, it did not get there in time.
        """
        deadline = self._pulse.now() + self._pace.expected_status
        while session.status is not status:
            left = deadline - self._pulse.now()
            if left <= 0:
                raise refusals.not_as_expected(session.name, session.status, [status])
            await self._until_changed_or(session, left)

    async def _until_changed_or(self, session: Session, seconds: float) -> None:
        changed = asyncio.ensure_future(session.changed.wait())
        passed = asyncio.ensure_future(self._pulse.sleep(seconds))
        try:
            await asyncio.wait({changed, passed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
            passed.cancel()

    def close(self) -> None:
        """Stop all clocks; the saved state still says what ran."""
        for session in self._sessions.values():
            self._end(session)

    def _begin(self, session: Session) -> None:
        self._end(session)
        session.assigned = True
        self._set(session, Status.STARTING)
        self._lives[session.name] = asyncio.create_task(self._live(session))

    def _end(self, session: Session) -> None:
        session.code = None
        life = self._lives.pop(session.name, None)
        if life is not None:
            life.cancel()

    async def _live(self, session: Session) -> None:
        await self._pulse.sleep(self._pace.starting)
        if session.paired:
            self._set(session, Status.WORKING)
            return
        for number in range(self._pace.codes):
            session.code = f"2@{secrets.token_urlsafe(48)}"
            self._set(session, Status.SCAN_QR_CODE)
            await self._pulse.sleep(self._pace.next_code if number else self._pace.first_code)
        session.code = None
        self._set(session, Status.FAILED)

    def _set(self, session: Session, status: Status) -> None:
        now = self._pulse.now()
        session.status = status
        session.statuses = [*session.statuses[-2:], (status, millis(now))]
        session.last_activity = now
        session.changed.set()
        session.changed = asyncio.Event()
        self._announce(session)
