"""What the sign-in page asks of the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.registry import override
from app.settings import Settings
from app.team import cookies
from app.team.state import SignInState
from tests.unit.pages.conftest import ANA

Tab = Callable[[Any, str], Any]


async def test_whoever_is_signed_in_goes_on_to_the_board(tab: Tab, settings: Settings) -> None:
    state = tab(SignInState, "ana")
    assert "/" in str(await state.load())
    assert state.guests == []


async def test_the_demo_offers_its_people_and_the_phone(tab: Tab, settings: Settings) -> None:
    state = tab(SignInState, "")
    assert await state.load() is None
    assert [guest["name"] for guest in state.guests] == ["Ana", "Mara"]
    assert state.phone == f"http://127.0.0.1:{settings.simulator_port}/phone"


async def test_production_offers_nobody(tab: Tab, settings: Settings) -> None:
    production = settings.model_copy(update={"mode": "production"})
    with override(Settings, production):
        state = tab(SignInState, "")
        await state.load()
    assert (state.guests, state.password, state.phone) == ([], "", "")


@pytest.mark.parametrize(
    ("header", "cookie"),
    [
        ("leadline_sid=abc", "abc"),
        ("theme=dark; leadline_sid=abc; x=1", "abc"),
        ("other=abc", None),
        ("", None),
        (None, None),
        ("=;;;=\x00", None),
        ("odd@name=1; leadline_sid=abc", "abc"),
    ],
)
async def test_the_cookie_is_found_among_others(
    monkeypatch: pytest.MonkeyPatch, header: str | None, cookie: str | None
) -> None:
    async def viewer_of(value: str | None) -> Any:
        return value and (ANA, value)

    monkeypatch.setattr(cookies, "viewer_of", viewer_of)
    assert await cookies.viewer_in(header) == (cookie and (ANA, cookie))
