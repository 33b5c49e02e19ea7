"""The pretended WhatsApp: carries messages between leads and the business, and tells the gateway's listeners."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from app.simulator.chats import Attachment, ChatMessage, Chats, Source
from app.simulator.faults import Faults
from app.simulator.hooks import Hook, Retries, hooks_of
from app.simulator.identifiers import own_hex, phone_hex
from app.simulator.journal import Journal, Kind
from app.simulator.options import SimulatorOptions
from app.simulator.payloads import ack_payload, message_payload, reaction_payload
from app.simulator.people import Addressing, People, Person
from app.simulator.postman import Post, Postman, Subject
from app.simulator.pulse import Pulse
from app.simulator.sessions import Session, Sessions
from app.simulator.shapes import Json
from app.simulator.store import Store
from app.simulator.switchboard import Switchboard

NUMBERS_AHEAD = 500
"""Numbers reserved in the state file at once, so that a crash never gives one out twice."""
DEFAULT_EVENTS = frozenset(
    {"session.status", "message.any", "message.ack", "message.edited", "message.revoked", "message.reaction"}
)


@dataclass(frozen=True)
class Draft:
    """A message before it has an id."""

    text: str
    attachment: Attachment | None = None
    reply_to: str | None = None
    id: str | None = None


class Exchange:
    """Everything the simulator knows, and the ways a message takes through it."""

    def __init__(self, options: SimulatorOptions, pulse: Pulse, post: Post) -> None:
        """Read the state file; nothing runs before `open`."""
        self.options = options
        self.pulse = pulse
        self.journal = Journal()
        self.faults = Faults(options.seed)
        self.chats = Chats()
        self.lines = Switchboard()
        self.started_at = pulse.now()
        self._store = Store(options.data_dir)
        self._saved = self._store.read()
        self.people = People(options.lid_share, first_free=self._saved.get("next_number", 1000))
        self.people.restore(self._saved.get("people", []))
        self._reserved = self.people.next_free
        self.postman = Postman(post, pulse, self.faults, self.journal, arrived=self._received, seed=options.seed)
        self._errands: set[asyncio.Task[None]] = set()
        self.sessions = Sessions(
            pulse,
            options.pace,
            options.business,
            auto_pair=options.auto_pair,
            announce=self._announce,
            keep=self._keep,
        )

    def open(self) -> None:
        """Bring back the sessions of the last run."""
        self.sessions.restore(self._saved.get("sessions", {}))

    async def close(self) -> None:
        """Stop everything; what waits for delivery is lost, as in the real gateway."""
        self.sessions.close()
        self.lines.close()
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        await self.postman.close()

    async def settle(self) -> None:
        """Return when no ack and no delivery is under way."""
        while self._errands or self.postman.waiting:
            if self._errands:
                await asyncio.wait(self._errands)
            await self.postman.settle()

    def reset(self) -> None:
        """Forget people, chats, faults and the journal; the sessions go on."""
        self.people.clear()
        self.chats.clear()
        self.faults.clear()
        self.journal.clear()
        self.lines.ring_all({"type": "reset"})

    def meet(self, number: str | None, name: str = "", addressing: Addressing | None = None) -> Person:
        """The person with this number; without one a new person with a number nobody had."""
        person = self.people.meet(number or self.people.free_number(), name=name, addressing=addressing)
        if self.people.next_free > self._reserved:
            self._reserved = self.people.next_free + NUMBERS_AHEAD
            self._keep()
        return person

    def watch(self, person: Person, *, watched: bool) -> None:
        """Somebody takes the person's phone in hand, or puts it down for good."""
        person.watched = watched
        if not watched:
            self.chats.forget(person.number)
            self.lines.ring(person.number, {"type": "reset"})
        self._keep()

    def receive(self, session: Session, person: Person, draft: Draft) -> ChatMessage:
        """A lead writes to the business."""
        message = self._message(session, person, draft, phone_hex(), Source.APP, from_me=False)
        self.journal.write(
            Kind.INBOUND,
            message.at,
            session.name,
            number=person.number,
            message=message.hex,
            text=message.text,
        )
        self._ring(message, person)
        self._tell_of_message(session, message, person, ("message", "message.any"))
        return message

    def send(self, session: Session, person: Person, draft: Draft) -> ChatMessage:
        """The gateway accepts a message of the business's software; the same id again changes nothing."""
        earlier = self.chats.find(session.name, person.number, draft.id) if draft.id else None
        kind = Kind.REPEAT if earlier else Kind.SEND
        message = earlier or self._message(session, person, draft, draft.id or own_hex(), Source.API, from_me=True)
        self.journal.write(
            kind,
            self.pulse.now(),
            session.name,
            number=person.number,
            message=message.hex,
            text=message.text,
        )
        if earlier is None:
            self._carry_out(session, message, person)
        return message

    def phone_send(self, session: Session, person: Person, draft: Draft) -> ChatMessage:
        """A person writes to the lead on the business's own phone."""
        message = self._message(session, person, draft, phone_hex(), Source.APP, from_me=True)
        self.journal.write(
            Kind.PHONE_SEND,
            message.at,
            session.name,
            number=person.number,
            message=message.hex,
            text=message.text,
        )
        self._carry_out(session, message, person)
        return message

    def see(self, session: Session, person: Person, hexes: set[str]) -> None:
        """The business read a lead's messages; without ids, all of them."""
        for message in self.chats.of(session.name, person.number):
            if not message.from_me and not message.seen and (not hexes or message.hex in hexes):
                message.seen = True
                self._ring_status(message)

    def read(self, person: Person, session_name: str) -> None:
        """The lead looks at the chat: everything there is read, what just arrives as soon as it is delivered."""
        session = self.sessions.get(session_name)
        for message in self.chats.of(session_name, person.number):
            if session is None or not message.from_me:
                continue
            message.looked_at = person.online and message.ack > 0
            if message.ack == 2:
                self._climb(session, message, person, 3)

    def set_online(self, person: Person, *, online: bool) -> None:
        """The lead's phone loses or finds its network; what waited is delivered."""
        person.online = online
        if not online:
            return
        for session in self.sessions.all():
            for message in self.chats.of(session.name, person.number):
                if message.from_me and message.ack == 1:
                    self._climb(session, message, person, 2)
                    self._ring(message, person)

    def react(self, session: Session, person: Person, message: ChatMessage, text: str) -> None:
        """The lead puts an emoji under a message of the business."""
        payload = reaction_payload(message, person, session.chat_id, text, at=self.pulse.now())
        self.postman.tell(self.hooks(session), session.heading(), "message.reaction", payload)

    def mark(self, message: ChatMessage, reaction: str) -> None:
        """The business puts an emoji under a lead's message; an empty text takes it back."""
        message.reaction = reaction
        self._ring_status(message)

    def hooks(self, session: Session) -> list[Hook]:
        """The webhooks of a session; the gateway's default one when it has none."""
        own = hooks_of(session.config)
        if own or self.options.webhook_base is None:
            return own
        url = f"{self.options.webhook_base}/webhooks/waha/{session.name}"
        return [Hook(url, DEFAULT_EVENTS, self.options.hmac_keys.get(session.name), Retries())]

    def shown(self, message: ChatMessage, person: Person) -> Json:
        """A message as the gateway's history shows it."""
        session = self.sessions.get(message.session)
        me = session.chat_id if session else ""
        return message_payload(message, person, me, self.options.public_url)

    def _received(self, subject: Subject, session_name: str) -> None:
        message = self.chats.find(session_name, subject.number, subject.message)
        if message is not None and not message.received:
            message.received = True
            self._ring_status(message)

    def _message(
        self, session: Session, person: Person, draft: Draft, bare: str, source: Source, *, from_me: bool
    ) -> ChatMessage:
        now = self.pulse.now()
        message = ChatMessage(
            hex=bare,
            session=session.name,
            number=person.number,
            from_me=from_me,
            source=source,
            text=draft.text,
            at=now,
            ack=0 if from_me else 2,
            attachment=draft.attachment,
            reply_to=draft.reply_to,
        )
        session.last_activity = now
        self.chats.add(message)
        return message

    def _carry_out(self, session: Session, message: ChatMessage, person: Person) -> None:
        self._errand(self._travel(session, message, person))

    async def _travel(self, session: Session, message: ChatMessage, person: Person) -> None:
        pace = self.options.pace
        await self.pulse.sleep(pace.sent)
        if not person.exists:
            self._climb(session, message, person, -1)
            return
        message.ack = 1
        self._tell_of_message(session, message, person, ("message.any",))
        self._tell_of_ack(session, message, person)
        if not person.online:
            return
        self._ring(message, person)
        await self.pulse.sleep(pace.delivered)
        self._climb(session, message, person, 2)
        if person.watched and not message.looked_at:
            return
        await self.pulse.sleep(pace.read)
        self._climb(session, message, person, 3)

    def _climb(self, session: Session, message: ChatMessage, person: Person, ack: int) -> None:
        if ack != -1 and message.ack >= ack:
            return
        message.ack = ack
        self._tell_of_ack(session, message, person)

    def _tell_of_message(self, session: Session, message: ChatMessage, person: Person, events: tuple[str, ...]) -> None:
        payload = message_payload(message, person, session.chat_id, self.options.public_url)
        subject = None if message.from_me else Subject(person.number, message.hex)
        for event in events:
            self.postman.tell(self.hooks(session), session.heading(), event, payload, subject)

    def _tell_of_ack(self, session: Session, message: ChatMessage, person: Person) -> None:
        payload = ack_payload(message, person, session.chat_id)
        self.postman.tell(self.hooks(session), session.heading(), "message.ack", payload)

    def _ring(self, message: ChatMessage, person: Person) -> None:
        self.lines.ring(person.number, {"type": "message", "message": bubble(message)})

    def _ring_status(self, message: ChatMessage) -> None:
        self.lines.ring(message.number, {"type": "status", "message": bubble(message)})

    def _announce(self, session: Session) -> None:
        self.journal.write(Kind.STATUS, self.pulse.now(), session.name, text=session.status)
        self.postman.tell(self.hooks(session), session.heading(), "session.status", session.status_payload())
        self.lines.ring_all({"type": "session", "session": session.name, "status": session.status})

    def _keep(self) -> None:
        people = self.people.saved()
        self._store.write({"sessions": self.sessions.saved(), "next_number": self._reserved, "people": people})

    def _errand(self, work: Coroutine[Any, Any, None]) -> None:
        errand = asyncio.create_task(work)
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)


def bubble(message: ChatMessage) -> Json:
    """A message as the phone page draws it; `mine` is the lead's own."""
    file = message.attachment
    return {
        "id": message.hex,
        "session": message.session,
        "mine": not message.from_me,
        "text": message.text,
        "at": int(message.at * 1000),
        "tick": "read" if message.seen else "delivered" if message.received else "sent",
        "by_hand": message.source is Source.APP,
        "file": {"name": file.shown_name or file.file_name, "mimetype": file.mimetype} if file else None,
        "reaction": message.reaction,
    }
