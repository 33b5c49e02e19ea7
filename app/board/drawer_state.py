"""What the drawer does: each event finds out who is signed in, calls one service, and shows the lead anew."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from enum import StrEnum
from typing import Any, TypeVar

import reflex as rx
from reflex.event import EventSpec

from app.board import drawer_live
from app.board.drawer_live import PAGE, nothing, screens
from app.classification import verdicts
from app.classification.verdicts import Opinion
from app.conversations import chat
from app.distribution import service as distribution
from app.errors import Invalid, LeadlineError, NotSignedIn, Stale
from app.leads import desk
from app.privacy import service as privacy
from app.team.cookies import viewer_in
from app.team.viewer import Viewer
from app.vocabulary import Risk, Stage, Temperature

MOST = 600
"""Messages that one drawer shows at most."""

DRAFT = re.compile(r"[0-9a-f-]{16,64}")
"""How a browser names what was written in its box."""

LEAD_ID = re.compile(r"[0-9]{1,18}")
"""How a tab remembers which lead was open."""

NOT_SENT = "Something went wrong here. Your text is kept."
SIGNED_OUT = "Sign in again. Your text is kept."
NOT_SHOWN = "The server could not read it. Nothing was lost; the board still works."

Act = Callable[[Viewer, int], Awaitable[object]]
Steps = AsyncIterator[EventSpec | None]
Word = TypeVar("Word", bound=StrEnum)


class DrawerState(rx.State):
    """The drawer of one browser tab. It keeps which lead is open, never anything about that lead.

    Each act names the lead that the reader saw: by the time it runs another may be open. ``opened`` is ``lead_id`` as
    the tab remembers it, for when this server begins anew; ``answered`` and ``about`` say which draft was dealt with.
    """

    lead_id: int = 0
    opened: str = rx.SessionStorage("", name="leadline-open-lead")
    pane: str = "chat"
    answered: int = 0
    about: str = ""
    refusal: str = ""
    notice: str = ""
    _limit: int = PAGE

    @rx.event
    async def open(self, lead_id: int) -> Steps:
        """Show a lead; the skeleton stands until it is read."""
        self.lead_id, self.pane, self._limit = _number(lead_id), "chat", PAGE
        self.opened = str(self.lead_id)
        self.refusal = self.notice = ""
        await screens().hide(self._sid)
        await screens().emit(self._sid, nothing())
        yield None
        async for step in self._show():
            yield step
        await self._read_by_viewer(self.lead_id)

    @rx.event
    async def resume(self) -> Steps:
        """Show the open lead again after the page was loaded, the line came back, or the server began anew."""
        self.lead_id = self.lead_id or _remembered(self.opened)
        if self.lead_id:
            async for step in self._show():
                yield step

    @rx.event
    async def close(self) -> None:
        """Put the drawer away."""
        self.lead_id, self.opened = 0, ""
        await screens().hide(self._sid)
        await screens().emit(self._sid, nothing())

    @rx.event
    async def older(self) -> Steps:
        """Show sixty messages more."""
        self._limit = min(MOST, self._limit + PAGE)
        async for step in self._show():
            yield step

    @rx.event
    async def look(self, pane: str) -> None:
        """Turn to chat, record or timeline."""
        if pane in {"chat", "record", "timeline"}:
            self.pane = pane

    @rx.event
    async def seen(self, lead_id: int) -> None:
        """The reader has the newest message of this lead before their eyes."""
        await self._read_by_viewer(_number(lead_id))

    @rx.event
    async def send(self, lead_id: int, draft: str, text: str, kind: str) -> EventSpec | None:
        """Write to the lead, or leave a note for the team. A refusal keeps the text in the box and says why.

        ``draft`` makes a repetition harmless.
        """
        write = chat.note if kind == "note" else chat.write
        self.refusal, self.about = NOT_SENT, str(draft)
        try:
            name, words = _draft(draft), _text(text)
            onward = await self._do(lead_id, lambda viewer, lead: write(viewer, lead, words, draft_id=name))
            self.refusal = SIGNED_OUT if onward else ""
        except Stale as error:
            self.refusal, onward = str(error), None
            # What the box goes by is behind, perhaps a first version that is in the chat: the browser looks again.
            drawer_live.changed(_number(lead_id))
        except LeadlineError as error:
            self.refusal, onward = str(error), None
        finally:
            self.answered += 1
        return onward

    @rx.event
    async def retry(self, lead_id: int, message_id: int) -> EventSpec | None:
        """Send a message of the lead that did not arrive once more."""
        message = _number(message_id)
        return await self._try(lead_id, lambda viewer, _: chat.retry(viewer, message))

    @rx.event
    async def take(self, lead_id: int) -> EventSpec | None:
        """Own this lead."""
        return await self._try(lead_id, distribution.take)

    @rx.event
    async def assign(self, lead_id: int, user_id: str) -> EventSpec | None:
        """Hand the lead to a consultant."""
        consultant = _number(user_id)
        return await self._try(lead_id, lambda viewer, lead: distribution.assign(viewer, lead, consultant))

    @rx.event
    async def pause_agent(self, lead_id: int) -> EventSpec | None:
        """Answer in person from now on."""
        return await self._try(lead_id, chat.pause_agent)

    @rx.event
    async def return_to_agent(self, lead_id: int) -> EventSpec | None:
        """Let the agent answer again."""
        return await self._try(lead_id, chat.return_to_agent)

    @rx.event
    async def stop(self, lead_id: int) -> EventSpec | None:
        """The lead asked to be left alone: nobody writes any more."""
        return await self._try(lead_id, chat.opt_out)

    @rx.event
    async def allow(self, lead_id: int) -> EventSpec | None:
        """The lead wants contact again; the reader answers for it."""
        return await self._try(lead_id, chat.opt_in)

    @rx.event
    async def move(self, lead_id: int, stage: str, version: int) -> EventSpec | None:
        """Move the lead to another stage, unless somebody changed it since the reader looked."""
        to, seen = _one_of(Stage, stage), _number(version)
        return await self._try(
            lead_id, lambda viewer, lead: desk.move(viewer, lead, to, before=None, after=None, version=seen)
        )

    @rx.event
    async def judge(self, lead_id: int, temperature: str, risk: str, rating: int) -> EventSpec | None:
        """Say what the lead is; ``rating`` is the one that the reader had before their eyes, 0 for none."""
        said = Opinion(_one_of(Temperature, temperature), _one_of(Risk, risk), _number(rating) or None)
        return await self._try(lead_id, lambda viewer, lead: verdicts.give(viewer, lead, said))

    @rx.event
    async def take_back(self, lead_id: int) -> EventSpec | None:
        """Take the reader's verdict back."""
        return await self._try(lead_id, verdicts.take_back)

    @rx.event
    async def erase(self, lead_id: int) -> EventSpec | None:
        """Erase the lead for good, and put its drawer away; for managers, who were asked once more."""
        onward = await self._try(lead_id, privacy.erase)
        if self.lead_id == _number(lead_id) and not (self.notice or onward):
            await self.close()
        return onward

    @rx.event
    async def dismiss(self) -> None:
        """Put the notice away."""
        self.notice = ""

    @property
    def _sid(self) -> str:
        return str(self.router.session.session_id)

    async def _viewer(self) -> Viewer:
        viewer = await viewer_in(self.router.headers.cookie)
        if viewer is None:
            raise NotSignedIn
        return viewer

    async def _show(self) -> Steps:
        """Read the open lead and send it to this browser, or say why not."""
        line, sid = screens(), self._sid
        try:
            viewer = await self._viewer()
        except NotSignedIn:
            await line.hide(sid)
            yield rx.redirect("/sign-in")
            return
        try:
            await drawer_live.begin(sid, viewer, self.lead_id, self._limit)
        except LeadlineError as error:
            await line.emit(sid, nothing(drawer_live.refusal(error, viewer)))
        except Exception:
            await line.emit(sid, nothing(NOT_SHOWN))
            raise

    async def _read_by_viewer(self, lead_id: int) -> None:
        viewer = await viewer_in(self.router.headers.cookie)
        if viewer is not None and lead_id:
            try:
                await desk.mark_read(viewer, lead_id)
            except LeadlineError:
                return

    async def _do(self, lead_id: Any, act: Act) -> EventSpec | None:
        """Carry out an act on the lead that the reader saw, and show what came of it."""
        lead = _number(lead_id)
        try:
            await act(await self._viewer(), lead)
        except NotSignedIn:
            return rx.redirect("/sign-in")
        # Not awaited: what is committed must not be told as failed because showing it went wrong.
        drawer_live.changed(lead)
        return None

    async def _try(self, lead_id: Any, act: Act) -> EventSpec | None:
        """As ``_do``, with a refusal as a notice."""
        self.notice = ""
        try:
            return await self._do(lead_id, act)
        except LeadlineError as error:
            self.notice = str(error)
            drawer_live.changed(_number(lead_id))
            return None


def _remembered(value: Any) -> int:
    """The lead that the tab says was open; 0 for none, and for what nobody here ever wrote."""
    return int(value) if isinstance(value, str) and LEAD_ID.fullmatch(value) else 0


def _number(value: Any) -> int:
    """A whole number out of whatever the browser sent; raises Invalid."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise Invalid(field="number") from None


def _one_of(kind: type[Word], value: Any) -> Word:
    try:
        return kind(value)
    except ValueError:
        raise Invalid(field=kind.__name__.lower()) from None


def _draft(value: Any) -> str:
    if not isinstance(value, str) or not DRAFT.fullmatch(value):
        raise Invalid(field="draft")
    return value


def _text(value: Any) -> str:
    return chat.checked_text(value if isinstance(value, str) else "")
