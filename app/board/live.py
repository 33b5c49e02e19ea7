"""The live board of this process: what the database tells becomes one small message to each browser that may see it.

Snapshots and changes are read and emitted under one lock, so the last thing a browser hears is the truth.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol

from opentelemetry.trace import SpanKind
from sqlalchemy.exc import SQLAlchemyError

import metrics.board
from app.board.live_listener import Told
from app.board.live_missed import Missed
from app.board.live_rooms import Emit, Keys, Numbering, Places, batches, rooms_of
from app.board.live_tasks import whenever
from app.leads import desk
from app.leads.desk import Card, card_json
from app.team.auth import forget_viewers
from app.team.viewer import Viewer, me
from app.telemetry.traces import LEAD, NOWHERE, Trail, span, within

BATCH = 200
"""Cards that are read and sent together, at most; snapshots get their turn between two batches."""
CHECK_EVERY = 60.0
"""Seconds between two looks whether every connected browser is still signed in."""

LONGEST_COMMIT = 2.0
"""Seconds between writing a row and hearing of it, at most; what looks older was not written by this change."""

log = logging.getLogger(__name__)


class Sockets(Protocol):
    """The browsers connected to this process."""

    async def emit(self, keys: Keys, to: Sequence[str]) -> None:
        """Set these keys of the board in the browsers ``to`` (rooms or single browsers), each of them once."""
        ...

    async def enter(self, sid: str, rooms: Sequence[str]) -> bool:
        """Let a browser hear these rooms, and no other room of the board; False when it is gone."""
        ...

    async def viewers(self, sids: Sequence[str]) -> dict[str, Viewer | None]:
        """Who is signed in at each of these browsers now, by the cookie with which it connected."""
        ...

    async def close(self, sid: str) -> None:
        """Hang up."""
        ...


@dataclass(frozen=True)
class Change:
    """A card to read anew; ``heard`` is when this process heard of it, in seconds since 1970, and ``trail`` leads to
    the traces in which it changed since it was last sent.
    """

    lead_id: int
    heard: float
    trail: Trail = NOWHERE


@dataclass
class LiveBoard:
    """Keeps the boards of all connected browsers true.

    ``changed`` hears the id of each lead that changed; ``besides`` tells what a snapshot carries next to the cards.
    """

    sockets: Sockets
    changed: Callable[[int], None] = lambda _: None
    besides: Callable[[Viewer], Awaitable[Keys]] | None = None
    _browsers: dict[str, Viewer] = field(default_factory=dict[str, Viewer])
    _waiting: dict[int, Change] = field(default_factory=dict[int, Change])
    _joining: dict[str, Viewer] = field(default_factory=dict[str, Viewer])
    _parked: set[str] = field(default_factory=set[str])
    _recheck: set[int | None] = field(default_factory=set[int | None])
    _stir: asyncio.Event = field(default_factory=asyncio.Event)
    _doubt: asyncio.Event = field(default_factory=asyncio.Event)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _places: Places = field(default_factory=Places)
    _missed: Missed = field(default_factory=Missed)
    _numbers: Numbering = field(default_factory=lambda: Numbering(secrets.token_hex(4)))
    _line: str = "lost"

    async def join(self, sid: str, viewer: Viewer) -> None:
        """Show the board to a browser whose viewer the caller has just found: a snapshot, then every change. While the
        board cannot be read the browser is told so, and is shown it as soon as it can.
        """
        self._joining[sid] = viewer
        try:
            await self._welcome()
        except Exception as error:  # noqa: BLE001 - whatever it is, the browser must not be left without a board
            log.warning("board_not_shown", extra={"error": type(error).__name__})
            await self._wait(sid)

    async def park(self, sid: str) -> None:
        """Take in later a browser of which the database cannot tell now who is signed in there."""
        self._parked.add(sid)
        await self._wait(sid)

    async def _wait(self, sid: str) -> None:
        await self.tell(sid, {"line": "lost"})
        self._doubt.set()

    async def tell(self, sid: str, keys: Keys) -> None:
        """Set keys in one browser."""
        await self.sockets.emit(keys, [sid])

    def left(self, sid: str) -> None:
        """A browser is gone."""
        self._parked.discard(sid)
        self._joining.pop(sid, None)
        if self._browsers.pop(sid, None):
            metrics.board.users(self._users())

    def hear(self, told: Told) -> None:
        """Note what the database tells; ``run`` deals with it."""
        if told.kind == "lead" and (lead_id := told.number("id")):
            self._missed.heard(lead_id)
            self._note(lead_id, told.trace)
            self._drawers(lead_id, told.trace)
        elif told.kind == "message" and (lead_id := told.number("lead")):
            self._drawers(lead_id, told.trace)
        elif told.kind == "signin":
            user_id = told.number("user")
            forget_viewers(user_id)
            self._recheck.add(user_id)
            self._doubt.set()
        self._stir.set()

    def _note(self, lead_id: int, trace: str | None) -> None:
        change = self._waiting.setdefault(lead_id, Change(lead_id, time.time()))
        if trace:
            self._waiting[lead_id] = replace(change, trail=Trail(trace).behind(change.trail))

    def _drawers(self, lead_id: int, trace: str | None) -> None:
        with within(trace):
            self.changed(lead_id)

    async def deaf(self) -> None:
        """Tell every browser that what it shows may be old."""
        if self._line != "lost":
            self._line = "lost"
            await self._tell_all({"line": self._line})

    async def listening(self) -> None:
        """Read every board anew: nobody knows what was missed. Whoever is no longer signed in is signed out instead."""
        forget_viewers()
        self._missed.begin()
        await self._verify([*self._browsers, *self._parked])
        async with self._lock:  # who is half-way in may be shown what was read before the line stood
            self._joining = {**self._browsers, **self._joining}
        await self._welcome()
        self._line = "live"
        await self._tell_all({"line": self._line})
        for lead_id in self._places.known():
            self.changed(lead_id)

    async def run(self) -> None:
        """Deal with what was heard, until cancelled. A failed read is tried again; nothing heard is dropped.

        Cards do not wait for the looks at who is signed in: those are many once a minute.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(whenever(self._stir, self.catch_up))
            tasks.create_task(whenever(self._doubt, self.look_again))
            tasks.create_task(self._check())

    async def _check(self) -> None:
        while True:
            await asyncio.sleep(CHECK_EVERY)
            self._recheck.add(None)
            self._doubt.set()
            await self.find_missed()

    async def find_missed(self) -> None:
        """Show what changed lately and nobody told. While the database is away that is not known; then there is a
        snapshot for everybody when it is back.
        """
        try:
            missed = await self._missed.look()
        except (SQLAlchemyError, OSError) as error:
            log.warning("board_changes_unknown", extra={"error": type(error).__name__})
            return
        if missed:
            log.warning("board_changes_missed", extra={"leads": len(missed)})
        for lead_id in missed:
            self.hear(Told("lead", {"id": lead_id}))

    async def look_again(self) -> None:
        """Find out anew who sits before the browsers in doubt; show each its board, or hang up."""
        asked, self._recheck = self._recheck, set()
        try:
            await self._verify([*self._parked, *self._browsers_of(asked)])
        except BaseException:
            self._recheck |= asked
            raise
        await self._welcome()

    def _browsers_of(self, users: set[int | None]) -> list[str]:
        return [sid for sid, viewer in self._browsers.items() if None in users or viewer.user_id in users]

    async def catch_up(self) -> None:
        """Send every change that is waiting."""
        while self._waiting:
            began = time.time()
            taken = [self._waiting.pop(lead_id) for lead_id in list(self._waiting)[:BATCH]]
            try:
                async with self._lock:
                    # Whoever comes later gets a snapshot; under the lock nobody is half-way in.
                    if not (self._browsers or self._joining):
                        continue
                    cards = await desk.cards_of([change.lead_id for change in taken])
                    await self._emit(self._changes(taken, cards))
            except BaseException:
                self._waiting = {change.lead_id: change for change in taken} | self._waiting
                raise
            _measure(taken, cards, began)

    def _changes(self, taken: Sequence[Change], cards: Mapping[int, Card]) -> list[Emit]:
        emits: list[Emit] = []
        for change in taken:
            card = cards.get(change.lead_id)
            emits += self._removal(change.lead_id) if card is None else self._news(card)
        return batches(emits)

    def _news(self, card: Card) -> list[Emit]:
        metrics.board.emitted("card")
        whole = self._numbers.stamp(card_json(card))
        hidden = {**whole, **card_json(desk.covered(card))} if card.blind else None
        return self._places.change(card.id, card.owner_id, whole, hidden)

    def _removal(self, lead_id: int) -> list[Emit]:
        metrics.board.emitted("removal")
        return self._places.removal(lead_id)

    async def _emit(self, emits: Sequence[Emit]) -> None:
        for emit in emits:
            await self.sockets.emit(emit.keys, emit.rooms)

    async def _welcome(self) -> None:
        """Send a snapshot to everyone who waits for one; changes get their turn between two of them."""
        waiting = True
        while waiting:
            async with self._lock:
                await self._welcome_some()
                waiting = bool(self._joining)

    async def _welcome_some(self) -> None:
        """Whoever looks with the same eyes shares the read. Who could not be shown the board goes on waiting."""
        viewer = next(iter(self._joining.values()), None)
        if viewer is None:
            return
        sids = [sid for sid, other in self._joining.items() if other == viewer]
        for sid in sids:
            del self._joining[sid]
        try:
            await self._show(viewer, sids, await desk.board(viewer))
        except BaseException:
            self._joining = {**self._joining, **{sid: viewer for sid in sids if sid not in self._joining}}
            raise

    async def _show(self, viewer: Viewer, sids: Sequence[str], cards: Sequence[Card]) -> None:
        self._places.seen({card.id: card.owner_id for card in cards})
        besides = {"me": me(viewer), **(await self.besides(viewer) if self.besides else {})}
        keys = self._numbers.snapshot({card.id: card_json(card) for card in cards}, besides)
        here = [sid for sid in sids if await self.sockets.enter(sid, rooms_of(viewer))]
        self._browsers.update(dict.fromkeys(here, viewer))
        await self.sockets.emit({**keys, "line": self._line}, here)
        metrics.board.emitted("snapshot", len(here))
        metrics.board.users(self._users())

    async def _verify(self, sids: Sequence[str]) -> None:
        """Send away who is signed out; who is to see another board than before, or sees none yet, joins (again)."""
        found = await self.sockets.viewers(sids) if sids else {}
        for sid, now in found.items():
            await self._believe(sid, now)

    async def _believe(self, sid: str, now: Viewer | None) -> None:
        before = self._browsers.get(sid)
        if before is None and sid not in self._parked:
            return  # gone meanwhile
        if now is None:
            await self._send_away(sid)
        elif now != before:
            async with self._lock:  # what was lost to sight is lost at once, even when the new board cannot be read yet
                await self.sockets.enter(sid, ())
                self._joining[sid] = now
        self._parked.discard(sid)

    async def _send_away(self, sid: str) -> None:
        async with self._lock:
            await self.sockets.enter(sid, ())
            await self.sockets.emit({"signed_out": True}, [sid])
        self.left(sid)
        await self.sockets.close(sid)

    async def _tell_all(self, keys: Keys) -> None:
        if self._browsers:
            try:
                await self.sockets.emit(keys, list(self._browsers))
            except Exception:
                log.exception("board_line_untold")

    def _users(self) -> int:
        return len({viewer.user_id for viewer in self._browsers.values()})


def _measure(taken: Sequence[Change], cards: Mapping[int, Card], began: float) -> None:
    now = time.time()
    for change in taken:
        with _span(change, len(taken), began):
            metrics.board.latency(now - committed(change, cards.get(change.lead_id)))


def _span(change: Change, batch: int, began: float) -> AbstractContextManager[object]:
    """The end of the trace of this change; where one emit shows several changes, it points at the older ones."""
    if change.trail == NOWHERE:
        return contextlib.nullcontext()
    about: dict[str, str | int] = {LEAD: change.lead_id, "messaging.system": "socket.io"}
    about["messaging.batch.message_count"] = batch
    return span("emit board", about, kind=SpanKind.PRODUCER, trail=change.trail, started=began)


def committed(change: Change, card: Card | None) -> float:
    """When the change was written, by the row; when it was heard, for rows that keep no such time."""
    written = card.updated_at / 1000 if card else change.heard
    return written if 0 <= change.heard - written <= LONGEST_COMMIT else change.heard
