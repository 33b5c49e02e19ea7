"""What the simulator accepted and delivered, so that a test can say "exactly once"."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

CAPACITY = 100_000


class Kind(StrEnum):
    """What an entry tells of."""

    INBOUND = "inbound"
    """A lead wrote."""
    POSTED = "posted"
    """The webhook of a lead's message left for the first time."""
    DELIVERED = "delivered"
    """That webhook was answered with a 2xx."""
    DROPPED = "dropped"
    """That webhook was lost on purpose."""
    GAVE_UP = "gave_up"
    """Every retry of that webhook failed."""
    SEND = "send"
    """The gateway accepted a message for a lead."""
    REPEAT = "repeat"
    """The gateway accepted the same message id again; the lead sees it once."""
    REFUSED = "refused"
    """The gateway refused a send before accepting it."""
    PHONE_SEND = "phone_send"
    """A person wrote to the lead on the business's own phone."""
    STATUS = "status"
    """A session changed its status."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal; `number` is the lead's, `at` is seconds since the epoch."""

    seq: int
    kind: Kind
    at: float
    session: str
    number: str = ""
    message: str = ""
    text: str = ""
    attempts: int = 0

    def as_json(self) -> dict[str, Any]:
        """The entry as the control API gives it."""
        return asdict(self)


class Journal:
    """The last entries in order, and counts of everything that ever happened."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Keep at most `capacity` entries; the counts go on."""
        self._entries: deque[Entry] = deque(maxlen=capacity)
        self._counts: Counter[str] = Counter()
        self._next = 1
        self._news = asyncio.Event()

    def write(self, kind: Kind, at: float, session: str, **details: Any) -> None:
        """Append an entry and wake whoever waits for one."""
        self._entries.append(Entry(self._next, kind, at, session, **details))
        self._next += 1
        self.count(kind)
        self._news.set()
        self._news = asyncio.Event()

    def count(self, what: str) -> None:
        """Count something that is not worth an entry."""
        self._counts[what] += 1

    def counts(self) -> dict[str, int]:
        """How often each thing happened since the start or the last reset."""
        return dict(self._counts)

    @property
    def last(self) -> int:
        """The number of the newest entry, 0 when there is none."""
        return self._next - 1

    def after(self, seq: int, limit: int, kinds: Iterable[str] = ()) -> list[Entry]:
        """Entries newer than `seq`, oldest first."""
        wanted = frozenset(kinds)
        found: list[Entry] = []
        for entry in self._newer(seq):
            if not wanted or entry.kind in wanted:
                found.append(entry)
            if len(found) == limit:
                break
        return found

    def _newer(self, seq: int) -> Iterable[Entry]:
        missing = self.last - seq
        if missing <= 0:
            return ()
        if missing >= len(self._entries):
            return tuple(self._entries)
        newest_first = (self._entries[-offset] for offset in range(1, missing + 1))
        return reversed(tuple(newest_first))

    async def wait(self, seq: int, seconds: float) -> None:
        """Return once an entry newer than `seq` exists, or after `seconds`."""
        if self.last > seq:
            return
        news = self._news
        try:
            async with asyncio.timeout(seconds):
                await news.wait()
        except TimeoutError:
            return

    def clear(self) -> None:
        """Forget the entries and the counts; numbering goes on."""
        self._entries.clear()
        self._counts.clear()
