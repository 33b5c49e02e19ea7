"""The chain over the real ``groq`` client and a stand-in that speaks Groq's HTTP API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.clock import FixedClock
from app.llm.account import Purpose
from app.llm.assembly import budget_of, chain_of, clients_of, look_up, providers_of, tell_missing
from app.llm.budget import Budget, Limits
from app.llm.chain import ModelChain
from app.llm.chat import ChatMessage, ChatRequest, Reply, Shape, Speaker
from app.llm.errors import (
    ChatFailed,
    EmptyAnswer,
    ModelDown,
    ModelRefused,
    ModelResting,
    ModelThrottled,
    ModelTimedOut,
    TruncatedAnswer,
    UnusableAnswer,
)
from app.llm.groq import GroqProvider, groq_client
from app.llm.routes import GROQ
from app.settings import Settings, load_settings
from app.whatsapp.breaker import Breaker
from metrics.registry import REGISTRY
from tests.support.groq_standin import Fault, Standin, standing_in


class Colour(Shape):
    """The shape of the answers here."""

    name: str
    warm: bool


def answers(_shape: str, _system: str, _said: dict[str, Any]) -> dict[str, Any]:
    return {"name": "red", "warm": True}


def question(deadline: float = 5.0) -> ChatRequest[Colour]:
    return ChatRequest("Say a colour.", (ChatMessage(Speaker.USER, "{}"),), Colour, Purpose.EXTRACT, 100, deadline)


def keyed(**settings: object) -> Settings:
    return load_settings(**({"groq_api_key": "test-groq-key"} | settings))


def unlimited() -> Budget:
    return Budget(Limits(), FixedClock())


@asynccontextmanager
async def chain(standin: Standin, path: str = "", **settings: object) -> AsyncIterator[ModelChain]:
    configured = keyed(llm_try_seconds=0.5, **settings)
    async with standing_in(standin) as url, groq_client("test-groq-key", url + path) as client:
        budget = budget_of(configured, FixedClock())
        yield chain_of(configured, {GROQ: GroqProvider(client)}, budget, lambda model: Breaker(model, failures=3))


def standin(*script: Fault | None, **options: Any) -> Standin:
    return Standin(script=list(script), mind=answers, **options)


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_an_answer_comes_in_its_shape_with_usage_price_and_the_quota_that_is_left() -> None:
    groq = standin()
    async with chain(groq) as models:
        reply = await models.ask(question())
    assert reply.data == Colour(name="red", warm=True)
    assert reply.model == "openai/gpt-oss-20b"
    (charge,) = reply.charges
    assert charge.usage.output > 60, "thinking is paid"
    expected = charge.usage.input * Decimal("0.075") + charge.usage.output * Decimal("0.30")
    assert charge.usd == expected / 1_000_000
    assert metric("leadline_llm_ratelimit_remaining", kind="tokens") == 180_000


async def test_the_schema_is_asked_for_strictly_and_thinking_is_kept_short() -> None:
    groq = standin()
    async with chain(groq) as models:
        await models.ask(question())
    (body,) = groq.asked
    shape = body["response_format"]["json_schema"]
    assert shape["strict"] is True
    assert shape["schema"]["additionalProperties"] is False
    assert shape["schema"]["required"] == ["name", "warm"]
    assert body["reasoning_effort"] == "low"
    assert body["max_completion_tokens"] == 100


async def test_a_service_elsewhere_is_asked_under_its_own_path() -> None:
    async with chain(standin(), path="/v1") as models:
        assert (await models.ask(question())).data.warm


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.SERVER_ERROR, Fault.HANG])
async def test_a_passing_fault_is_waited_out_within_the_deadline(fault: Fault) -> None:
    groq = standin(fault)
    async with chain(groq) as models:
        assert (await models.ask(question())).data.name == "red"
    assert len(groq.asked) == 2


async def test_a_bad_answer_is_sent_back_once_with_what_is_wrong() -> None:
    groq = standin(Fault.MALFORMED)
    async with chain(groq) as models:
        reply = await models.ask(question())
    assert reply.data.name == "red"
    assert len(reply.charges) == 2
    advice = groq.asked[1]["messages"][-1]["content"]
    assert "name" in advice


@pytest.mark.parametrize("fault", [Fault.EMPTY, Fault.TRUNCATED])
async def test_an_answer_that_ran_out_of_tokens_is_asked_for_again_with_more(fault: Fault) -> None:
    groq = standin(fault)
    async with chain(groq) as models:
        await models.ask(question())
    assert [body["max_completion_tokens"] for body in groq.asked] == [100, 200]


async def test_an_answer_that_the_provider_threw_away_is_asked_for_again_shorter_and_with_more_room() -> None:
    groq = standin(Fault.REJECTED)
    async with chain(groq) as models:
        assert (await models.ask(question())).data.name == "red"
    assert [body["max_completion_tokens"] for body in groq.asked] == [100, 200]
    assert "schema" in groq.asked[1]["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("fault", "error", "label"),
    [
        (Fault.THROTTLED, ModelThrottled, "rate_limited"),
        (Fault.SERVER_ERROR, ModelDown, "http_5xx"),
        (Fault.HANG, ModelTimedOut, "timeout"),
        (Fault.MALFORMED, UnusableAnswer, "invalid_output"),
        (Fault.EMPTY, TruncatedAnswer, "invalid_output"),
        (Fault.REJECTED, UnusableAnswer, "invalid_output"),
    ],
)
async def test_a_lasting_fault_is_told_by_its_reason_before_the_deadline(
    fault: Fault, error: type[ChatFailed], label: str
) -> None:
    labels = {"gen_ai_operation_name": "chat", "gen_ai_provider_name": "groq", "gen_ai_prompt_name": "extract"}
    labels |= {"gen_ai_request_model": "openai/gpt-oss-20b", "error_type": label}
    before = metric("gen_ai_client_operation_duration_seconds_count", **labels)
    async with chain(standin(rates={fault: 1.0})) as models:
        with pytest.raises(error) as failed:
            await models.ask(question(deadline=1.2))
    assert metric("gen_ai_client_operation_duration_seconds_count", **labels) > before
    assert "red" not in str(failed.value)


async def test_billed_failures_are_told_with_the_error() -> None:
    async with chain(standin(rates={Fault.MALFORMED: 1.0})) as models:
        with pytest.raises(UnusableAnswer) as failed:
            await models.ask(question())
    assert len(failed.value.charges) == 2


async def test_a_model_that_keeps_failing_is_left_alone_and_found_well_again() -> None:
    now = 0.0
    groq = standin(*[Fault.SERVER_ERROR] * 3)
    async with standing_in(groq) as url, groq_client("test-groq-key", url) as client:
        breaker = Breaker("model", failures=3, open_seconds=30, now=lambda: now)
        models = chain_of(keyed(), {GROQ: GroqProvider(client)}, unlimited(), lambda _: breaker)
        with pytest.raises(ModelDown):
            await models.ask(question())
        with pytest.raises(ModelResting):
            await models.ask(question())
        assert len(groq.asked) == 3
        now = 31.0
        assert (await models.ask(question())).data.name == "red"


async def test_the_next_model_answers_where_the_first_does_not_exist() -> None:
    groq = standin(models=("openai/gpt-oss-120b",))
    async with chain(groq, llm_models="gone/model, openai/gpt-oss-120b") as models:
        reply = await models.ask(question())
    assert reply.model == "openai/gpt-oss-120b"


@asynccontextmanager
async def two_services(groq: Standin, other: Standin, **changes: object) -> AsyncIterator[Settings]:
    """Settings whose chain asks Groq first and then a service called ``other``."""
    async with standing_in(groq) as first, standing_in(other) as second:
        asked = {"llm_models": "openai/gpt-oss-20b, openai/gpt-oss-20b@other", "llm_try_seconds": 0.5}
        there = {"llm_providers": f"other={second}/v1", "llm_keys": "other=another-key", "groq_base_url": first}
        yield keyed(**(asked | there | changes))


async def ask_all(settings: Settings) -> Reply[Colour]:
    async with clients_of(settings) as clients:
        models = chain_of(settings, providers_of(clients), unlimited(), Breaker)
        return await models.ask(question())


async def test_the_next_service_answers_where_the_first_is_down() -> None:
    groq, other = standin(rates={Fault.SERVER_ERROR: 1.0}), standin(key="another-key")
    async with two_services(groq, other, llm_prices="openai/gpt-oss-20b@other=1/1") as settings:
        reply = await ask_all(settings)
    (charge,) = reply.charges
    assert (reply.model, reply.data.name) == ("openai/gpt-oss-20b@other", "red")
    assert charge.usd == Decimal(charge.usage.total) / 1_000_000
    assert (len(groq.asked), other.asked[0]["model"]) == (1, "openai/gpt-oss-20b")
    assert "include_reasoning" not in other.asked[0]


async def test_a_chain_without_groq_needs_no_key_of_it() -> None:
    other = standin(key="another-key")
    async with two_services(standin(), other, groq_api_key="") as settings:
        assert (await ask_all(settings)).model == "openai/gpt-oss-20b@other"


async def test_each_service_is_asked_at_start_for_its_own_models() -> None:
    groq, other = standin(models=("openai/gpt-oss-20b",)), standin(key="another-key", models=("none",))
    async with two_services(groq, other) as settings, clients_of(settings) as clients:
        with capture_logs() as logs:
            await tell_missing(settings, providers_of(clients))
    (line,) = logs
    assert sorted(line["models"]) == ["openai/gpt-oss-20b@other", "whisper-large-v3-turbo"]


async def test_a_service_that_is_away_keeps_the_others_from_nothing() -> None:
    groq = standin()
    nowhere = two_services(groq, standin(), llm_providers="other=http://127.0.0.1:9/v1")
    async with nowhere as settings, clients_of(settings) as clients:
        found = await look_up(settings, providers_of(clients))
        with capture_logs() as logs:
            await tell_missing(settings, providers_of(clients))
    assert (found.missing, dict(found.untold)) == ((), {"other": "http_5xx"})
    assert [line["event"] for line in logs] == ["models_not_checked"]


async def test_models_that_exist_are_said_to_be_ready() -> None:
    async with two_services(standin(), standin()) as settings, clients_of(settings) as clients:
        with capture_logs() as logs:
            await tell_missing(settings, providers_of(clients))
    assert [line["event"] for line in logs] == ["models_ready"]


async def test_a_wrong_key_is_the_operators_business_and_not_tried_again() -> None:
    groq = standin(key="another")
    async with chain(groq) as models:
        with pytest.raises(ModelRefused):
            await models.ask(question())


async def test_a_model_of_unknown_price_costs_unknown_not_nothing() -> None:
    async with chain(standin(), llm_prices="") as models:
        reply = await models.ask(question())
    assert reply.charges[0].usd is None


async def test_nobody_listening_is_a_provider_that_is_down() -> None:
    async with groq_client("key", "http://127.0.0.1:9") as client:
        models = chain_of(keyed(), {GROQ: GroqProvider(client)}, unlimited(), Breaker)
        with pytest.raises(ModelDown):
            await models.ask(question(deadline=0.3))


def test_an_empty_answer_is_an_unusable_one() -> None:
    assert EmptyAnswer().reason == UnusableAnswer.reason
