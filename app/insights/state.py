# Reflex's functions have half-known types in their signatures.
# pyright: reportUnknownMemberType=false
"""What the Insights page does. It holds what its viewer chose; the figures go to the browser of a manager alone, as
keys that the state never declared.
"""

from datetime import datetime, timedelta
from typing import Any

import reflex as rx
import structlog
from reflex.event import EventSpec

from app.clock import Clock
from app.errors import NotAllowed
from app.insights import reports
from app.insights.export import as_csv, file_name
from app.insights.figures import Report
from app.insights.page_view import Shop, page_view
from app.insights.period import Reach
from app.insights.reports import Wish
from app.llm.routes import is_configured
from app.registry import use
from app.settings import Settings
from app.team.private_page import PrivatePage
from app.team.viewer import Viewer, me
from app.vocabulary import Source

NOT_READ = "The server could not read the figures. Nothing was lost; this page tries again by itself."
LONG_RANGE_EVERY = timedelta(minutes=2)
"""Ninety days change slowly and cost the database some seconds: they are read less often than the page asks."""

log = structlog.get_logger(__name__)


class InsightsState(PrivatePage, rx.State):
    """The Insights page of one browser tab."""

    reach: str = Reach.TWO_WEEKS.value
    source: str = ""
    consultant: str = ""
    zone: str = ""
    busy: bool = False

    _read_at: datetime | None = None
    _patient: bool = False

    @rx.event
    async def tick(self) -> EventSpec | None:
        """Send newer figures, when it is time for them. The first time the browser is about to tell its zone."""
        if not self.zone and not self._patient:
            self._patient = True
            return None
        waited = self._read_at is None or use(Clock).now() - self._read_at >= LONG_RANGE_EVERY
        if self.reach != Reach.QUARTER or waited:
            return await self._send()
        return None

    @rx.event
    async def begin(self, zone: str) -> EventSpec | None:
        """Send the figures, in days as the browser's time zone has them."""
        self.zone = str(zone)[:64]
        return await self._send()

    @rx.event
    async def look_back(self, reach: str) -> Any:
        """Choose how far back the figures go."""
        self.reach, self.busy = _one_of(Reach, reach, Reach.TWO_WEEKS), True
        yield None
        yield await self._send()

    @rx.event
    async def of_source(self, source: str) -> Any:
        """Choose where the leads came from; empty: anywhere."""
        self.source, self.busy = _one_of(Source, source, ""), True
        yield None
        yield await self._send()

    @rx.event
    async def of_consultant(self, consultant: str) -> Any:
        """Choose whose leads they are; empty: everybody's."""
        self.consultant, self.busy = str(consultant) if str(consultant).isdecimal() else "", True
        yield None
        yield await self._send()

    @rx.event
    async def export(self) -> EventSpec | None:
        """Give the figures as a file."""
        viewer = await self._viewer()
        if viewer is None:
            return self._to_sign_in()
        report = await self._report(viewer)
        if report is None:
            return None
        return rx.download(data=as_csv(report), filename=file_name(report), mime_type="text/csv;charset=utf-8")

    async def _send(self) -> EventSpec | None:
        viewer = await self._viewer()
        if viewer is None:
            return self._to_sign_in()
        report = await self._report(viewer)
        self.busy = False
        if report is not None:
            self._read_at = use(Clock).now()
            shown = page_view(report, _shop())
            await self._show({**shown, "me": me(viewer), "loaded": True, "failed": "", "refused": ""})
        return None

    async def _report(self, viewer: Viewer) -> Report | None:
        """The report, or None when the page was told why there is none."""
        try:
            return await reports.read(viewer, self._wish())
        except NotAllowed as refusal:
            await self._show({"me": me(viewer), "refused": str(refusal)})
        except Exception as error:  # noqa: BLE001 - whatever it was, the page says so and asks again
            log.warning("insights_not_read", error=type(error).__name__)
            await self._show({"me": me(viewer), "failed": NOT_READ})
        return None

    def _wish(self) -> Wish:
        return Wish(
            reach=Reach(self.reach),
            source=Source(self.source) if self.source else None,
            consultant=int(self.consultant) if self.consultant else None,
            zone=self.zone or use(Settings).time_zone,
        )


def _one_of(words: type[Reach] | type[Source], said: object, otherwise: str) -> str:
    """What was said, if it is one of these words: whatever a browser sends is only a claim."""
    return str(said) if str(said) in set(words) else str(otherwise)


def _shop() -> Shop:
    settings = use(Settings)
    return Shop(
        budget_cents=settings.llm_usd_per_lead * 100,
        model=is_configured(settings),
        demo=settings.demo,
    )
