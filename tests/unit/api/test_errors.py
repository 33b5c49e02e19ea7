from unittest.mock import AsyncMock

import httpx
import pytest
import sqlalchemy.exc
import structlog.testing
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect

from app.api.errors import Unexpected, map_errors
from app.errors import Invalid, NotAllowed, NotFound, NotSignedIn, RetryLater, Stale, TooMany
from app.team.auth import SignInThrottled

PHONE = "+1 555 010 0110"


async def answer(error):
    api = FastAPI(middleware=[Middleware(Unexpected)])
    map_errors(api)

    @api.get("/")
    async def fail():
        raise error

    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://here") as client:
        return await client.get("/")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotSignedIn(), 401, "not_signed_in"),
        (NotAllowed(), 403, "not_allowed"),
        (NotFound(), 404, "not_found"),
        (Stale(), 409, "stale"),
        (Invalid(), 422, "invalid"),
        (TooMany(retry_after=7), 429, "too_many"),
        (RetryLater(), 503, "retry_later"),
        (HTTPException(413), 413, "too_large"),
        (HTTPException(405, headers={"Allow": "GET"}), 405, "method_not_allowed"),
    ],
)
async def test_each_error_has_its_status_and_its_code(error, status, code):
    told = await answer(error)
    assert told.status_code == status
    assert told.json()["error"]["code"] == code
    assert told.json()["error"]["message"]


async def test_facts_stand_beside_the_message_but_never_replace_it():
    told = await answer(Stale(lead=7, stage="won", code="forged"))
    assert told.json() == {"error": {"code": "stale", "message": str(Stale()), "lead": 7, "stage": "won"}}


async def test_a_fact_that_json_does_not_know_is_told_as_text():
    assert (await answer(Stale(seen={1, 2}, lead=object))).status_code == 409


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(SignInThrottled(retry_after=59.2), "60"), (TooMany(retry_after=0), "1"), (RetryLater(), "2")],
)
async def test_who_should_come_again_is_told_when(error, seconds):
    assert (await answer(error)).headers["retry-after"] == seconds


async def test_a_missing_token_names_the_way_to_show_one():
    assert (await answer(NotSignedIn())).headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "error",
    [
        sqlalchemy.exc.OperationalError("select 1", {"phone": PHONE}, Exception("gone")),
        sqlalchemy.exc.InterfaceError("select 1", {"phone": PHONE}, Exception("gone")),
        sqlalchemy.exc.TimeoutError("pool"),
    ],
)
async def test_a_database_that_is_away_is_a_503_that_says_when_to_come_again(error):
    with structlog.testing.capture_logs() as logs:
        told = await answer(error)
    assert told.status_code == 503
    assert told.json()["error"]["code"] == "database_away"
    assert told.headers["retry-after"] == "2"
    assert PHONE not in told.text + str(logs)


async def test_what_nobody_foresaw_is_told_by_an_id_alone():
    with structlog.testing.capture_logs() as logs:
        told = await answer(KeyError(PHONE))
    body = told.json()["error"]
    assert told.status_code == 500
    assert body["code"] == "unexpected"
    assert logs[0]["error_id"] == body["error_id"]
    assert logs[0]["error_type"] == "KeyError"
    assert "in fail" not in told.text
    assert logs[0]["at"][-1].endswith(" fail")
    assert PHONE not in told.text + str(logs)


async def test_a_client_that_went_away_is_no_failure_of_ours():
    with structlog.testing.capture_logs() as logs:
        assert (await answer(ClientDisconnect())).status_code == 400
    assert logs == []


async def test_an_answer_that_broke_off_in_the_middle_is_not_answered_twice():
    sent = []

    async def breaks(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    async def keep(message):
        sent.append(message)

    with structlog.testing.capture_logs():
        await Unexpected(breaks)({"type": "http"}, AsyncMock(), keep)
    assert [message["type"] for message in sent] == ["http.response.start"]
