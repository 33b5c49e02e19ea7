"""Which follow-up is due when: pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.conversations.followup_rules import (
    Audience,
    Made,
    Reason,
    Silence,
    Skip,
    Status,
    Wait,
    Write,
    because,
    decide,
    first_look,
)
from app.conversations.waking import Waking
from app.qualification.extraction.reading import Signal
from app.qualification.facts import FactName
from app.qualification.progress import Progress
from app.settings import Settings, load_settings

ASKED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SETTINGS = load_settings()
DAYTIME = Waking(time(9), time(20), (ZoneInfo("UTC"),))


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def silent(**changes: object) -> Silence:
    """A lead who was asked for their city at noon."""
    values: dict[str, object] = {
        "lead_id": 20,
        "stage": "qualifying",
        "automation": "agent",
        "owner_id": None,
        "status": "active",
        "progress": Progress(last_asked=FactName.CITY),
        "asked_at": ASKED,
        "gives_up_at": ASKED + hours(24),
        "written_at": ASKED,
        "quiet_since": ASKED,
        "made": (),
        "waking": DAYTIME,
        "waking_of_team": DAYTIME,
    }
    return Silence(**{**values, **changes})  # type: ignore[arg-type]


def settings(**changes: object) -> Settings:
    return SETTINGS.model_copy(update=changes)


def test_the_first_comes_after_two_hours():
    assert decide(silent(), SETTINGS, ASKED) == Wait(ASKED + hours(2))
    due = decide(silent(), SETTINGS, ASKED + hours(2))
    assert due == Write(1, Audience.LEAD, before=ASKED + hours(23.75))


def test_the_second_comes_the_next_morning():
    made = (Made(1, Status.SENT, ASKED + hours(2)),)
    assert decide(silent(made=made), SETTINGS, ASKED + hours(3)) == Wait(ASKED + hours(21))


def test_the_morning_is_spread_over_some_minutes():
    made = (Made(1, Status.SENT, ASKED + hours(2)),)
    other = decide(silent(made=made, lead_id=27), SETTINGS, ASKED + hours(3))
    assert other == Wait(ASKED + hours(21) + timedelta(minutes=7))


def test_there_is_no_third():
    made = (Made(1, Status.SENT, ASKED + hours(2)), Made(2, Status.SENT, ASKED + hours(20)))
    assert decide(silent(made=made), SETTINGS, ASKED + hours(23)) is None


def test_one_that_was_reserved_and_never_written_is_the_one_that_is_due():
    made = (Made(1, Status.RESERVED, ASKED + hours(2)),)
    due = decide(silent(made=made), SETTINGS, ASKED + hours(2.1))
    assert isinstance(due, Write)
    assert due.number == 1


def test_what_would_come_after_the_chat_closes_comes_the_evening_before():
    made = (Made(1, Status.SENT, ASKED - hours(1)),)
    early = silent(asked_at=ASKED - hours(3), written_at=ASKED - hours(3), gives_up_at=ASKED + hours(21), made=made)
    assert decide(early, SETTINGS, ASKED) == Wait(ASKED.replace(hour=19, minute=45))
    evening = ASKED.replace(hour=19, minute=50)
    assert isinstance(decide(early, SETTINGS, evening), Write)
    assert decide(early, SETTINGS, evening + hours(1)) == Skip(2, Reason.WINDOW_CLOSED)


def test_a_second_is_never_close_behind_the_first():
    made = (Made(1, Status.SENT, ASKED.replace(hour=18)),)
    early = silent(asked_at=ASKED - hours(3), written_at=ASKED - hours(3), gives_up_at=ASKED + hours(21), made=made)
    assert decide(early, SETTINGS, ASKED.replace(hour=19)) == Skip(2, Reason.WINDOW_CLOSED)


def test_where_the_interview_ends_first_it_says_so():
    made = (Made(1, Status.SENT, ASKED + hours(2)),)
    short = silent(gives_up_at=ASKED + hours(5), made=made)
    assert decide(short, SETTINGS, ASKED + hours(3)) == Skip(2, Reason.NO_TIME)


def test_a_skipped_one_ends_the_follow_ups_of_this_silence():
    made = (Made(1, Status.SKIPPED, ASKED + hours(2)),)
    assert decide(silent(made=made), SETTINGS, ASKED + hours(3)) is None


def test_after_a_later_question_the_next_number_may_come():
    made = (Made(1, Status.SKIPPED, ASKED - hours(2)),)
    assert isinstance(decide(silent(made=made), SETTINGS, ASKED), Wait)


@pytest.mark.parametrize(
    "signal",
    [Signal.ABUSE, Signal.REFUSES, Signal.NO_PLANS, Signal.CONTACT_LATER, Signal.SPAM, Signal.WRONG_NUMBER],
)
def test_who_waved_it_off_is_left_alone(signal: Signal):
    progress = Progress(last_asked=FactName.CITY, signals={signal: 1})
    assert decide(silent(progress=progress), SETTINGS, ASKED + hours(2)) == Skip(1, Reason.WAVED_OFF)


@pytest.mark.parametrize(
    "changes",
    [
        {"automation": "human"},
        {"automation": "off"},
        {"status": "completed"},
        {"status": None},
        {"gives_up_at": None},
        {"asked_at": None},
        {"written_at": None},
        {"progress": Progress()},
        {"stage": "new"},
        {"stage": "lost"},
        {"stage": "won"},
    ],
)
def test_nobody_else_is_followed_up(changes: dict[str, object]):
    assert decide(silent(**changes), SETTINGS, ASKED + hours(3)) is None


def test_a_reminder_comes_after_a_day_and_again_after_three():
    owned = {"stage": "working", "owner_id": 7, "automation": "human"}
    assert decide(silent(**owned), SETTINGS, ASKED) == Wait(ASKED + hours(24))
    assert decide(silent(**owned), SETTINGS, ASKED + hours(24)) == Write(1, Audience.CONSULTANT)
    made = [Made(1, Status.SENT, ASKED + hours(24))]
    assert decide(silent(**owned, made=made), SETTINGS, ASKED + hours(25)) == Wait(ASKED + hours(72))
    assert decide(silent(**owned, made=made), SETTINGS, ASKED + hours(72)) == Write(2, Audience.CONSULTANT)
    made.append(Made(2, Status.SENT, ASKED + hours(72)))
    assert isinstance(decide(silent(**owned, made=made), SETTINGS, ASKED + hours(99)), Wait)


def test_after_a_word_from_anybody_the_quiet_begins_anew():
    owned = {"stage": "working", "owner_id": 7, "automation": "human"}
    made = (Made(1, Status.ANSWERED, ASKED - hours(10)), Made(2, Status.SENT, ASKED - hours(5)))
    assert decide(silent(**owned, made=made), SETTINGS, ASKED + hours(24)) == Write(3, Audience.CONSULTANT)


@pytest.mark.parametrize(
    "changes", [{"owner_id": None}, {"quiet_since": None}, {"automation": "off"}, {"stage": "won"}]
)
def test_nobody_is_reminded_where_there_is_nothing_to_do(changes: dict[str, object]):
    owned: dict[str, object] = {"stage": "qualified", "owner_id": 7}
    assert decide(silent(**{**owned, **changes}), SETTINGS, ASKED + hours(30)) is None


def test_reminders_can_be_switched_off():
    owned = silent(stage="qualified", owner_id=7)
    assert decide(owned, settings(remind_after_hours=0), ASKED + hours(30)) is None


def test_a_setting_lets_the_agent_write_while_the_chat_is_open():
    wanted = settings(follow_up_stages="qualifying,qualified", remind_after_hours=3)
    owned = silent(stage="qualified", owner_id=7)
    assert decide(owned, wanted, ASKED + hours(3)) == Write(1, Audience.LEAD, before=ASKED + hours(23.75))
    assert decide(owned, wanted, ASKED + hours(24)) == Write(1, Audience.CONSULTANT)
    taken = silent(stage="qualified", owner_id=7, automation="human")
    assert decide(taken, wanted, ASKED + hours(3)) == Write(1, Audience.CONSULTANT)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"automation": "off", "stage": "lost"}, Reason.OPTED_OUT),
        ({"stage": "lost"}, Reason.MOVED),
        ({"automation": "human"}, Reason.TAKEN_OVER),
        ({}, Reason.REPLIED),
    ],
)
def test_what_is_called_off_has_a_reason(changes: dict[str, object], reason: Reason):
    assert because(silent(**changes), "qualifying") is reason


def test_nothing_is_looked_for_where_no_follow_up_fits():
    assert first_look(SETTINGS, ASKED) == ASKED + hours(2)
    assert first_look(settings(abandon_after_seconds=20.0), ASKED) is None
    assert first_look(settings(follow_ups=0), ASKED) is None
    assert first_look(settings(follow_up_stages=""), ASKED) is None


def test_nobody_is_asked_again_which_of_two_answers_holds():
    doubted = Progress(last_asked=FactName.CITY, doubted=frozenset({FactName.CITY}))
    assert decide(silent(progress=doubted), settings(), ASKED + hours(3)) is None
