"""The API stands beside the pages: neither hides the other."""

from unittest.mock import AsyncMock

import pytest
from prometheus_client import generate_latest

from app.api import front_door
from metrics.registry import REGISTRY


@pytest.mark.parametrize("path", ["/", "/sign-in", "/sessions", "/assets/app.js", "/apis", "/webhooks", "/ping"])
async def test_every_other_path_is_a_page(browser, path):
    answer = await browser.get(path)
    assert answer.text == "a page"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/api/nothing", "/api/v1/nothing", "/webhooks/nothing", "/api/v2/leads"])
async def test_an_unknown_path_of_the_api_is_said_in_the_words_of_the_api(browser, path):
    answer = await browser.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_a_wrong_method_says_which_would_be_right(browser):
    answer = await browser.delete("/api/v1/leads")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


async def test_a_websocket_goes_to_the_pages():
    seen = []

    async def pages(scope, receive, send):
        seen.append(scope["type"])

    for scope in ({"type": "websocket", "path": "/api/_event"}, {"type": "lifespan"}):
        await front_door()(pages)(scope, AsyncMock(), AsyncMock())
    assert seen == ["websocket", "lifespan"]


async def test_the_documentation_comes_from_here_alone(browser):
    page = await browser.get("/api/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    for path in ("/api/docs.js", "/api/docs.css", "/api/openapi.json"):
        assert path in page.text or path == "/api/openapi.json"
        asset = await browser.get(path)
        assert asset.status_code == 200
        assert "https://" not in asset.text.replace("https://json-schema.org", "")
    assert "http" not in page.text.replace("http-equiv", "")
    assert "<script>" not in page.text


async def test_the_openapi_document_has_its_title_and_names_every_refusal(browser):
    document = (await browser.get("/api/openapi.json")).json()
    assert document["info"]["title"] == "Leadline"
    for methods in document["paths"].values():
        for described in methods.values():
            assert described["security"] == [{"HTTPBearer": []}]
            for status, answer in described["responses"].items():
                if status == "204":
                    assert "content" not in answer
                    continue
                shape = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
                assert (shape == "ErrorEnvelope") == (int(status) >= 400), (status, shape)


async def test_requests_are_counted_by_their_route_and_never_by_their_path(api, add_lead):
    lead_id = await add_lead()
    await api.get(f"/api/v1/leads/{lead_id}", params={"q": "15550100110"})
    await api.post("/webhooks/waha/agent", content=b"{}")
    exposed = generate_latest(REGISTRY).decode()
    assert 'http_route="/api/v1/leads/{lead_id}"' in exposed
    assert 'http_route="/webhooks/waha/{session}"' in exposed
    assert f"/leads/{lead_id}" not in exposed
    assert "15550100110" not in exposed
