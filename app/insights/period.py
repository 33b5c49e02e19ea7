"""Which stretch of time a report covers, which one it is compared with, and into which steps it is cut. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY = timedelta(days=1)


class Reach(StrEnum):
    """How far back a report looks."""

    DAY = "24h"
    WEEK = "7d"
    TWO_WEEKS = "14d"
    QUARTER = "90d"

    @property
    def days(self) -> int:
        """Its length in days; for more than one, today counts as the last."""
        return {Reach.DAY: 1, Reach.WEEK: 7, Reach.TWO_WEEKS: 14, Reach.QUARTER: 90}[self]

    @property
    def before(self) -> str:
        """What the same stretch before it is called."""
        return {
            Reach.DAY: "the 24 hours before",
            Reach.WEEK: "the week before",
            Reach.TWO_WEEKS: "the 2 weeks before",
            Reach.QUARTER: "the 90 days before",
        }[self]


@dataclass(frozen=True)
class Period:
    """From ``since`` to ``until``, and as long a stretch that ended ``reach`` earlier. Days are those of ``zone``."""

    reach: Reach
    since: datetime
    until: datetime
    zone: ZoneInfo

    @property
    def before_since(self) -> datetime:
        """When the stretch to compare with began."""
        return self.since - self.reach.days * DAY

    @property
    def before_until(self) -> datetime:
        """When it ended: it is as long as this one, so that half a day is compared with half a day."""
        return self.until - self.reach.days * DAY

    @property
    def step(self) -> str:
        """``hour`` or ``day``, as PostgreSQL's date_trunc calls them."""
        return "hour" if self.reach is Reach.DAY else "day"

    @property
    def steps(self) -> tuple[datetime, ...]:
        """The beginning of each step, in the time of the zone and without naming it; no two have the same name."""
        first, last = self.since.astimezone(self.zone), self.until.astimezone(self.zone)
        first = first.replace(minute=0, second=0, microsecond=0, tzinfo=None)
        length = timedelta(hours=1) if self.step == "hour" else DAY
        count = int((last.replace(tzinfo=None) - first) / length) + 1
        return tuple(first + index * length for index in range(count))


def period_of(reach: Reach, now: datetime, zone: ZoneInfo) -> Period:
    """The last 24 hours by the clock, the one that runs as the last; or the days up to now, today as the last one."""
    hour = now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    if reach is Reach.DAY:
        return Period(reach, (hour - timedelta(hours=23)).astimezone(UTC), now, zone)
    today = hour.replace(hour=0)
    return Period(reach, (today - (reach.days - 1) * DAY).astimezone(UTC), now, zone)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name, as a browser gives it; UTC for what is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
