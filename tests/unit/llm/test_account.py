"""What calls cost, what may be spent, and how a shape becomes a schema."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import pytest

from app.clock import FixedClock
from app.errors import Misconfigured
from app.llm.account import Charge, Price, Purpose, Usage, cost, on_account_of, parse_prices, payer, total
from app.llm.assembly import limits_of
from app.llm.budget import REMEMBERED_LEADS, Budget, Limits
from app.llm.chat import Shape, strict_schema
from app.llm.errors import BudgetSpent
from app.llm.masking import Mask
from app.settings import load_settings


def charge(usd: str | None = "0.001", tokens: int = 100) -> Charge:
    return Charge("model", Purpose.EXTRACT, Usage(tokens, 0), None if usd is None else Decimal(usd))


def test_prices_are_read_per_million_tokens_with_cached_ones_cheaper() -> None:
    prices = parse_prices("a/b=0.075/0.30/0.0375, c=1/2")
    assert prices["c"] == Price(Decimal(1), Decimal(2), Decimal(1))
    usage = Usage(input=2_000_000, output=1_000_000, cached=1_000_000)
    assert cost(prices, "a/b", usage) == Decimal("0.4125")


def test_an_unknown_price_is_unknown_and_makes_the_sum_unknown() -> None:
    assert cost({}, "model", Usage(1, 1)) is None
    assert total((charge(), charge(None))) is None
    assert total((charge(), charge())) == Decimal("0.002")
    assert total(()) == 0


@pytest.mark.parametrize(
    "text", ["model", "model=1", "model=a/b", "=1/2", "model=1/2/3/4", "model=-1/2", "model=NaN/1"]
)
def test_a_price_list_that_cannot_be_read_keeps_leadline_from_starting(text: str) -> None:
    with pytest.raises(Misconfigured):
        parse_prices(text)


def test_calls_are_made_on_the_account_of_one_lead_at_a_time() -> None:
    assert payer() is None
    with on_account_of(7):
        assert payer() == 7
    assert payer() is None


@pytest.mark.parametrize(
    "limits",
    [
        Limits(tokens_per_minute=100),
        Limits(usd_per_day=Decimal("0.001")),
        Limits(usd_per_lead=Decimal("0.001")),
        Limits(tokens_per_lead=100),
    ],
)
def test_what_is_spent_is_spent(limits: Limits) -> None:
    budget = Budget(limits, FixedClock())
    budget.admit(1)
    budget.spend(1, charge())
    with pytest.raises(BudgetSpent):
        budget.admit(1)


def test_a_minute_and_a_day_pass() -> None:
    clock = FixedClock()
    budget = Budget(Limits(tokens_per_minute=100, usd_per_day=Decimal("0.002")), clock)
    budget.spend(1, charge())
    clock.move(seconds=60)
    budget.admit(1)
    budget.spend(1, charge())
    clock.move(seconds=60)
    with pytest.raises(BudgetSpent):
        budget.admit(1)
    clock.move(seconds=86_400)
    budget.admit(1)


def test_one_leads_budget_is_not_anothers() -> None:
    budget = Budget(Limits(tokens_per_lead=100), FixedClock())
    budget.spend(1, charge())
    budget.spend(None, charge())
    budget.admit(2)
    budget.admit(None)


def test_leads_of_long_ago_are_forgotten_first() -> None:
    budget = Budget(Limits(tokens_per_lead=100), FixedClock())
    for lead_id in range(REMEMBERED_LEADS + 1):
        budget.spend(lead_id, charge())
    budget.admit(0)
    with pytest.raises(BudgetSpent):
        budget.admit(1)


def test_without_limits_everything_passes() -> None:
    budget = Budget(Limits(), FixedClock())
    budget.spend(1, charge(tokens=10**9))
    budget.admit(1)


def test_zero_in_the_settings_is_no_limit() -> None:
    none = load_settings(llm_tokens_per_minute=0, llm_tokens_per_lead=0, llm_usd_per_day=0, llm_usd_per_lead=0)
    assert limits_of(none) == Limits()


class Kind(StrEnum):
    ONE = "one"
    TWO = "two"


class Part(Shape):
    title: str
    kind: Kind


class Whole(Shape):
    """A shape of shapes."""

    parts: tuple[Part, ...]
    note: str | None


def test_a_schema_has_no_references_no_options_and_keeps_names() -> None:
    schema = strict_schema(Whole)
    part = schema["properties"]["parts"]["items"]
    assert schema["required"] == ["parts", "note"]
    assert part == {
        "type": "object",
        "properties": {"title": {"type": "string"}, "kind": {"enum": ["one", "two"], "type": "string"}},
        "required": ["title", "kind"],
        "additionalProperties": False,
    }
    assert "$ref" not in str(schema)


@pytest.mark.parametrize(
    "text",
    ["call +1 555 010 0199", "(11) 95555-0199 please", "555 010 0199", "a.b+c@example.co.uk, thanks", "15550100199"],
)
def test_a_masked_text_holds_no_address_and_comes_back_whole(text: str) -> None:
    mask = Mask()
    hidden = mask.hide(text)
    assert "0199" not in hidden
    assert "@" not in hidden
    assert mask.show(hidden) == text


@pytest.mark.parametrize(
    "text", ["R$ 1.200,00 por mês", "up to 120000", "22 to 25k", "2026-11-23", "from 7 to 12 years"]
)
def test_sums_and_dates_are_not_taken_for_phones(text: str) -> None:
    assert Mask().hide(text) == text


def test_the_same_address_has_one_placeholder() -> None:
    mask = Mask()
    assert mask.hide("a@example.com and a@example.com") == "[email 1] and [email 1]"
    assert mask.show("[email 9]") == "[email 9]"
