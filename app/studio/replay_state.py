"""What the replay page does: show the runs to managers, put one in hand, and cancel one. It keeps nothing private."""

import logging
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from app.errors import LeadlineError
from app.llm.routes import is_configured
from app.qualification import published
from app.registry import use
from app.settings import Settings
from app.studio import replay_runs
from app.studio.replay_change import change_of
from app.studio.replay_view import details, form, readable_words, run_row
from app.team.private_page import PrivatePage
from app.team.viewer import Viewer, me

NOT_READ = "The server could not read the runs."
TO_THE_RUNS = "matchMedia('(max-width: 900px)').matches && document.querySelector('.rp-runs')?.scrollIntoView()"
"""On a narrow screen the runs are under the form: whoever starts one is brought to it."""

log = logging.getLogger(__name__)


class ReplayState(PrivatePage, rx.State):
    """The replay page of one browser tab."""

    method: str = "rules"
    source: str = "shipped"
    opened: int = 0
    busy: bool = False
    wrong: str = ""

    @rx.event
    async def refresh(self) -> EventSpec | None:
        """Send the runs anew; the page asks again while it is seen."""
        return await self._refreshed()

    async def _refreshed(self) -> EventSpec | None:
        viewer = await self._viewer()
        if viewer is None:
            return self._to_sign_in()
        if not viewer.leads_team:
            await self._show({"me": me(viewer), "denied": replay_runs.NOT_ALLOWED})
            return None
        try:
            shown = await _shown(viewer, self.opened, self.method if self.source == "stored" else "")
        except Exception:
            log.exception("replays_not_read")
            await self._show({"me": me(viewer), "failed": NOT_READ})
            return None
        await self._show({"me": me(viewer), "failed": "", "denied": "", **shown})
        return None

    @rx.event
    def choose(self, method: str) -> None:
        """Show the fields of a method."""
        self.method, self.wrong = "llm" if method == "llm" else "rules", ""

    @rx.event
    def choose_source(self, source: str) -> None:
        """Say which stored conversations may be read, when they are meant."""
        self.source, self.wrong = "stored" if source == "stored" else "shipped", ""

    @rx.event
    async def start(self, fields: dict[str, Any]) -> EventSpec | None:
        """Put a run in hand and open it."""
        viewer = await self._viewer()
        if viewer is None:
            return self._to_sign_in()
        self.wrong = ""
        try:
            self.opened = await replay_runs.start(viewer, change_of(fields))
        except LeadlineError as error:
            self.wrong = str(error)
            return await self._refreshed()
        return await self._refreshed() or rx.call_script(TO_THE_RUNS)

    @rx.event
    async def open(self, run_id: int) -> EventSpec | None:
        """Show a run beside the list; the same again closes it."""
        self.opened = 0 if self.opened == run_id else run_id
        return await self._refreshed()

    @rx.event
    async def cancel(self, run_id: int) -> EventSpec | None:
        """Ask a run to stop."""
        viewer = await self._viewer()
        if viewer is None:
            return self._to_sign_in()
        try:
            await replay_runs.cancel(viewer, run_id)
        except LeadlineError as error:
            self.wrong = str(error)
        return await self._refreshed()


async def _shown(viewer: Viewer, opened: int, stored_by: str) -> dict[str, Any]:
    """What the page shows; ``stored_by`` is the method by which stored conversations are to be read, if they are."""
    runs = await replay_runs.runs(viewer)
    versions = [
        (each.number, f"{each.number}. {each.note or each.playbook}")
        for each in await published.versions(viewer)
        if not each.published
    ]
    settings = use(Settings)
    picked = next((run for run in runs if run.id == opened), runs[0] if runs else None)
    basis = settings.replay_basis.strip()
    return {
        "ready": True,
        "stored": readable_words(stored_by, await replay_runs.readable(stored_by), basis) if stored_by else "",
        "form": form(replay_runs.known_models(settings), versions, key=is_configured(settings)),
        "runs": [run_row(run) for run in runs],
        "run": details(picked) if picked else {},
    }
