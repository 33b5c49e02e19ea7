from unittest.mock import AsyncMock

import pytest
from starlette.exceptions import HTTPException

from app.api.limits import MEGABYTE, BodyLimit


class Sender:
    """A client that sends chunks, and counts how many were taken."""

    def __init__(self, *chunks, announced=None):
        self.chunks = list(chunks)
        self.taken = 0
        self.headers = [] if announced is None else [(b"content-length", announced)]

    async def receive(self):
        chunk = self.chunks[self.taken]
        self.taken += 1
        return {"type": "http.request", "body": chunk, "more_body": self.taken < len(self.chunks)}


async def read_all(scope, receive, send):
    read = b""
    while True:
        message = await receive()
        read += message["body"]
        if not message["more_body"]:
            await send(read)
            return


async def through(sender, most):
    sent = []

    async def keep(message):
        sent.append(message)

    scope = {"type": "http", "headers": sender.headers}
    await BodyLimit(read_all, most=most)(scope, sender.receive, keep)
    return sent[0]


async def test_a_body_of_just_the_limit_passes():
    assert await through(Sender(b"abc", b"de", announced=b"5"), most=5) == b"abcde"


async def test_a_body_that_announces_too_much_is_refused_before_it_is_read():
    sender = Sender(b"abcdef", announced=b"6")
    with pytest.raises(HTTPException) as refused:
        await through(sender, most=5)
    assert refused.value.status_code == 413
    assert sender.taken == 0


@pytest.mark.parametrize("announced", [None, b"2", b"-1", b"a lot"])
async def test_a_body_that_grows_too_large_is_cut_off_whatever_it_announced(announced):
    sender = Sender(b"abc", b"def", b"ghi", announced=announced)
    with pytest.raises(HTTPException) as refused:
        await through(sender, most=5)
    assert refused.value.status_code == 413
    assert sender.taken == 2


async def test_a_websocket_has_no_body_to_limit():
    seen = []

    async def socket(*given):
        seen.append(given)

    given = ({"type": "websocket"}, AsyncMock(), AsyncMock())
    await BodyLimit(socket)(*given)
    assert seen == [given]


def test_the_limit_is_a_megabyte():
    assert BodyLimit(read_all).most == MEGABYTE == 1_048_576
