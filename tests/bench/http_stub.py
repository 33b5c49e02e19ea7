"""A small HTTP server that answers as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Answer = Callable[[bytes], Awaitable[bytes]]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[tuple[str, int]]:
    """Yields host and port. ``answer`` gets each body and gives the whole answer; an empty one hangs up."""
    open_now: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_now.add(task)
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError):
            await _answer_all(reader, writer, answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[:2]
    server.close()
    for task in open_now:
        task.cancel()
    await asyncio.gather(*open_now)


async def _answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> None:
    while head := await reader.readuntil(b"\r\n\r\n"):
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        said = await answer(await reader.readexactly(length))
        if not said:
            return
        # In two parts, as networks like it.
        writer.write(said[:20])
        await writer.drain()
        await asyncio.sleep(0)
        writer.write(said[20:])
