"""The open drawers of this web process: which browser shows which lead, and what it gets when that lead changes.

Nothing of a lead is kept in Reflex state, which outlives a sign-out in the tab. It goes to the browser as keys that
``LeadKeys`` never declared, after the services have authorised the reader, anew each time.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakValueDictionary

import reflex as rx
from opentelemetry.trace import SpanKind
from reflex.state import StateUpdate
from reflex_base.registry import RegistrationContext

from app.board.drawer_view import Drawer, MessageRow, drawer_of, message_row
from app.conversations import chat
from app.conversations import record as records
from app.errors import LeadlineError, NotFound
from app.registry import provided, use
from app.team.cookies import viewer_in
from app.team.service import consultants
from app.team.viewer import Viewer
from app.telemetry.traces import LEAD, Trail, span

PAGE = 60
"""Messages shown at first, and added by each "Load older"."""

Keys = dict[str, Any]
log = logging.getLogger(__name__)


class LeadKeys(rx.State):
    """Carries the open lead to the browser in keys it does not declare; itself it holds nothing."""

    carries: bool = True


@dataclass(frozen=True)
class Opened:
    """A lead as one drawer shows it; ``more`` when older messages can be loaded."""

    lead: Drawer
    messages: list[MessageRow]
    more: bool

    def keys(self) -> Keys:
        """The keys that carry it to the browser."""
        return {"lead": self.lead, "messages": self.messages, "more": self.more, "gone": ""}


def nothing(gone: str = "") -> Keys:
    """The keys of a drawer without a lead; ``gone`` says why, in a sentence."""
    return {"lead": None, "messages": [], "more": False, "gone": gone}


class Screens:
    """The browsers of this process, over Reflex's own sockets."""

    async def show(self, sid: str, lead_id: int, limit: int) -> None:
        """Remember that ``sid`` shows the newest ``limit`` messages of the lead, and no other lead."""
        await self.hide(sid)
        with suppress(KeyError):  # the browser is gone
            async with self._sockets.session(sid) as session:
                session["drawer"] = (lead_id, limit)
            await self._sockets.enter_room(sid, _room(lead_id))

    async def hide(self, sid: str) -> None:
        """Forget what ``sid`` showed."""
        with suppress(KeyError):  # the browser is gone
            async with self._sockets.session(sid) as session:
                lead_id, _ = session.pop("drawer", (None, 0))
            if lead_id is not None:
                await self._sockets.leave_room(sid, _room(lead_id))

    async def showing(self, lead_id: int) -> list[tuple[str, int]]:
        """The browsers that show the lead, each with its limit."""
        sockets = self._sockets
        members = list(sockets.server.manager.get_participants(sockets.namespace, _room(lead_id)))
        sessions = [(sid, await sockets.get_session(sid)) for sid, *_ in members]
        return [(sid, session["drawer"][1]) for sid, session in sessions if "drawer" in session]

    async def shows(self, sid: str) -> tuple[int, int] | None:
        """The lead that the browser shows, and its limit; None for no lead, and when it is gone."""
        with suppress(KeyError):  # the browser is gone
            return (await self._sockets.get_session(sid)).get("drawer")
        return None

    def cookies(self, sid: str) -> str:
        """The Cookie header with which the browser connected."""
        sockets = self._sockets
        environ = cast("dict[str, Any]", sockets.server.get_environ(sid, sockets.namespace) or {})
        return str(environ.get("HTTP_COOKIE", ""))

    async def emit(self, sid: str, keys: Keys) -> None:
        """Set these keys of the drawer in that browser."""
        update = StateUpdate(delta={LeadKeys.get_full_name(): keys})
        await self._sockets.emit("event", update, to=sid)

    @property
    def _sockets(self) -> Any:
        return RegistrationContext.get().app.event_namespace


def _room(lead_id: int) -> str:
    return f"drawer:{lead_id}"


def screens() -> Screens:
    """The browsers of this process, unless somebody else plays them."""
    return use(Screens) if provided(Screens) else Screens()


def refusal(error: LeadlineError, viewer: Viewer) -> str:
    """Why a lead is not shown, and who can help; it tells nothing of a lead that the reader may not see."""
    if isinstance(error, NotFound) and viewer.leads_team:
        return "It is no longer here: it was erased, or joined with another lead of the same person."
    if isinstance(error, NotFound):
        return "Consultants open their own and unassigned leads. A manager can share the others."
    return str(error)


async def read(viewer: Viewer, lead_id: int, limit: int = PAGE) -> Opened:
    """The lead with its newest ``limit`` messages; raises NotFound when the viewer may not see it."""
    record = await records.record(viewer, lead_id)
    bubbles = await _thread(viewer, lead_id, limit)
    colleagues = await consultants() if viewer.leads_team else ()
    return Opened(
        lead=drawer_of(record, viewer, colleagues),
        messages=[message_row(bubble) for bubble in bubbles],
        more=len(bubbles) >= limit,
    )


async def _thread(viewer: Viewer, lead_id: int, limit: int) -> list[chat.Bubble]:
    """The newest messages, page by page."""
    bubbles: list[chat.Bubble] = []
    while len(bubbles) < limit:
        before = min((bubble.id for bubble in bubbles), default=None)
        page = await chat.thread(viewer, lead_id, before_id=before, limit=PAGE)
        bubbles = page + bubbles
        if len(page) < PAGE:
            break
    return bubbles


PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before what could not be shown is tried again, each time. After an outage the board tells of every lead."""

_pushing: dict[int, Trail | None] = {}
"""The leads that are being sent, each with the traces of the changes that came since; None without a change."""
_tasks: set[asyncio.Task[None]] = set()
_locks = WeakValueDictionary[int, asyncio.Lock]()


def _reading(lead_id: int) -> asyncio.Lock:
    """Held from reading a lead until it is emitted: nothing older is ever sent behind something newer."""
    return _locks.setdefault(lead_id, asyncio.Lock())


async def begin(sid: str, viewer: Viewer, lead_id: int, limit: int) -> None:
    """Show a lead in a browser, and every change from now on; what is refused, and what cannot be read, is raised.

    The browser hears of changes before the lead is read: one that comes between is sent right afterwards.
    """
    line = screens()
    async with _reading(lead_id):
        await line.show(sid, lead_id, limit)
        try:
            keys = (await read(viewer, lead_id, limit)).keys()
        except BaseException:
            await line.hide(sid)
            raise
        await line.emit(sid, keys)


def changed(lead_id: int, tried: int = 0) -> None:
    """Tell every open drawer of this lead, soon: call it for each change of the lead or of one of its messages.

    ``tried`` is how often it failed before.
    """
    task = asyncio.get_running_loop().create_task(_tell(lead_id, tried))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _tell(lead_id: int, tried: int) -> None:
    if not await push(lead_id) and tried < len(PAUSES):
        asyncio.get_running_loop().call_later(PAUSES[tried], changed, lead_id, tried + 1)


async def push(lead_id: int) -> bool:
    """Send the lead, read anew, to each drawer that shows it. Changes that come meanwhile are sent once, at the end.

    False when some drawer could not be told of the newest.
    """
    news: Trail | None = Trail.here()
    if lead_id in _pushing:
        _pushing[lead_id] = news.behind(_pushing[lead_id])
        return True
    whole = True
    try:
        while news is not None:
            _pushing[lead_id] = None
            whole = await _push(lead_id, news)
            news = _pushing[lead_id]
    finally:
        _pushing.pop(lead_id, None)
    return whole


async def _push(lead_id: int, trail: Trail) -> bool:
    async with _reading(lead_id):
        showing = await screens().showing(lead_id)
        if not showing:
            return True
        about = {LEAD: lead_id, "messaging.system": "socket.io"}
        with span("emit drawer", about, kind=SpanKind.PRODUCER, trail=trail):
            return await _push_to_all(lead_id, showing)


async def _push_to_all(lead_id: int, showing: Sequence[tuple[str, int]]) -> bool:
    seen, whole = dict[tuple[int, int], Keys](), True
    for sid, limit in showing:
        try:
            await _push_to(sid, lead_id, limit, seen)
        except Exception:  # one browser that is gone must not cost the others their lead
            log.exception("drawer_not_shown", extra={"lead_id": lead_id})
            whole = False
    return whole


async def _push_to(sid: str, lead_id: int, limit: int, seen: dict[tuple[int, int], Keys]) -> None:
    line = screens()
    viewer = await viewer_in(line.cookies(sid))
    if viewer is None:
        keys = nothing("Sign in again to go on.")
    else:
        key = (viewer.user_id, limit)
        keys = seen[key] = seen.get(key) or await _keys(viewer, lead_id, limit)
    if await line.shows(sid) != (lead_id, limit):
        return  # while this was read the reader turned to another lead
    if viewer is None:
        await line.hide(sid)
    await line.emit(sid, keys)


async def _keys(viewer: Viewer, lead_id: int, limit: int) -> Keys:
    try:
        return (await read(viewer, lead_id, limit)).keys()
    except LeadlineError as error:
        log.info("drawer_refused", extra={"lead_id": lead_id, "code": error.code})
        return nothing(refusal(error, viewer))
