"""Tells open phone pages what happens on the phone they show."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from app.simulator.shapes import Json

BACKLOG = 500


class Switchboard:
    """One queue for each open page; a page that does not keep up loses its line and reloads."""

    def __init__(self) -> None:
        """Start without pages."""
        self._lines: defaultdict[str, set[asyncio.Queue[Json | None]]] = defaultdict(set)

    @contextmanager
    def line(self, number: str) -> Iterator[asyncio.Queue[Json | None]]:
        """Everything about one person's phone while the page is open; None says that the line is cut."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue(BACKLOG)
        self._lines[number].add(queue)
        try:
            yield queue
        finally:
            self._lines[number].discard(queue)
            if not self._lines[number]:
                del self._lines[number]

    def ring(self, number: str, happening: Json) -> None:
        """Tell the pages of one person."""
        for queue in tuple(self._lines.get(number, ())):
            self._put(queue, happening)

    def ring_all(self, happening: Json) -> None:
        """Tell every page."""
        for number in tuple(self._lines):
            self.ring(number, happening)

    def close(self) -> None:
        """Cut every line."""
        for queues in self._lines.values():
            for queue in queues:
                _cut(queue)

    def _put(self, queue: asyncio.Queue[Json | None], happening: Json) -> None:
        if queue.qsize() >= BACKLOG - 1:
            _cut(queue)
            return
        queue.put_nowait(happening)


def _cut(queue: asyncio.Queue[Json | None]) -> None:
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)
