"""Nobody is woken, wherever they live."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from app.conversations.waking import Waking, waking_of, zones_of

BUSINESS = ZoneInfo("Europe/Lisbon")


def waking(*phones: str) -> Waking:
    return waking_of(phones, start=time(9), end=time(20), business=BUSINESS)


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("phone", "zone"),
    [("5511912345678", "America/Sao_Paulo"), ("12125550100", "America/New_York")],
)
def test_a_number_tells_the_time_zone(phone: str, zone: str):
    assert [one.key for one in zones_of(phone)] == [zone]
    assert waking(phone).zones == (ZoneInfo(zone),)


@pytest.mark.parametrize("phone", ["15550100110", "0", "", "not a number"])
def test_a_number_that_tells_nothing_counts_as_the_businesss_own(phone: str):
    assert waking(phone).zones == (BUSINESS,)


def test_a_lead_without_a_number_counts_as_the_businesss_own():
    assert waking().zones == (BUSINESS,)


def test_a_country_with_two_zones_is_awake_when_both_are():
    madrid_and_canary = waking("34612345678")
    assert not madrid_and_canary.awake(at(8, 30)), "half past nine in Madrid, half past eight in Las Palmas"
    assert madrid_and_canary.awake(at(9, 30))
    assert not madrid_and_canary.awake(at(19, 30))


def test_a_country_too_wide_for_that_counts_by_one_of_its_zones():
    russia = waking("79161234567")
    assert len(russia.zones) == 1
    assert russia.next(at(0)) is not None


def test_a_wide_country_counts_by_the_businesss_zone_when_that_is_one_of_them():
    moscow = ZoneInfo("Europe/Moscow")
    assert waking_of(["79161234567"], start=time(9), end=time(20), business=moscow).zones == (moscow,)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(12, 7), at(12, 7)),
        (at(5, 7), at(9, 0)),
        (at(20, 0), at(9, 0, day=24)),
        (at(23, 59), at(9, 0, day=24)),
    ],
)
def test_the_next_waking_moment(moment: datetime, expected: datetime):
    assert waking().next(moment) == expected


@pytest.mark.parametrize(
    ("moment", "expected"), [(at(12, 7), at(12, 7)), (at(5, 7), at(19, 45, day=22)), (at(20, 0), at(19, 45))]
)
def test_the_latest_waking_moment(moment: datetime, expected: datetime):
    assert waking().latest(moment) == expected


def test_the_clock_change_is_heeded():
    summer = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
    assert waking().awake(summer), "half past nine in summer"
    assert not waking().awake(at(8, 30)), "half past eight in winter"
