"""Measures the floor under the board: the same clients, before a server that does nothing but emit."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from app.bench.figures import Object, latencies
from app.bench.listeners import gather
from app.bench.pace import count, no_collections
from app.bench.target import DidNotStart, free_ports

START_SECONDS = 30.0
LATE_SECONDS = 5.0


async def measure(*, clients: int, rate: float, seconds: float, size: int) -> Object:
    """Emit messages of ``size`` bytes at ``rate`` a second to ``clients``; returns the figures of
    ``floor``.
    """
    with _server() as address:
        audience = await gather(address, clients)
        audience.sightings.listening = True
        async with httpx.AsyncClient(base_url=f"http://{address}", timeout=seconds + 30) as client:
            with no_collections():
                await client.post("/start", params={"rate": rate, "seconds": seconds, "size": size})
                await audience.wait_for(count(rate, seconds) * clients, seconds + LATE_SECONDS)
            sent = (await client.get("/sent")).json()
        audience.leave()
    taken = [at - sent[str(number)] for (_, number), at in audience.sightings.seen]
    return latencies(taken, 50, 99)


@contextmanager
def _server() -> Iterator[str]:
    """A server process of our own; yields its host and port."""
    port = free_ports(1)
    options = [
        "--interface",
        "asgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
        "--http",
        "1",
    ]
    command = [
        sys.executable,
        "-m",
        "granian",
        *options,
        "--log-level",
        "warning",
        "app.bench.floor_server:app",
    ]
    # What granian says while it is stopped is of no use to anybody.
    child = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 - our own program
    try:
        yield _wait(child, f"127.0.0.1:{port}")
    finally:
        child.terminate()
        child.wait(START_SECONDS)


def _wait(child: subprocess.Popen[bytes], address: str) -> str:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and child.poll() is None:
        try:
            httpx.get(f"http://{address}/sent", timeout=2)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return address
    raise DidNotStart("The server that the board is compared with did not start.")
