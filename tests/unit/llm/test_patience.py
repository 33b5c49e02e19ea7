"""Waiting for one's turn, where nobody waits for the answer."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

import pytest

from app.clock import FixedClock
from app.llm.account import Charge, Purpose, Usage, slowed
from app.llm.assembly import patient_limits_of
from app.llm.budget import Budget, Limits
from app.llm.chat import ChatRequest, Reply, Shape
from app.llm.errors import BudgetSpent, ChatFailed, ModelDown, ModelThrottled
from app.llm.patience import LONGEST_WAIT, MOST_WAITS, USUAL_WAIT, Lenient, Patient, waited
from app.settings import load_settings
from app.whatsapp.breaker import Breaker, BreakerState

CHARGE = Charge("model", Purpose.EXTRACT, Usage(10, 5), Decimal("0.001"))


class Colour(Shape):
    name: str


QUESTION = ChatRequest("Say a colour.", (), Colour, Purpose.EXTRACT, 100, 1.0)


class Busy:
    """A model that fails as told, and then answers."""

    def __init__(self, *errors: ChatFailed) -> None:
        self.errors = deque(errors)
        self.slept: list[float] = []

    async def ask(self, request: ChatRequest[Colour]) -> Reply[Colour]:
        if self.errors:
            raise self.errors.popleft()
        return Reply(request.answer(name="red"), "model", (CHARGE,), 0.1)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def ask(model: Busy) -> Reply[Colour]:
    return await Patient(model, sleep=model.sleep).ask(QUESTION)


async def test_what_throttles_a_run_that_can_wait_is_not_counted_as_the_leads() -> None:
    seen: list[str] = []

    class Watched(Busy):
        async def ask(self, request: ChatRequest[Colour]) -> Reply[Colour]:
            seen.append(slowed("groq"))
            return await super().ask(request)

    await ask(Watched(ModelThrottled(retry_after=1.0)))
    assert (seen, slowed("groq")) == (["trial", "trial"], "groq")


def test_a_run_that_can_wait_leaves_the_leads_most_of_the_minute() -> None:
    assert patient_limits_of(load_settings(llm_tokens_per_minute=1000)).tokens_per_minute == 250
    assert patient_limits_of(load_settings(llm_tokens_per_minute=2)).tokens_per_minute == 1
    assert patient_limits_of(load_settings(llm_tokens_per_minute=0)).tokens_per_minute is None


async def test_the_next_minute_is_waited_for_and_what_was_billed_meanwhile_is_told() -> None:
    clock = FixedClock()
    budget = Budget(Limits(tokens_per_minute=1), clock)
    budget.spend(None, CHARGE)
    with pytest.raises(BudgetSpent) as spent:
        budget.admit(None)
    spent.value.charges = (CHARGE,)
    model = Busy(spent.value)
    before = waited()
    reply = await ask(model)
    assert reply.charges == (CHARGE, CHARGE)
    clock.move(seconds=model.slept[0])
    budget.admit(None)
    assert waited() - before == model.slept[0]


async def test_a_service_that_is_busy_is_asked_again_when_it_says_so() -> None:
    model = Busy(ModelThrottled(retry_after=17.0), ModelThrottled())
    assert (await ask(model)).data.name == "red"
    assert model.slept == [17.0, USUAL_WAIT]


@pytest.mark.parametrize(
    "lasting",
    [ModelDown(), BudgetSpent(scope="day"), BudgetSpent(scope="lead"), ModelThrottled(retry_after=LONGEST_WAIT + 1)],
)
async def test_what_waiting_does_not_mend_is_told_at_once(lasting: ChatFailed) -> None:
    model = Busy(lasting)
    with pytest.raises(type(lasting)):
        await ask(model)
    assert model.slept == []


async def test_patience_ends() -> None:
    model = Busy(*[ModelThrottled(retry_after=1.0, charges=(CHARGE,)) for _ in range(MOST_WAITS + 1)])
    with pytest.raises(ModelThrottled) as failed:
        await ask(model)
    assert len(model.slept) == MOST_WAITS
    assert len(failed.value.charges) == MOST_WAITS + 1


def test_a_breaker_leaves_a_busy_model_in_and_takes_a_broken_one_out() -> None:
    breaker = Breaker("model", failures=1)
    fuse = Lenient(breaker)
    for error, state in ((ModelThrottled(), BreakerState.CLOSED), (ModelDown(), BreakerState.OPEN)):
        with pytest.raises(type(error)), fuse.guard(lambda _: True):
            raise error
        assert breaker.state is state
