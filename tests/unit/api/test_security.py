import base64
import hashlib
from unittest.mock import AsyncMock

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from app.api.security import SecurityHeaders, content_policy, inline_script_hashes, same_origin
from app.registry import override
from app.settings import Settings, load_settings

URL = "https://leads.example"


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site", "origin": "https://other.example"}, False),
        ({"sec-fetch-site": "cross-site", "origin": URL}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": URL}, True),
        ({"origin": "http://localhost:3000", "host": "localhost:3000"}, True),
        ({"origin": "http://localhost:3001", "host": "localhost:3000"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "https://leads.example.evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({}, True),
    ],
)
def test_a_form_has_to_come_from_our_own_pages(headers, same):
    assert same_origin(Headers(headers), URL) is same


async def page(scope, receive, send):
    await PlainTextResponse("page", headers={"Referrer-Policy": "no-referrer"})(scope, receive, send)


async def headers_of(path, public_url="http://127.0.0.1:3000"):
    with override(Settings, load_settings(public_url=public_url)):
        guarded = SecurityHeaders(page, policy=content_policy())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(guarded), base_url="http://here") as client:
            return (await client.get(path)).headers


async def test_every_answer_tells_the_browser_what_to_refuse():
    headers = await headers_of("/")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers


async def test_an_answer_that_is_stricter_itself_stays_so():
    assert (await headers_of("/"))["referrer-policy"] == "no-referrer"


async def test_https_is_kept_where_the_public_address_has_it():
    assert (await headers_of("/", "https://leads.example"))["strict-transport-security"] == "max-age=31536000"


async def test_only_answers_of_the_api_are_kept_out_of_caches():
    assert (await headers_of("/api/v1/leads"))["cache-control"] == "no-store"
    assert "cache-control" not in await headers_of("/assets/page.js")


async def test_a_websocket_passes_untouched():
    seen = []

    async def socket(scope, receive, send):
        seen.append((scope, receive, send))

    given = ({"type": "websocket"}, AsyncMock(), AsyncMock())
    await SecurityHeaders(socket, policy="")(*given)
    assert seen == [given]


def test_scripts_written_into_a_page_are_allowed_by_their_hash_alone(tmp_path):
    script = "window.__context = {};"
    (tmp_path / "sign-in").mkdir()
    (tmp_path / "sign-in" / "index.html").write_text(
        f'<script>{script}</script><script src="/a.js"></script><script type="module" async="">{script}</script>'
    )
    [source] = inline_script_hashes(tmp_path)
    assert source == f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
    policy = content_policy([source])
    assert source in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]


def test_nothing_may_come_from_another_host():
    assert "http" not in content_policy()
