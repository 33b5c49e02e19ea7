from datetime import UTC, datetime, timedelta

import pytest

from app.team.throttle import ACCOUNT, CLIENT, LONGEST_PAUSE, Tally, account_subject, client_subject, wait

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (9, 15), (5_000, 15)]
)
def test_the_pause_of_an_account_doubles_after_five_failures_up_to_a_quarter_of_an_hour(failures, minutes):
    assert ACCOUNT.pause(failures) == timedelta(minutes=minutes)


def test_an_address_is_given_more_room_because_offices_share_one():
    assert CLIENT.pause(19) == timedelta(0)
    assert CLIENT.pause(20) == timedelta(minutes=1)


def test_the_pause_counts_from_the_latest_failure():
    tally = Tally(failures=5, latest=NOW - timedelta(seconds=45))
    assert wait(ACCOUNT, tally, NOW) == timedelta(seconds=15)
    assert wait(ACCOUNT, tally, NOW + timedelta(seconds=15)) == timedelta(0)


def test_nobody_waits_before_the_first_failure():
    assert wait(ACCOUNT, Tally(), NOW) == timedelta(0)


def test_a_clock_that_went_back_never_makes_a_wait_longer_than_the_pause_and_the_step():
    tally = Tally(failures=50, latest=NOW + timedelta(minutes=1))
    assert wait(ACCOUNT, tally, NOW) == LONGEST_PAUSE + timedelta(minutes=1)


def test_the_tries_left_count_down_to_the_pause():
    assert [ACCOUNT.left(failures) for failures in range(6)] == [4, 3, 2, 1, 0, 0]


def test_an_account_is_one_subject_however_it_is_spelled():
    assert account_subject(" Ana@Leadline.demo ") == account_subject("ana@leadline.demo")
    assert account_subject("ana@leadline.demo") != account_subject("bruno@leadline.demo")


def test_addresses_of_one_ipv6_network_are_one_subject():
    assert client_subject("2001:db8::1") == client_subject("2001:db8::ffff")
    assert client_subject("2001:db8::1") != client_subject("2001:db8:0:1::1")
    assert client_subject("192.0.2.1") != client_subject("192.0.2.2")


@pytest.mark.parametrize("address", ["", "testclient", "not an address"])
def test_an_address_that_is_none_is_still_a_subject(address):
    assert client_subject(address).startswith("client:")


@pytest.mark.parametrize("subject", [account_subject("ana@leadline.demo"), client_subject("192.0.2.1")])
def test_a_subject_names_nobody_and_fits_its_column(subject):
    assert "ana" not in subject
    assert "192.0.2.1" not in subject
    assert len(subject) <= 80
