"""When a person may be written to: the hours in which they are awake, where they live. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone

STEP = timedelta(minutes=15)
DAY = timedelta(hours=24)
SHARED = timedelta(hours=4)
"""The least of a day that all zones of a country have to share; wider ones count by one zone."""


@dataclass(frozen=True)
class Waking:
    """The waking hours in one or more zones: a moment counts when it is inside the hours in all of them."""

    start: time
    end: time
    zones: tuple[ZoneInfo, ...]

    def awake(self, moment: datetime) -> bool:
        """Whether nobody would be woken."""
        return all(self.start <= moment.astimezone(zone).time() < self.end for zone in self.zones)

    def next(self, moment: datetime) -> datetime | None:
        """The first waking moment from then on, within a day; None when the zones share no hours."""
        return next((one for one in _steps(moment, STEP) if self.awake(one)), None)

    def latest(self, moment: datetime) -> datetime | None:
        """The last waking moment up to then, within a day."""
        return next((one for one in _steps(moment, -STEP) if self.awake(one)), None)


def _steps(moment: datetime, step: timedelta) -> Iterator[datetime]:
    """The moment, then every quarter of an hour from it, for a day."""
    yield moment
    minute = moment.minute - moment.minute % 15
    full = moment.replace(minute=minute, second=0, microsecond=0) + max(step, timedelta(0))
    for count in range(DAY // STEP):
        yield full + count * step


def waking_of(phones: Sequence[str], *, start: time, end: time, business: ZoneInfo) -> Waking:
    """The waking hours of whoever has these numbers (digits, country code first); the business's own when they do not
    tell.

    A country with several zones counts as awake while all of them are; one too wide for that counts by the business's
    zone if that is among them, else by the middle one.
    """
    zones = next((found for phone in phones if (found := zones_of(phone))), (business,))
    waking = Waking(start, end, zones)
    a_day = _steps(datetime(2026, 1, 1, tzinfo=business), STEP)
    if len(zones) == 1 or sum(map(waking.awake, a_day)) * STEP >= SHARED:
        return waking
    return Waking(start, end, (business if business in zones else _middle(zones),))


def zones_of(phone: str) -> tuple[ZoneInfo, ...]:
    """The time zones in which a number may be; none when nobody can tell."""
    try:
        names = timezone.time_zones_for_number(phonenumbers.parse(f"+{phone}"))
    except phonenumbers.NumberParseException:
        return ()
    found = (_zone(name) for name in names)
    return tuple(zone for zone in found if zone is not None)


def _zone(name: str) -> ZoneInfo | None:
    if name == timezone.UNKNOWN_TIMEZONE:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _middle(zones: tuple[ZoneInfo, ...]) -> ZoneInfo:
    moment = datetime(2026, 1, 1)  # noqa: DTZ001 - the same clock time everywhere, to compare offsets
    ordered = sorted(zones, key=lambda zone: (zone.utcoffset(moment) or timedelta(0), zone.key))
    return ordered[len(ordered) // 2]
