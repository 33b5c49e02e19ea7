"""The load is what was asked for, bounded, and does not wait for answers."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

from app.bench.lean_http import Connections, Lost, post
from app.bench.pace import count, no_collections, steadily
from tests.bench.http_stub import OK, serving


async def test_it_acts_as_often_as_asked():
    acted: list[int] = []

    async def act(number: int) -> None:
        acted.append(number)

    await steadily(1000, 0.02, act)
    assert acted == list(range(20))


async def test_slow_acts_do_not_hold_back_the_next():
    together, all_there = [0], asyncio.Event()

    async def act(number: int) -> None:
        together[0] += 1
        if together[0] == 5:
            all_there.set()
        await all_there.wait()

    await steadily(1000, 0.005, act)
    assert together == [5]


def test_at_least_one_act_is_made():
    assert count(0.1, 0.1) == 1


def test_the_garbage_collector_works_again_afterwards():
    import gc

    with no_collections():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def always(answer: bytes) -> AbstractAsyncContextManager[tuple[str, int]]:
    async def say(_body: bytes) -> bytes:
        return answer

    return serving(say)


REQUEST = post("127.0.0.1", "/", b"body", {"X-Mark": "1"})


def test_a_prepared_request_is_whole():
    assert REQUEST.startswith(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    assert b"Content-Length: 4\r\nX-Mark: 1\r\n\r\nbody" in REQUEST


async def test_requests_at_the_same_time_each_have_a_connection_and_keep_it():
    async with always(OK) as place:
        connections = Connections(*place)
        await connections.prepare(1)
        assert await asyncio.gather(*(connections.send(REQUEST) for _ in range(3))) == [200, 200, 200]
        assert len(connections._idle) == 3
        assert await connections.send(REQUEST) == 200
        assert len(connections._idle) == 3
        connections.close()


async def test_an_answer_without_a_body_counts():
    async with always(b"HTTP/1.1 503 Service Unavailable\r\n\r\n") as place:
        connections = Connections(*place)
        assert await connections.send(REQUEST) == 503
        connections.close()


async def test_a_server_that_hangs_up_is_a_lost_answer():
    async with always(b"") as place:
        with pytest.raises(Lost):
            await Connections(*place).send(REQUEST)


async def test_a_connection_that_was_closed_meanwhile_is_replaced():
    async with always(OK) as place:
        connections = Connections(*place)
        await connections.send(REQUEST)
        connections.close()
        await asyncio.sleep(0)
        assert await connections.send(REQUEST) == 200
        connections.close()
