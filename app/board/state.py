"""What a browser may ask of the board: each event finds out who is signed in and calls one service.

No lead is ever kept here: cards reach the browser as keys that the state never declared (see ``live.py``), after
the viewer was found. What Reflex sends to every stranger who connects is therefore empty.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import reflex as rx
from reflex.event import EventSpec
from sqlalchemy.exc import SQLAlchemyError

from app.board.live import LiveBoard
from app.distribution import service as distribution
from app.errors import Invalid, LeadlineError, NotFound, NotSignedIn, Stale
from app.leads import desk
from app.registry import use
from app.team.cookies import viewer_in
from app.team.viewer import Viewer
from app.vocabulary import Stage

SIGN_IN = "/sign-in"
UNREADABLE = (SQLAlchemyError, OSError, TimeoutError)
"""What a read raises while the database does not answer."""
ANSWERS = 16
LARGEST = 2**53 - 1
"""The largest whole number that a browser can say exactly."""

log = logging.getLogger(__name__)


class BoardState(rx.State):
    """The board of one browser tab. It holds nothing; ``carries`` makes Reflex give it a place in the browser."""

    carries: bool = True

    @rx.event
    async def load(self) -> EventSpec | None:
        """Send the board: when the page opens, and again after each reconnect."""
        board, sid = use(LiveBoard), str(self.router.session.session_id)
        try:
            viewer = await viewer_in(self.router.headers.cookie)
        except UNREADABLE as error:
            log.warning("board_viewer_unread", extra={"error": type(error).__name__})
            await board.park(sid)
            return None
        if viewer is None:
            return rx.redirect(SIGN_IN)
        await board.join(sid, viewer)
        return None

    @rx.event
    async def move(self, wish: dict[str, Any]) -> EventSpec | None:
        """Put a card elsewhere. The answer says whether it stayed there, and if not, where it is and why."""
        return await self._carry_out(wish, move)

    @rx.event
    async def take(self, wish: dict[str, Any]) -> EventSpec | None:
        """Own a lead that nobody has."""
        return await self._carry_out(wish, take)

    async def _carry_out(self, wish: Any, act: Callable[[Viewer, "Wish"], Awaitable[desk.Card]]) -> EventSpec | None:
        viewer = await viewer_in(self.router.headers.cookie)
        if viewer is None:
            return rx.redirect(SIGN_IN)
        number = None
        try:
            asked = Wish.read(wish)
            number = whole(asked.fields, "nr")
            card = await act(viewer, asked)
        except NotSignedIn:
            return rx.redirect(SIGN_IN)
        except LeadlineError as error:
            await self._answer(number, refusal(error))
        else:
            await self._answer(number, {"ok": True, "version": card.version})
        return None

    async def _answer(self, number: int | None, said: dict[str, Any]) -> None:
        """Say what came of a wish. Each of the last few answers has its own key: two at once do not meet."""
        if number is not None:
            sid = str(self.router.session.session_id)
            await use(LiveBoard).tell(sid, {f"answer_{number % ANSWERS}": {**said, "nr": number}})


@dataclass(frozen=True)
class Wish:
    """What the browser asks for, checked: anybody can send anything."""

    lead_id: int
    fields: Mapping[str, Any]

    @classmethod
    def read(cls, wish: Any) -> "Wish":
        """Raises Invalid for anything that names no lead."""
        if not isinstance(wish, dict):
            raise Invalid(field="wish")
        fields = cast("dict[str, Any]", wish)
        return cls(whole(fields, "id") or _missing("id"), fields)

    @property
    def stage(self) -> Stage:
        """The column; raises Invalid."""
        try:
            return Stage(self.fields.get("stage"))
        except ValueError:
            raise Invalid(field="stage") from None


def whole(fields: Mapping[str, Any], name: str) -> int | None:
    """A whole number, or None where there is none; raises Invalid for anything else."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise Invalid(field=name)
    return value


def _missing(name: str) -> int:
    raise Invalid(field=name)


async def move(viewer: Viewer, wish: Wish) -> desk.Card:
    """Move a card as asked."""
    return await desk.move(
        viewer,
        wish.lead_id,
        wish.stage,
        before=whole(wish.fields, "before"),
        after=whole(wish.fields, "after"),
        version=whole(wish.fields, "version") or _missing("version"),
    )


async def take(viewer: Viewer, wish: Wish) -> desk.Card:
    """Take a lead as asked."""
    await distribution.take(viewer, wish.lead_id)
    card = await desk.card(wish.lead_id)
    if card is None:
        raise NotFound(lead=wish.lead_id)
    return card


def refusal(error: LeadlineError) -> dict[str, Any]:
    """What the browser says about it: who moved the card and where to, or the reason in a sentence."""
    if isinstance(error, Stale):
        return {
            "ok": False,
            "why": "stale",
            "by": error.facts.get("moved_by"),
            "stage": error.facts.get("stage"),
            "text": str(error),
        }
    return {"ok": False, "why": "refused", "text": str(error)}
