"""WAHA's failures in our words."""

from __future__ import annotations

import httpx
import pytest
import respx

from app.whatsapp.errors import (
    AccountRestricted,
    AmbiguousSend,
    AuthError,
    GatewayError,
    GatewayResting,
    InvalidRequest,
    MediaError,
    RateLimited,
    SessionNotFound,
    SessionNotReady,
    Transient,
)
from app.whatsapp.gateway import SessionRef
from app.whatsapp.waha_link import AlreadyDone, WahaLink, classify, path, redacted
from tests.unit.whatsapp.fixtures import read

BASE = "http://waha.test/below"
AGENT, CONSULTANT = SessionRef("agent"), SessionRef("consultant")
MEANING = {
    "bad api key": AuthError,
    "unknown session": SessionNotFound,
    "session known but not running (send)": SessionNotFound,
    "session does not exist (send, newer)": SessionNotFound,
    "session not in expected state": SessionNotReady,
    "QR asked in wrong state": SessionNotReady,
    "create existing": AlreadyDone,
    "start already started": AlreadyDone,
    "validation": InvalidRequest,
    "malformed json": InvalidRequest,
    "unknown route": InvalidRequest,
    "media file gone": InvalidRequest,
}
ERRORS = {row["case"]: row for row in read("http/errors") if row["status"] != 200}
RECORDED = [
    exchange
    for run in read("recorded/http_exchanges_2024.10.8_noweb")
    for exchange in run["exchanges"]
    if exchange["response"]["status"] >= 400
]


class Bench:
    """A link on a clock that the test moves."""

    def __init__(self, client: httpx.AsyncClient):
        self.time = 0.0
        self.link = WahaLink(client, base_url=BASE + "/", api_key="the key", now=lambda: self.time)


@pytest.fixture
async def bench():
    async with httpx.AsyncClient() as client:
        yield Bench(client)


def test_every_documented_error_has_its_meaning():
    assert set(ERRORS) == set(MEANING)


@pytest.mark.parametrize("case", ERRORS)
@pytest.mark.parametrize("sending", [True, False])
def test_an_error_means_the_same_whether_we_send_or_ask(case, sending):
    error = classify(ERRORS[case]["status"], ERRORS[case]["body"], sending=sending)

    assert type(error) is MEANING[case]


@pytest.mark.parametrize("exchange", RECORDED, ids=lambda row: f"{row['request']['method']} {row['request']['path']}")
def test_every_recorded_error_can_be_told(exchange):
    body = exchange["response"]["body"]

    error = classify(exchange["response"]["status"], body if isinstance(body, dict) else {}, sending=False)

    assert error.provider_code == str(exchange["response"]["status"])


def test_a_session_that_is_not_ready_says_what_it_is_and_what_was_needed():
    error = classify(422, ERRORS["session not in expected state"]["body"], sending=True)

    assert isinstance(error, SessionNotReady)
    assert (error.raw_status, error.expected, error.retryable) == ("STARTING", ("WORKING",), True)


def test_a_restricted_account_is_told_from_a_broken_server():
    answer = read("http/sendText_500_463")

    error = classify(answer["status"], answer["body"], sending=True)

    assert isinstance(error, AccountRestricted)
    assert (error.provider_code, error.retryable, error.until) == ("463", False, None)


@pytest.mark.parametrize(
    ("status", "body", "sending", "meaning"),
    [
        (500, {}, True, AmbiguousSend),
        (502, {}, True, AmbiguousSend),
        (503, {}, True, AmbiguousSend),
        (504, {}, True, AmbiguousSend),
        (500, {}, False, Transient),
        (503, {}, False, Transient),
        (503, {"status": "STARTING"}, True, SessionNotReady),
        (501, {}, True, InvalidRequest),
        (403, {}, True, AuthError),
        (404, {}, True, InvalidRequest),
        (413, {}, True, InvalidRequest),
        (302, {}, True, InvalidRequest),
        (500, {"exception": {"message": "REACHOUT timelock"}}, True, AccountRestricted),
        (500, {"exception": {"message": "error 4631"}}, True, AmbiguousSend),
    ],
)
def test_a_status_has_its_meaning(status, body, sending, meaning):
    assert type(classify(status, body, sending=sending)) is meaning


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), (None, 5.0), ("soon", 5.0)])
def test_a_limit_says_when_to_try_again(header, seconds):
    error = classify(429, {}, sending=True, retry_after=header)

    assert isinstance(error, RateLimited)
    assert (error.retry_after, error.retryable) == (seconds, True)


def test_what_the_gateway_said_is_kept_without_addresses_numbers_and_quotations():
    said = 'No route to 15550100110@c.us (+1 555 010-0110) for session "agent": "' + "Hello there. " * 8 + '"'

    assert redacted(said) == 'No route to <address> (<number>) for session "agent": <quote>'
    assert len(redacted("x" * 500)) == 200


def test_a_path_is_encoded_part_by_part():
    assert path("api", "agent", "lids", "1@lid/../x") == "/api/agent/lids/1%40lid%2F..%2Fx"


@respx.mock
async def test_the_key_goes_to_the_server_and_nowhere_else(bench: Bench):
    elsewhere = respx.get("http://elsewhere.test/").respond(200)
    route = respx.get(f"{BASE}/api/agent/lids/1%40lid").respond(302, headers={"location": "http://elsewhere.test/"})

    with pytest.raises(InvalidRequest):
        await bench.link.value("GET", path("api", "agent", "lids", "1@lid"))

    assert route.calls.last.request.headers["x-api-key"] == "the key"
    assert route.calls.last.request.url.raw_path == b"/below/api/agent/lids/1%40lid"
    assert not elsewhere.called


@respx.mock
async def test_an_empty_answer_is_nothing(bench: Bench):
    respx.get(f"{BASE}/api/sessions/agent/me").respond(200, content=b"")

    assert await bench.link.value("GET", "/api/sessions/agent/me") is None


@pytest.mark.parametrize(
    ("problem", "sending", "meaning"),
    [
        (httpx.ConnectError, True, Transient),
        (httpx.ConnectTimeout, True, Transient),
        (httpx.PoolTimeout, True, Transient),
        (httpx.ReadTimeout, True, AmbiguousSend),
        (httpx.WriteTimeout, True, AmbiguousSend),
        (httpx.ReadError, True, AmbiguousSend),
        (httpx.RemoteProtocolError, True, AmbiguousSend),
        (httpx.ReadTimeout, False, Transient),
    ],
)
@respx.mock
async def test_a_broken_connection_is_ambiguous_only_when_something_may_have_been_sent(
    bench: Bench, problem, sending, meaning
):
    respx.post(f"{BASE}/api/sendText").mock(side_effect=problem)

    with pytest.raises(GatewayError) as error:
        await bench.link.ask("POST", "/api/sendText", json={}, sending=sending)

    assert type(error.value) is meaning
    assert error.value.provider_code == problem.__name__


async def test_one_sessions_failures_do_not_stop_the_other(bench: Bench):
    for _ in range(5):
        with pytest.raises(Transient), bench.link.guarded(CONSULTANT):
            raise Transient

    with pytest.raises(GatewayResting) as resting, bench.link.guarded(CONSULTANT):
        pytest.fail("the gateway was not left alone")
    with bench.link.guarded(AGENT):
        pass

    assert resting.value.retryable
    assert resting.value.retry_after == 30
    assert bench.link.breaker_state(CONSULTANT) == "open"
    assert bench.link.breaker_state(AGENT) == "closed"


async def test_a_refusal_is_an_answer_and_no_failure(bench: Bench):
    for _ in range(10):
        with pytest.raises(SessionNotReady), bench.link.guarded(AGENT):
            raise SessionNotReady

    assert bench.link.breaker_state(AGENT) == "closed"


@respx.mock
async def test_a_file_is_downloaded(bench: Bench):
    respx.get(f"{BASE}/api/files/agent/a.png").respond(200, content=b"1234")

    assert await bench.link.download("/api/files/agent/a.png", max_bytes=4) == b"1234"


@respx.mock
async def test_a_file_that_hides_its_size_is_still_cut_off(bench: Bench):
    async def endless():
        while True:
            yield b"x" * 1000

    respx.get(f"{BASE}/api/files/agent/a.png").respond(200, stream=Stream(endless()))

    with pytest.raises(MediaError) as refused:
        await bench.link.download("/api/files/agent/a.png", max_bytes=5000)

    assert refused.value.provider_code == "too_large"


@respx.mock
async def test_a_file_that_says_it_is_too_large_is_not_read(bench: Bench):
    respx.get(f"{BASE}/api/files/agent/a.png").respond(200, headers={"content-length": "999"}, stream=Stream(never()))

    with pytest.raises(MediaError):
        await bench.link.download("/api/files/agent/a.png", max_bytes=5)


@pytest.mark.parametrize(("status", "meaning"), [(404, MediaError), (302, MediaError), (503, Transient)])
@respx.mock
async def test_a_file_that_does_not_come_is_an_error(bench: Bench, status, meaning):
    respx.get(f"{BASE}/api/files/agent/a.png").respond(status)

    with pytest.raises(meaning):
        await bench.link.download("/api/files/agent/a.png", max_bytes=5)


@respx.mock
async def test_a_file_behind_a_broken_connection_may_be_asked_for_again(bench: Bench):
    respx.get(f"{BASE}/api/files/agent/a.png").mock(side_effect=httpx.ReadTimeout)

    with pytest.raises(Transient):
        await bench.link.download("/api/files/agent/a.png", max_bytes=5)


def test_a_files_address_is_followed_below_the_servers_own(bench: Bench):
    assert bench.link.file_path(f"{BASE}/api/files/agent/a.png?x=1") == "/api/files/agent/a.png?x=1"


@pytest.mark.parametrize(
    "url",
    [
        "http://elsewhere.test/below/api/files/agent/a.png",
        "https://waha.test/below/api/files/agent/a.png",
        "http://waha.test:81/below/api/files/agent/a.png",
        "http://waha.test@elsewhere.test/below/api/files/agent/a.png",
        "http://waha.test/api/files/agent/a.png",
        "http://waha.test/below/api/sessions/agent",
        "http://waha.test/below/api/files/../sessions/agent",
        "http://waha.test/below/api/files/..%2fsessions/agent",
        "http://waha.test/below/api/files/%2e%2e/sessions/agent",
        "file:///etc/passwd",
        "http://[broken",
        "",
    ],
)
def test_a_files_address_that_leads_elsewhere_is_refused(bench: Bench, url):
    with pytest.raises(MediaError) as refused:
        bench.link.file_path(url)

    assert refused.value.provider_code == "foreign_address"


class Stream(httpx.AsyncByteStream):
    def __init__(self, chunks):
        self._chunks = chunks

    async def __aiter__(self):
        async for chunk in self._chunks:
            yield chunk

    async def aclose(self):
        await self._chunks.aclose()


async def never():
    pytest.fail("the file was read")
    yield b""
