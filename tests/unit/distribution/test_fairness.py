"""Round robin: fewest leads for their weight, then the longest wait, and a reason for everybody."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.distribution.fairness import Candidate, Skip, pick

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def ana(**more: object) -> Candidate:
    return replace(Candidate(1, "Ana"), **more)


def bruno(**more: object) -> Candidate:
    return replace(Candidate(2, "Bruno"), **more)


def test_the_one_with_fewer_leads_gets_the_next() -> None:
    assert pick([ana(got=3), bruno(got=2)], now=NOW).chosen == bruno(got=2)


def test_among_equals_the_one_who_waited_longest_gets_it() -> None:
    early, late = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    choice = pick([ana(last_assigned_at=late), bruno(last_assigned_at=early)], now=NOW)
    assert choice.chosen is not None
    assert choice.chosen.name == "Bruno"


def test_somebody_who_never_had_a_lead_waited_longest() -> None:
    choice = pick([ana(last_assigned_at=NOW - timedelta(days=30)), bruno()], now=NOW)
    assert choice.chosen is not None
    assert choice.chosen.name == "Bruno"


def test_double_weight_means_double_share() -> None:
    got: Counter[int] = Counter()
    for _ in range(30):
        choice = pick([ana(got=got[1], weight=2.0), bruno(got=got[2])], now=NOW)
        assert choice.chosen is not None
        got[choice.chosen.user_id] += 1
    assert got == {1: 20, 2: 10}


def test_everybody_who_is_skipped_has_a_reason() -> None:
    team = [
        Candidate(1, "Inactive", active=False),
        Candidate(2, "Off", on_duty=False),
        Candidate(3, "Full", capacity=2, open=2),
        Candidate(4, "Weightless", weight=0),
        Candidate(5, "Gave it back", had_it=True),
        Candidate(6, "Free"),
    ]
    choice = pick(team, now=NOW)
    assert choice.chosen == team[-1]
    assert [line.skip for line in choice.considered] == [
        Skip.INACTIVE,
        Skip.OFF_DUTY,
        Skip.AT_CAPACITY,
        Skip.NO_WEIGHT,
        Skip.HAD_IT,
        None,
    ]


def test_nobody_eligible_is_said_not_raised() -> None:
    choice = pick([ana(on_duty=False)], now=NOW)
    assert choice.chosen is None
    assert choice.sentence == "Nobody can take a lead right now."


def test_what_is_due_adds_up_to_what_was_given() -> None:
    choice = pick([ana(got=4, weight=3.0), bruno(got=1)], now=NOW)
    assert sum(line.due for line in choice.considered) == 6


@given(st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=1, max_size=6), st.integers(1, 60))
def test_nobody_is_ever_a_whole_lead_per_weight_ahead(weights: list[float], leads: int) -> None:
    got: Counter[int] = Counter()
    for _ in range(leads):
        team = [Candidate(i, str(i), weight=weight, got=got[i]) for i, weight in enumerate(weights)]
        choice = pick(team, now=NOW)
        assert choice.chosen is not None
        got[choice.chosen.user_id] += 1
    shares = [got[i] / weight for i, weight in enumerate(weights)]
    assert max(shares) - min(shares) <= 1 / min(weights) + 1e-9


def shared(rosters: list[list[Candidate]]) -> dict[int, tuple[int, float]]:
    """What each consultant got and was due when leads came to these rosters in turn, as the reports tell it."""
    got: Counter[int] = Counter()
    due: Counter[int] = Counter()
    last: dict[int, datetime] = {}
    for number, roster in enumerate(rosters):
        now = NOW + timedelta(minutes=number)
        seen = [replace(one, got=got[one.user_id], last_assigned_at=last.get(one.user_id)) for one in roster]
        choice = pick(seen, now=now)
        if choice.chosen is None:
            continue
        got[choice.chosen.user_id] += 1
        last[choice.chosen.user_id] = now
        total = sum(line.due for line in choice.considered)
        for line in choice.considered:
            due[line.user_id] += line.due / total
    return {one: (got[one], due[one]) for one in {*got, *due}}


def furthest_over_the_limit(shares: dict[int, tuple[int, float]]) -> float:
    """How far the worst is over the limit of the alert about unfairness."""
    return max(abs(got - due) - (3 + 0.25 * due) for got, due in shares.values())


def test_few_leads_for_many_consultants_are_fair() -> None:
    team = [Candidate(number, f"C{number}") for number in range(40)]
    assert furthest_over_the_limit(shared([team] * 55)) < 0


def test_a_week_off_duty_is_fair() -> None:
    team = [Candidate(number, f"C{number}", on_duty=number != 4) for number in range(1, 5)]
    shares = shared([team] * 60)
    assert shares[4] == (0, 0.0)
    assert furthest_over_the_limit(shares) < 0


@given(st.lists(st.sampled_from([0.5, 1.0, 1.5, 2.0]), min_size=2, max_size=6), st.integers(51, 120))
def test_any_weights_are_fair(weights: list[float], leads: int) -> None:
    team = [Candidate(number, f"C{number}", weight=weight) for number, weight in enumerate(weights)]
    assert furthest_over_the_limit(shared([team] * leads)) < 0
