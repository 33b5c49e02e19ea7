"""What every signed-in page does alike: find out who asks, and show what is theirs without keeping it."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec
from reflex.state import StateUpdate
from reflex_base.registry import RegistrationContext

from app.team.cookies import viewer_in
from app.team.viewer import Viewer

SIGN_IN = "/sign-in"


class PrivatePage(rx.State, mixin=True):
    """Mixed into the state of a page. What it shows goes to the browser as keys that the state never declared
    (``app.ui.live_keys`` reads them), so that a token of a closed tab finds nothing here.
    """

    async def _viewer(self) -> Viewer | None:
        """Who is signed in, found anew for each event."""
        return await viewer_in(self.router.headers.cookie)

    async def _show(self, keys: dict[str, Any]) -> None:
        """Set keys of this state in this browser, and nowhere else."""
        update = StateUpdate(delta={type(self).get_full_name(): keys})
        sockets: Any = RegistrationContext.get().app.event_namespace
        await sockets.emit("event", update, to=self.router.session.session_id)

    @staticmethod
    def _to_sign_in() -> EventSpec:
        return rx.redirect(SIGN_IN)
