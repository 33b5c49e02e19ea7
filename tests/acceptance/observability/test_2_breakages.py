"""Whatever is broken, the right alert fires and, after the repair, clears; no other does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.acceptance.observability.breakages import BLURRED, ROUNDS, Round
from tests.acceptance.observability.watched import ROOT, Watched
from tests.support import promql

pytestmark = [pytest.mark.needs("prometheus", "alertmanager"), pytest.mark.timeout(300)]

FIRES_WITHIN = 90.0
CLEARS_WITHIN = 150.0
RECEIVERS = {"critical": "page", "warning": "ticket"}
SEVERITIES = {
    rule["alert"]: rule["labels"]["severity"]
    for rule in promql.rules(ROOT / "prometheus" / "rules")
    if "alert" in rule and "slo" not in rule["labels"]
}


@pytest.fixture(scope="module", autouse=True)
def closed_at_the_end(watched: Watched) -> Iterator[None]:
    """The tests after these have the machine for themselves."""
    yield
    watched.close()


@pytest.mark.parametrize("broken", ROUNDS, ids=lambda broken: broken.name)
def test_what_is_broken_is_told_and_nothing_else(watched: Watched, broken: Round):
    for breakage in broken.breakages:
        if reason := breakage.not_possible(watched):
            pytest.skip(reason)
    expected = {name for each in broken.breakages for name in each.alerts}
    told = expected | BLURRED | {name for each in broken.breakages for name in each.symptoms}
    # What is about to fire is no sign of what will be broken now; what fires already has been judged.
    watched.until(lambda: settled(watched, expected, told), CLEARS_WITHIN, lambda: watched.pending() | watched.firing())
    before, began = watched.firing(), time.time()

    with ExitStack() as stack:
        for breakage in broken.breakages:
            stack.enter_context(breakage.broken(watched))
        watched.until(lambda: expected <= watched.firing(), FIRES_WITHIN, lambda: (expected, watched.firing()))
        assert watched.fired_since(began) - before <= told


def settled(watched: Watched, expected: set[str], told: set[str]) -> bool:
    """Whether nothing of another round is on its way, and nothing fires yet that has to be told anew."""
    return watched.pending() <= told and not watched.firing() & expected


def test_after_the_repair_every_alert_clears(watched: Watched):
    expected = {name for broken in ROUNDS for each in broken.breakages for name in each.alerts}
    watched.until(lambda: not expected & watched.firing(), CLEARS_WITHIN, lambda: expected & watched.firing())


def test_each_alert_reached_who_should_hear_of_it_and_so_did_its_end(watched: Watched):
    for broken in ROUNDS:
        for breakage in broken.breakages:
            for name in breakage.alerts - breakage.silenced:
                receiver = RECEIVERS[SEVERITIES[name]]
                watched.until(lambda to=receiver, of=name: of in watched.inbox.told(to), 30, lambda of=name: of)
                watched.until(
                    lambda to=receiver, of=name: of in watched.inbox.told(to, "resolved"), 30, lambda of=name: of
                )


def test_the_sign_of_life_reaches_the_dead_mans_switch_all_the_while(watched: Watched):
    assert watched.inbox.told("deadman") == {"LeadlineWatchdog"}
