"""Who may call the REST API: every route of it wants a token, and a cookie is none."""

import pytest

from app.team.service import MemberChange, change_member, revoke_token
from app.team.service import tokens as all_tokens
from app.team.viewer import OPERATOR

ROUTES = [
    ("GET", "/api/v1/leads"),
    ("POST", "/api/v1/leads"),
    ("GET", "/api/v1/leads/1"),
    ("DELETE", "/api/v1/leads/1"),
    ("GET", "/api/v1/leads/1/messages"),
    ("POST", "/api/v1/leads/1/stage"),
    ("GET", "/api/v1/consultants"),
]
MOVE = {"stage": "won", "version": 1}


def test_this_list_names_every_route_of_the_api():
    from app.api import create_api

    paths = create_api().openapi()["paths"]
    known = {(method.upper(), path.replace("{lead_id}", "1")) for path, methods in paths.items() for method in methods}
    assert known == set(ROUTES)


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer ", "Bearer leadline_made-up", "Basic bGVhZGxpbmU6", "leadline_made-up"]
)
async def test_nobody_gets_in_without_a_valid_token(browser, tokens, header):
    headers = {} if header is None else {"Authorization": header}
    for method, path in ROUTES:
        body = {"phone": "+1 555 010 0110"} if path.endswith("leads") else MOVE
        refused = await browser.request(method, path, headers=headers, json=body if method == "POST" else None)
        assert refused.status_code == 401
        assert refused.json()["error"]["code"] == "bad_token"
        assert refused.headers["www-authenticate"] == "Bearer"


async def test_the_cookie_of_a_signed_in_browser_opens_no_route_of_the_api(browser, tokens):
    form = {"email": "mara@leadline.demo", "password": "leadline-demo"}
    assert (await browser.post("/api/sign-in", data=form)).headers["location"] == "/"
    assert browser.cookies["leadline_sid"]
    assert (await browser.get("/api/v1/leads")).status_code == 401


async def test_a_reading_token_changes_nothing(browser, tokens, add_lead):
    browser.headers["Authorization"] = f"Bearer {tokens.mara_reads}"
    lead_id = await add_lead()
    assert (await browser.get("/api/v1/leads")).status_code == 200
    for path, body in (("", {"phone": "+1 555 010 0110"}), (f"/{lead_id}/stage", MOVE)):
        refused = await browser.post(f"/api/v1/leads{path}", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed")


async def test_a_revoked_token_is_refused_at_once(api):
    assert (await api.get("/api/v1/leads")).status_code == 200
    for token in await all_tokens(OPERATOR):
        await revoke_token(OPERATOR, token.id)
    assert (await api.get("/api/v1/leads")).status_code == 401


async def test_the_token_of_somebody_who_left_is_refused_at_once(api, team):
    await change_member(OPERATOR, team.mara.user_id, MemberChange(active=False))
    assert (await api.get("/api/v1/leads")).status_code == 401


async def test_another_site_gets_no_leave_to_read_answers(api):
    answer = await api.get("/api/v1/leads", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


async def test_answers_of_the_api_are_kept_out_of_caches_and_frames(api):
    headers = (await api.get("/api/v1/leads")).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
