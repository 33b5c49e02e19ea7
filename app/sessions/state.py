"""What the Sessions page does. It holds nothing: what is known of the sessions goes to the browser as keys that the
state never declared, to the signed-in viewer alone, and the codes of a pairing are never kept anywhere.
"""

import base64
import logging
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from app.clock import Clock, epoch_ms
from app.errors import LeadlineError
from app.registry import use
from app.sessions import service
from app.sessions.page_view import session_row
from app.team.private_page import PrivatePage
from app.team.viewer import Viewer, me
from app.vocabulary import SessionName

NOT_READ = "The server could not read them. Nothing was lost; this page tries again by itself."

log = logging.getLogger(__name__)


class SessionsState(PrivatePage, rx.State):
    """The Sessions page of one browser tab."""

    restarting: str = ""
    notice: str = ""

    @rx.event
    async def refresh(self) -> EventSpec | None:
        """Send how both sessions are, now."""
        viewer = await self._viewer()
        if viewer is None:
            return self._to_sign_in()
        now = epoch_ms(use(Clock).now()) or 0
        try:
            rows = [session_row(view, now) for view in await service.overview(viewer)]
        except Exception:
            log.exception("sessions_not_read")
            await self._show({"failed": NOT_READ})
            return None
        await self._show({"sessions": rows, "me": me(viewer), "failed": ""})
        return None

    @rx.event
    async def codes(self) -> EventSpec | None:
        """Send the pairing codes of the sessions that wait for one, to managers alone."""
        viewer = await self._viewer()
        if viewer is None:
            return self._to_sign_in()
        if viewer.leads_team:
            views = await service.overview(viewer)
            await self._show({f"code_{view.name}": await _code(viewer, view) for view in views})
        return None

    @rx.event
    async def restart(self, name: str) -> Any:
        """Restart a session; its login stays."""
        viewer = await self._viewer()
        if viewer is None:
            yield self._to_sign_in()
            return
        if name not in set(SessionName):
            return
        self.restarting, self.notice = name, ""
        yield None
        try:
            await service.restart(viewer, name)
        except LeadlineError as error:
            self.notice = f"The session was not restarted. {error}"
        finally:
            self.restarting = ""
        yield SessionsState.refresh

    @rx.event
    async def dismiss(self) -> None:
        """Put the notice away."""
        self.notice = ""


async def _code(viewer: Viewer, view: service.SessionView) -> str:
    """The code of a session as an address that holds the picture itself; empty when there is none."""
    png = await service.qr_png(viewer, view.name) if view.needs_scan else None
    return f"data:image/png;base64,{base64.b64encode(png).decode()}" if png else ""
