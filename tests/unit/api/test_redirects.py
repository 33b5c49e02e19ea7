"""Redirects of the pages name no scheme and no host."""

from __future__ import annotations

import httpx
import pytest
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from app.api.redirects import RelativeRedirects


async def fetch(app, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(RelativeRedirects(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://leads.example.com") as client:
        return await client.get(path)


async def test_a_page_without_its_slash_is_found_whatever_the_proxy_speaks(tmp_path):
    (tmp_path / "sign-in").mkdir()
    (tmp_path / "sign-in" / "index.html").write_text("here")
    answer = await fetch(StaticFiles(directory=tmp_path, html=True), "/sign-in?error=wrong&left=3")
    assert answer.status_code == 307
    assert answer.headers["location"] == "/sign-in/?error=wrong&left=3"


@pytest.mark.parametrize(
    ("to", "location"),
    [
        ("https://elsewhere.example.com/x", "https://elsewhere.example.com/x"),
        ("/sign-in", "/sign-in"),
        ("http://leads.example.com//evil.example.com", "/evil.example.com"),
        ("http://leads.example.com", "/"),
    ],
)
async def test_only_our_own_host_is_left_out(to: str, location: str):
    assert (await fetch(RedirectResponse(to), "/")).headers["location"] == location


async def test_other_answers_stay_as_they_are():
    answer = await fetch(PlainTextResponse("hello"), "/")
    assert (answer.text, "location" in answer.headers) == ("hello", False)
