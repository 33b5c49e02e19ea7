"""The chain of models as the settings write it."""

from __future__ import annotations

import pytest

from app.errors import Misconfigured
from app.llm.routes import GROQ, is_configured, routes_of, services_of
from app.settings import load_settings

OTHERS = "house=http://127.0.0.1:11434/v1, elsewhere=https://models.example/v1"


def test_a_model_is_asked_where_its_entry_says_in_the_order_of_the_entries() -> None:
    settings = load_settings(
        groq_api_key="key", llm_models="gpt@elsewhere, small, small@house, a@b@house", llm_providers=OTHERS
    )
    asked = [(route.model, route.service.name, route.name) for route in routes_of(settings)]
    assert asked == [
        ("gpt", "elsewhere", "gpt@elsewhere"),
        ("small", GROQ, "small"),
        ("small", "house", "small@house"),
        ("a@b", "house", "a@b@house"),
    ]


def test_each_service_has_its_own_key_and_none_is_printed() -> None:
    settings = load_settings(llm_providers=OTHERS, llm_keys="elsewhere=sk-secret=")
    services = services_of(settings)
    assert services["elsewhere"].key.get_secret_value() == "sk-secret="
    assert services["house"].key.get_secret_value() == ""
    assert "secret=" not in f"{settings!r}{services!r}"


def test_without_its_key_groq_is_left_out_and_a_service_without_keys_is_not() -> None:
    settings = load_settings(llm_models="small, small@house, small@groq", llm_providers=OTHERS)
    assert [route.name for route in routes_of(settings)] == ["small@house"]
    assert is_configured(settings)
    assert not is_configured(load_settings())


@pytest.mark.parametrize(
    "wrong",
    [
        {"llm_models": "small@nowhere"},
        {"llm_models": "@house", "llm_providers": OTHERS},
        {"llm_providers": "house"},
        {"llm_providers": "house=127.0.0.1"},
        {"llm_providers": "groq=https://models.example"},
        {"llm_providers": "house=http://a, house=http://b"},
        {"llm_keys": "elsewhere=sk-secret"},
        {"llm_keys": "sk-secret"},
    ],
)
def test_what_cannot_be_meant_keeps_leadline_from_starting_and_tells_no_key(wrong: dict[str, str]) -> None:
    with pytest.raises(Misconfigured) as told:
        routes_of(load_settings(groq_api_key="key", **wrong))
    assert "sk-secret" not in str(told.value)
