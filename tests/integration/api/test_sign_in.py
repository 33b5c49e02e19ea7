import httpx
import pytest
import sqlalchemy as sa
from starlette.requests import Request

from app.api import front_door
from app.api.sign_in import client_address
from app.database import Database, reading
from app.registry import override, use
from app.settings import Settings, load_settings
from app.settings_fields import Mode
from app.team.auth import COOKIE, viewer_of
from tests.integration.api.conftest import pages

SIGN_IN = "/api/sign-in"
FORM = {"email": "ana@leadline.demo", "password": "leadline-demo"}
WRONG = {**FORM, "password": "not this one"}


async def test_the_right_password_sets_a_cookie_that_scripts_cannot_read_and_goes_to_the_board(browser, team):
    answer = await browser.post(SIGN_IN, data=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Max-Age=1209600" in cookie
    assert "Secure" not in cookie
    assert await viewer_of(browser.cookies[COOKIE]) == team.ana


async def test_over_https_the_cookie_travels_over_https_alone(browser, team):
    with override(Settings, load_settings(public_url="https://leads.example")):
        answer = await browser.post(SIGN_IN, data=FORM)
    assert "; Secure" in answer.headers["set-cookie"]


async def test_in_production_the_cookie_travels_over_tls_alone(browser, team):
    production = use(Settings).model_copy(update={"mode": Mode.PRODUCTION, "public_url": "http://127.0.0.1:3000"})
    with override(Settings, production):
        answer = await browser.post(SIGN_IN, data=FORM)
    assert "; Secure" in answer.headers["set-cookie"]


TARGETS = [
    ("/sessions", "/sessions"),
    ("/?lead=7", "/?lead=7"),
    ("https://evil.example/", "/"),
    ("//evil.example", "/"),
    ("/\\evil.example", "/"),
    ("\\\\evil.example", "/"),
    ("/\tx", "/"),
    ("/\r\nSet-Cookie: a=b", "/"),
    ("javascript:alert(1)", "/"),
    ("sessions", "/"),
    ("", "/"),
]


async def test_it_goes_on_to_a_page_of_ours_and_to_no_other(browser, team):
    for target, location in TARGETS:
        answer = await browser.post(SIGN_IN, data={**FORM, "next": target})
        assert answer.headers["location"] == location, target


@pytest.mark.parametrize(
    "form", [WRONG, {"email": "nobody@leadline.demo", "password": "leadline-demo"}, {"email": "", "password": ""}, {}]
)
async def test_a_refusal_is_the_same_for_a_wrong_password_and_an_unknown_account(browser, team, form):
    answer = await browser.post(SIGN_IN, data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?error=wrong&left=4")
    assert "set-cookie" not in answer.headers


async def test_after_too_many_failures_the_page_is_told_how_long_to_wait(browser, team):
    for _ in range(5):
        await browser.post(SIGN_IN, data=WRONG)
    answer = await browser.post(SIGN_IN, data=FORM)
    assert answer.headers["location"] == "/sign-in?error=wait&seconds=60"
    assert COOKIE not in browser.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_form_of_another_site_signs_nobody_in_or_out(browser, team, headers):
    refused = await browser.post(SIGN_IN, data=FORM, headers=headers)
    assert refused.headers["location"] == "/sign-in?error=origin"
    assert COOKIE not in browser.cookies
    await browser.post(SIGN_IN, data=FORM)
    assert (await browser.post("/api/sign-out", headers=headers)).status_code == 403
    assert await viewer_of(browser.cookies[COOKIE]) == team.ana


async def test_a_form_of_our_own_page_is_welcome_under_either_name_of_this_machine(browser, team):
    for name in ("127.0.0.1", "localhost"):
        headers = {"Origin": f"http://{name}:3000", "Host": f"{name}:3000"}
        assert (await browser.post(SIGN_IN, data=FORM, headers=headers)).headers["location"] == "/"


async def test_signing_out_ends_the_sign_in_and_takes_the_cookie_back(browser, team):
    await browser.post(SIGN_IN, data=FORM)
    cookie = browser.cookies[COOKIE]
    answer = await browser.post("/api/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert COOKIE not in browser.cookies
    assert await viewer_of(cookie) is None


async def test_signing_in_again_in_one_browser_leaves_no_old_sign_in_behind(browser, team):
    await browser.post(SIGN_IN, data=FORM)
    old = browser.cookies[COOKIE]
    await browser.post(SIGN_IN, data=FORM)
    assert browser.cookies[COOKIE] != old
    assert await viewer_of(old) is None
    assert await viewer_of(browser.cookies[COOKIE]) == team.ana


async def test_a_link_or_an_image_signs_nobody_in_or_out(browser, team):
    for path in (SIGN_IN, "/api/sign-out"):
        assert (await browser.get(path)).status_code == 405


async def test_a_form_larger_than_any_of_ours_is_refused(browser, team):
    refused = await browser.post(SIGN_IN, data={**FORM, "more": "x" * 9_000})
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"\xff\xfe&=%00", 303), (b"email=%00&password=%ed%a0%80", 303), (b"&".join([b"a=b"] * 50), 400)],
)
async def test_a_form_of_rubbish_is_refused_without_a_failure(browser, team, body, status):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await browser.post(SIGN_IN, content=body, headers=headers)
    assert answer.status_code == status


async def test_a_database_that_is_away_sends_back_to_the_page(browser, team):
    away = Database("postgresql://nobody@127.0.0.1:9/nothing")
    with override(Database, away):
        answer = await browser.post(SIGN_IN, data=FORM)
    await away.close()
    assert answer.headers["location"] == "/sign-in?error=busy"


async def test_the_kind_of_browser_is_noted_but_not_its_address(browser, team):
    agent = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
    await browser.post(SIGN_IN, data=FORM, headers={"User-Agent": agent})
    async with reading() as db:
        row = (await db.execute(sa.text("select agent, to_jsonb(sign_in)::text as all from sign_in"))).one()
    assert row.agent == "Chrome on Android"
    assert "192.0.2.1" not in row.all


async def test_addresses_are_throttled_apart(team, browser):
    for number in range(20):
        await browser.post(SIGN_IN, data={"email": f"guess{number}@leadline.demo", "password": "not this one"})
    assert "error=wait" in (await browser.post(SIGN_IN, data=FORM)).headers["location"]
    transport = httpx.ASGITransport(front_door()(pages), client=("192.0.2.2", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as other:
        assert (await other.post(SIGN_IN, data=FORM)).headers["location"] == "/"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.7", None, "198.51.100.7"),
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "9.9.9.9", "9.9.9.9"),
        ("10.0.0.2", "1.2.3.4, 9.9.9.9", "9.9.9.9"),
        ("10.0.0.2", "", "10.0.0.2"),
        ("8.8.8.8", "9.9.9.9", "8.8.8.8"),
        ("unix", "9.9.9.9", "unix"),
    ],
)
def test_behind_a_proxy_of_ours_each_visitor_is_counted_apart(peer, forwarded, address):
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    scope = {"type": "http", "client": (peer, 1), "headers": headers}
    assert client_address(Request(scope)) == address


async def test_nothing_of_a_sign_in_is_logged(browser, team, capsys):
    await browser.post(SIGN_IN, data=WRONG)
    await browser.post(SIGN_IN, data=FORM)
    logged = capsys.readouterr()
    text = logged.out + logged.err
    assert "signed_in" in text
    for secret in ("ana@", "leadline-demo", "not this one", browser.cookies[COOKIE], "192.0.2.1"):
        assert secret not in text
