"""Which stretch of time a report covers."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.insights.period import Reach, period_of, zone_of
from app.insights.words import range_words, step_label

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
SUMMER_ENDS, SUMMER_BEGINS = datetime(2026, 10, 25, 12, 20, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def test_two_weeks_are_fourteen_days_with_today_as_the_last():
    period = period_of(Reach.TWO_WEEKS, NOW, ZoneInfo("UTC"))
    assert period.since == datetime(2026, 11, 10, tzinfo=UTC)
    assert period.until == NOW
    assert len(period.steps) == 14
    assert period.steps[-1] == datetime.fromisoformat("2026-11-23")


def test_days_are_those_of_the_reader():
    period = period_of(Reach.WEEK, NOW, SAO_PAULO)
    assert period.since == datetime(2026, 11, 16, 3, tzinfo=UTC)
    assert period.steps[-1] == datetime.fromisoformat("2026-11-22"), "it is still Sunday evening there"


def test_a_day_is_the_last_24_hours_in_hours():
    period = period_of(Reach.DAY, NOW, ZoneInfo("UTC"))
    assert period.step == "hour"
    assert period.steps[0] == datetime.fromisoformat("2026-11-22T02:00")
    assert period.since == period.steps[0].replace(tzinfo=UTC), "the first hour is a whole one"
    assert period.steps[-1] == datetime.fromisoformat("2026-11-23T01:00")


@pytest.mark.parametrize("reach", Reach)
@pytest.mark.parametrize("now", [NOW, NOW.replace(minute=0), SUMMER_ENDS, SUMMER_BEGINS])
def test_no_two_steps_of_a_report_have_the_same_name(reach: Reach, now: datetime):
    period = period_of(reach, now, ZoneInfo("Europe/Berlin"))
    labels = [step_label(step, period.step) for step in period.steps]
    assert len(set(labels)) == len(labels)
    assert len(labels) == (24 if reach is Reach.DAY else reach.days)


@pytest.mark.parametrize("reach", Reach)
def test_the_stretch_before_is_as_long_and_does_not_overlap(reach: Reach):
    period = period_of(reach, NOW, SAO_PAULO)
    assert period.before_until - period.before_since == period.until - period.since
    assert period.before_until <= period.since
    assert period.before_since.astimezone(SAO_PAULO).hour == period.since.astimezone(SAO_PAULO).hour


def test_days_are_counted_through_a_change_of_clocks():
    berlin = ZoneInfo("Europe/Berlin")
    period = period_of(Reach.WEEK, datetime(2026, 10, 27, 12, tzinfo=UTC), berlin)
    assert period.since.astimezone(berlin).hour == 0
    assert [step.day for step in period.steps] == [21, 22, 23, 24, 25, 26, 27]


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "a" * 400, "Europe", "\x00"])
def test_what_is_no_time_zone_is_utc(name: str):
    assert zone_of(name).key == "UTC"


def test_a_range_is_said_as_short_as_it_can_be():
    def said(reach: Reach) -> str:
        return range_words(period_of(reach, NOW, ZoneInfo("UTC")))

    assert said(Reach.DAY) == "Last 24 hours"
    assert said(Reach.TWO_WEEKS) == "10 to 23 Nov"
    assert said(Reach.QUARTER) == "26 Aug to 23 Nov"
