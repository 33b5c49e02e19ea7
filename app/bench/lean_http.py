"""A client that costs next to nothing: prepared bytes out, a status code back, over kept connections."""

from __future__ import annotations

import asyncio
import re
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"


class Lost(ConnectionError):
    """The server closed the connection before it had answered."""


class Connection(asyncio.Protocol):
    """One kept HTTP/1.1 connection; one request at a time. Chunked answers are not understood."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or Lost())

    @property
    def open(self) -> bool:
        """Whether another request can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def request(self, raw: bytes) -> asyncio.Future[int]:
        """Send a whole request; the future gives the status code."""
        if self._transport is None:
            raise Lost
        self._received = b""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(raw)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(_HEAD_END)
        if not found or not self._answer or self._answer.done():
            return
        length = _LENGTH.search(head + b"\r\n")
        if len(body) >= (int(length.group(1)) if length else 0):
            self._answer.set_result(int(head[9:12]))

    def close(self) -> None:
        """Hang up."""
        if self._transport:
            self._transport.close()


class Connections:
    """As many connections as there are requests under way: no request ever waits for the answer to
    another.
    """

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._idle: list[Connection] = []

    async def prepare(self, count: int) -> None:
        """Open some connections beforehand."""
        self._idle += [await self._new() for _ in range(count)]

    async def send(self, raw: bytes) -> int:
        """The status code of the answer; raises Lost or OSError."""
        connection = self._idle.pop() if self._idle else await self._new()
        if not connection.open:
            connection = await self._new()
        status = await connection.request(raw)
        self._idle.append(connection)
        return status

    def close(self) -> None:
        """Hang up everywhere."""
        for connection in self._idle:
            connection.close()

    async def _new(self) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(Connection, *self._place)
        return connection


def post(host: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A whole POST request as bytes."""
    every = {"Host": host, "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in every.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body
