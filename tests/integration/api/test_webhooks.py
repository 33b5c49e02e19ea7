import json
from http import HTTPStatus

import httpx
import pytest
import sqlalchemy as sa

from app.api import front_door
from app.conversations import intake
from app.conversations.intake import IntakeResult, Outcome
from app.database import Database, reading
from app.errors import RetryLater
from app.registry import override
from app.sessions.service import Watch
from app.whatsapp.errors import SignatureError
from app.whatsapp.gateway import Gateway
from app.whatsapp.signature import sign
from app.whatsapp.waha import WahaGateway
from tests.integration.api.conftest import pages

HOOK = "/webhooks/waha/agent"
KEY = "test-hmac-key-of-the-agent"
MEGABYTE = 1024 * 1024


@pytest.fixture
async def receiver(browser):
    """The gateway's place: the real intake behind the real route."""
    async with httpx.AsyncClient() as nowhere:
        keys = {"agent": KEY, "consultant": "another-key"}
        gateway = WahaGateway(nowhere, base_url="http://127.0.0.1:9", api_key="k", hmac_keys=keys)
        with override(Gateway, gateway), override(intake.SessionWatch, Watch()):
            yield browser


def event(text="Hello, I would like to know more", message_id="3EB0AA"):
    payload = {
        "id": f"false_15550100110@c.us_{message_id}",
        "timestamp": 1_795_000_000,
        "from": "15550100110@c.us",
        "fromMe": False,
        "to": "15550100001@c.us",
        "body": text,
        "hasMedia": False,
        "ack": 1,
        "_data": {"pushName": "Lia"},
    }
    whole = {"id": "evt_01", "event": "message.any", "session": "agent", "engine": "NOWEB", "payload": payload}
    return json.dumps(whole).encode()


def signed(raw, key=KEY):
    return {"X-Webhook-Hmac": sign(key, raw), "X-Webhook-Hmac-Algorithm": "sha512", "Content-Type": "application/json"}


async def stored(table="raw_event"):
    async with reading() as db:
        return (await db.execute(sa.text(f"select count(*) from {table}"))).scalar_one()


def intake_that(monkeypatch, does):
    async def receive(**given):
        return does(**given)

    monkeypatch.setattr(intake, "receive", receive)


async def test_a_signed_event_is_stored_before_it_is_acknowledged(receiver):
    raw = event()
    answer = await receiver.post(HOOK, content=raw, headers=signed(raw))
    assert answer.status_code == 200
    assert answer.json() == {"outcome": "stored"}
    assert (await stored(), await stored("message"), await stored("lead")) == (1, 1, 1)


async def test_the_same_event_again_is_acknowledged_and_changes_nothing(receiver):
    raw = event()
    for outcome in ("stored", "duplicate"):
        answer = await receiver.post(HOOK, content=raw, headers=signed(raw))
        assert (answer.status_code, answer.json()) == (200, {"outcome": outcome})
    assert (await stored(), await stored("message")) == (1, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Webhook-Hmac": ""},
        {"X-Webhook-Hmac": "0" * 128},
        {"X-Webhook-Hmac": sign("another-key", event())},
        {"X-Webhook-Hmac": sign(KEY, event() + b" ")},
        {"X-Webhook-Hmac": sign(KEY, event()), "X-Webhook-Hmac-Algorithm": "md5"},
    ],
)
async def test_an_event_with_a_wrong_signature_is_401_and_stores_nothing(receiver, headers):
    answer = await receiver.post(HOOK, content=event(), headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad_signature")
    assert await stored() == 0


async def test_the_key_of_one_session_opens_no_other(receiver):
    raw = event()
    answer = await receiver.post("/webhooks/waha/consultant", content=raw, headers=signed(raw))
    assert answer.status_code == 401
    assert await stored() == 0


@pytest.mark.parametrize("session", ["", "agent/more", "a" * 65, "agent%00", "%2e%2e%2fagent", "ag ent"])
async def test_a_session_that_cannot_be_one_is_not_found(receiver, session):
    raw = event()
    answer = await receiver.post(f"/webhooks/waha/{session}", content=raw, headers=signed(raw))
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


async def test_a_signed_body_that_nobody_understands_is_kept_and_acknowledged(receiver):
    raw = b"{ this is no JSON"
    answer = await receiver.post(HOOK, content=raw, headers=signed(raw))
    assert (answer.status_code, answer.json()) == (200, {"outcome": "unparseable"})
    assert await stored() == 1


async def test_a_body_of_a_megabyte_is_taken_and_a_larger_one_is_refused(receiver):
    for size, status in ((MEGABYTE, 200), (MEGABYTE + 1, 413)):
        raw = b" " * size
        answer = await receiver.post(HOOK, content=raw, headers=signed(raw))
        assert answer.status_code == status
    assert answer.json()["error"]["code"] == "too_large"
    assert await stored() == 1


async def test_a_body_that_does_not_say_its_size_is_cut_off_while_it_streams(receiver):
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 64 * 1024
            yield b" " * 64 * 1024

    answer = await receiver.post(HOOK, content=endless())
    assert answer.status_code == 413
    assert sent <= MEGABYTE + 2 * 64 * 1024
    assert await stored() == 0


async def test_a_database_that_is_away_asks_the_gateway_to_deliver_again(receiver):
    raw = event()
    away = Database("postgresql://nobody@127.0.0.1:9/nothing")
    with override(Database, away):
        answer = await receiver.post(HOOK, content=raw, headers=signed(raw))
    await away.close()
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert (await receiver.post(HOOK, content=raw, headers=signed(raw))).json() == {"outcome": "stored"}


@pytest.mark.parametrize("failure", [KeyError("+1 555 010 0110"), RetryLater(), OSError("disk full")])
async def test_whatever_keeps_an_event_from_being_stored_asks_for_it_again(browser, monkeypatch, capsys, failure):
    def fail(**_):
        raise failure

    intake_that(monkeypatch, fail)
    answer = await browser.post(HOOK, content=event())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    shown = answer.text + str(capsys.readouterr())
    assert "555" not in shown
    assert "disk full" not in shown


async def test_intake_is_given_the_bytes_as_they_came(browser, monkeypatch):
    given = {}

    def keep(**values):
        given.update(values)
        return IntakeResult(Outcome.IGNORED)

    intake_that(monkeypatch, keep)
    raw = '{"text": "olá",\r\n  "n": 1.0}'.encode()
    answer = await browser.post(HOOK, content=raw, headers={"X-Webhook-Hmac": "abc"})
    assert answer.json() == {"outcome": "ignored"}
    assert (given["provider"], given["session"], given["raw"]) == ("waha", "agent", raw)
    assert given["headers"]["X-Webhook-Hmac"] == given["headers"]["x-webhook-hmac"] == "abc"


async def test_a_refusal_by_intake_keeps_its_own_status(browser, monkeypatch):
    def refuse(**_):
        raise SignatureError

    intake_that(monkeypatch, refuse)
    assert (await browser.post(HOOK, content=b"{}")).status_code == HTTPStatus.UNAUTHORIZED


async def test_only_a_post_is_a_webhook(browser):
    answer = await browser.get(HOOK)
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")


async def test_a_gateway_that_hangs_up_in_the_middle_is_no_failure(settings, capsys):
    sent = []

    async def hang_up():
        return {"type": "http.disconnect"}

    async def keep(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": HOOK, "headers": [], "query_string": b"", "root_path": ""}
    await front_door()(pages)(scope, hang_up, keep)
    assert sent[0]["status"] == 400
    assert "unexpected" not in str(capsys.readouterr())
