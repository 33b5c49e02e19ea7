from __future__ import annotations

import asyncio

import pytest

from app.whatsapp.breaker import Breaker, BreakerOpen, BreakerState


class Fails(Exception):
    pass


class Answers(Exception):
    pass


class Bench:
    """A breaker on a clock that the test moves."""

    def __init__(self):
        self.time = 100.0
        self.heard: list[BreakerState] = []
        self.breaker = Breaker(
            "peer",
            failures=3,
            open_seconds=10,
            now=lambda: self.time,
            on_change=lambda _name, state: self.heard.append(state),
        )

    def call(self, error: BaseException | None = None) -> None:
        with self.breaker.guard(lambda problem: isinstance(problem, Fails)):
            if error is not None:
                raise error

    def fail(self, times: int = 1) -> None:
        for _ in range(times):
            with pytest.raises(Fails):
                self.call(Fails())


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_it_opens_after_so_many_failures_in_a_row(bench: Bench):
    bench.fail(3)

    with pytest.raises(BreakerOpen) as refused:
        bench.call()

    assert refused.value.retry_after == 10
    assert bench.heard == [BreakerState.OPEN]


def test_a_success_between_failures_starts_the_count_anew(bench: Bench):
    bench.fail(2)
    bench.call()
    bench.fail(2)

    assert bench.breaker.state is BreakerState.CLOSED


def test_an_error_that_is_an_answer_is_no_failure(bench: Bench):
    bench.fail(2)
    with pytest.raises(Answers):
        bench.call(Answers())
    bench.fail(2)

    assert bench.breaker.state is BreakerState.CLOSED


def test_after_its_rest_one_call_decides_that_all_is_well(bench: Bench):
    bench.fail(3)
    bench.time += 10
    assert bench.breaker.state is BreakerState.HALF_OPEN

    bench.call()

    assert bench.breaker.state is BreakerState.CLOSED
    assert bench.heard == [BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.CLOSED]


def test_after_its_rest_one_failure_opens_it_again(bench: Bench):
    bench.fail(3)
    bench.time += 10
    bench.fail()

    assert bench.breaker.state is BreakerState.OPEN
    bench.time += 9
    assert bench.breaker.state is BreakerState.OPEN


def test_while_one_call_tries_the_others_wait(bench: Bench):
    bench.fail(3)
    bench.time += 10

    with bench.breaker.guard(lambda _problem: True), pytest.raises(BreakerOpen):
        bench.call()

    assert bench.breaker.state is BreakerState.CLOSED


def test_a_cancelled_try_leaves_the_next_call_to_try(bench: Bench):
    bench.fail(3)
    bench.time += 10
    with pytest.raises(asyncio.CancelledError):
        bench.call(asyncio.CancelledError())

    bench.call()

    assert bench.breaker.state is BreakerState.CLOSED


def test_a_call_that_was_under_way_and_fails_late_does_not_prolong_the_rest(bench: Bench):
    late = bench.breaker.guard(lambda _problem: True)
    late.__enter__()
    bench.fail(3)
    bench.time += 5

    late.__exit__(Fails, Fails(), None)

    bench.time += 5
    assert bench.breaker.state is BreakerState.HALF_OPEN


def test_it_works_without_anybody_listening():
    breaker = Breaker("peer", failures=1)

    with pytest.raises(Fails), breaker.guard(lambda _problem: True):
        raise Fails

    assert breaker.state is BreakerState.OPEN
