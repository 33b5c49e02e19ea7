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
from app.errors import Invalid, LeadlineError, NotSignedIn
from app.leads import desk
from app.team.cookies import viewer_in
from app.team.viewer import Viewer
from app.vocabulary import Risk, Stage, Temperature

MOST = 600
"""Messages that one drawer shows at most."""
LONGEST = 4096
"""Characters in one WhatsApp message."""

DRAFT = re.compile(r"[0-9a-f-]{16,64}")
"""How a browser names what was written in its box."""

NOT_SENT = "Something went wrong here. Your text is kept."
NOT_SHOWN = "The server could not read it. Nothing was lost; the board still works."

Act = Callable[[Viewer, int], Awaitable[object]]
Steps = AsyncIterator[EventSpec | None]
Word = TypeVar("Word", bound=StrEnum)


class DrawerState(rx.State):
    """The drawer of one browser tab. It keeps which lead is open, never anything about that lead."""

    lead_id: int = 0
    pane: str = "chat"
    answered: int = 0
    refusal: str = ""
    notice: str = ""
    _limit: int = PAGE

    @rx.event
    async def open(self, lead_id: int) -> Steps:
        """Show a lead; the skeleton stands until it is read."""
        self.lead_id, self.pane, self._limit = _number(lead_id), "chat", PAGE
        self.refusal = self.notice = ""
        await screens().emit(self._sid, nothing())
        yield None
        async for step in self._show():
            yield step
        await self._read_by_viewer()

    @rx.event
    async def resume(self) -> Steps:
        """Show the open lead again after the page was loaded or the line came back."""
        if self.lead_id:
            async for step in self._show():
                yield step

    @rx.event
    async def close(self) -> None:
        """Put the drawer away."""
        self.lead_id = 0
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
    async def seen(self) -> None:
        """The reader has the newest message before their eyes."""
        await self._read_by_viewer()

    @rx.event
    async def send(self, lead_id: int, draft: str, text: str, kind: str) -> EventSpec | None:
        """Write to the lead, or leave a note for the team. A refusal keeps the text in the box and says why.

        ``lead_id`` is the lead that the writer saw: by now another may be open. ``draft`` makes a repetition harmless.
        """
        write = chat.note if kind == "note" else chat.write
        self.refusal = NOT_SENT
        try:
            lead, name, words = _number(lead_id), _draft(draft), _text(text)
            onward = await self._do(lambda viewer, _: write(viewer, lead, words, draft_id=name))
            drawer_live.changed(lead)
            self.refusal = ""
        except LeadlineError as error:
            self.refusal, onward = str(error), None
        finally:
            self.answered += 1
        return onward

    @rx.event
    async def retry(self, message_id: int) -> EventSpec | None:
        """Send a message that did not arrive once more."""
        message = _number(message_id)
        return await self._try(lambda viewer, _: chat.retry(viewer, message))

    @rx.event
    async def take(self) -> EventSpec | None:
        """Own this lead."""
        return await self._try(distribution.take)

    @rx.event
    async def assign(self, user_id: str) -> EventSpec | None:
        """Hand the lead to a consultant."""
        consultant = _number(user_id)
        return await self._try(lambda viewer, lead_id: distribution.assign(viewer, lead_id, consultant))

    @rx.event
    async def pause_agent(self) -> EventSpec | None:
        """Answer in person from now on."""
        return await self._try(chat.pause_agent)

    @rx.event
    async def return_to_agent(self) -> EventSpec | None:
        """Let the agent answer again."""
        return await self._try(chat.return_to_agent)

    @rx.event
    async def stop(self) -> EventSpec | None:
        """The lead asked to be left alone: nobody writes any more."""
        return await self._try(chat.opt_out)

    @rx.event
    async def allow(self) -> EventSpec | None:
        """The lead wants contact again; the reader answers for it."""
        return await self._try(chat.opt_in)

    @rx.event
    async def move(self, stage: str, version: int) -> EventSpec | None:
        """Move the lead to another stage, unless somebody changed it since the reader looked."""
        to, seen = _one_of(Stage, stage), _number(version)
        return await self._try(
            lambda viewer, lead_id: desk.move(viewer, lead_id, to, before=None, after=None, version=seen)
        )

    @rx.event
    async def judge(self, temperature: str, risk: str, rating: int) -> EventSpec | None:
        """Say what the lead is; ``rating`` is the one that the reader had before their eyes, 0 for none."""
        said = Opinion(_one_of(Temperature, temperature), _one_of(Risk, risk), _number(rating) or None)
        return await self._try(lambda viewer, lead_id: verdicts.give(viewer, lead_id, said))

    @rx.event
    async def take_back(self) -> EventSpec | None:
        """Take the reader's verdict back."""
        return await self._try(verdicts.take_back)

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
        line, sid, lead_id = screens(), self._sid, self.lead_id
        await line.hide(sid)
        try:
            opened = await drawer_live.read(await self._viewer(), lead_id, self._limit)
        except NotSignedIn:
            yield rx.redirect("/sign-in")
            return
        except LeadlineError as error:
            await line.emit(sid, nothing(drawer_live.refusal(error)))
            return
        except Exception:
            await line.emit(sid, nothing(NOT_SHOWN))
            raise
        await line.show(sid, lead_id, self._limit)
        await line.emit(sid, opened.keys())

    async def _read_by_viewer(self) -> None:
        viewer = await viewer_in(self.router.headers.cookie)
        if viewer is not None and self.lead_id:
            try:
                await desk.mark_read(viewer, self.lead_id)
            except LeadlineError:
                return

    async def _do(self, act: Act) -> EventSpec | None:
        """Carry out an act on the open lead and show what came of it."""
        try:
            await act(await self._viewer(), self.lead_id)
        except NotSignedIn:
            return rx.redirect("/sign-in")
        # Not awaited: what is committed must not be told as failed because showing it went wrong.
        drawer_live.changed(self.lead_id)
        return None

    async def _try(self, act: Act) -> EventSpec | None:
        """As ``_do``, with a refusal as a notice."""
        self.notice = ""
        try:
            return await self._do(act)
        except LeadlineError as error:
            self.notice = str(error)
            drawer_live.changed(self.lead_id)
            return None


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
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        raise Invalid("Write something first.")
    if len(text) > LONGEST:
        raise Invalid(f"A message holds {LONGEST} characters at most; this one has {len(text)}.")
    return text
