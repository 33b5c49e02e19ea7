"""What the Status page does. It holds nothing: what was found goes to the browser of a manager alone, as keys that the
state never declared.
"""

from dataclasses import asdict
from typing import Any

import reflex as rx
import structlog
from reflex.event import EventSpec

from app.clock import epoch_ms
from app.errors import NotAllowed
from app.registry import use
from app.settings import Settings
from app.status.checks import Checks, overview
from app.status.finding import Finding, Verdict, worst
from app.status.outside import OverHttp, http_client
from app.team.private_page import PrivatePage
from app.team.viewer import me

NOT_LOOKED = "The server could not look. This page tries again by itself."
SUMMARY = {
    Verdict.OK: "All is well",
    Verdict.WARN: "Worth a look",
    Verdict.FAIL: "Something is broken",
}

log = structlog.get_logger(__name__)


class StatusState(PrivatePage, rx.State):
    """The Status page of one browser tab."""

    looking: bool = False

    @rx.event
    async def look_now(self) -> Any:
        """Look because somebody asked for it, and show that this is done."""
        self.looking = True
        yield None
        try:
            yield await self._look()
        finally:
            self.looking = False

    @rx.event
    async def refresh(self) -> EventSpec | None:
        """Look at everything and send what was found."""
        return await self._look()

    async def _look(self) -> EventSpec | None:
        viewer = await self._viewer()
        if viewer is None:
            return self._to_sign_in()
        try:
            async with http_client() as client:
                looked_at, found = await overview(viewer, Checks(use(Settings), OverHttp(client)))
        except NotAllowed as refusal:
            await self._show({"me": me(viewer), "refused": str(refusal)})
            return None
        except Exception as error:  # noqa: BLE001 - whatever it was, the page says so and looks again
            log.warning("status_not_looked_at", error=type(error).__name__)
            await self._show({"me": me(viewer), "failed": NOT_LOOKED})
            return None
        await self._show(
            {**page_view(found), "looked_at": epoch_ms(looked_at), "me": me(viewer), "failed": "", "refused": ""}
        )
        return None


def page_view(found: list[Finding]) -> dict[str, Any]:
    """The keys of the page: what needs somebody first, the rest in its order."""
    order = list(Verdict)
    ordered = sorted(found, key=lambda one: -order.index(one.verdict))
    verdict = worst(found)
    return {"checks": [asdict(one) for one in ordered], "verdict": verdict, "summary": SUMMARY[verdict]}
