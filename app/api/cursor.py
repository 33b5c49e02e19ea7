"""Where a page of results ends: an opaque word for the caller, the sort key of the last row for us."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from app.errors import Invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
LARGEST_ID = 2**63 - 1


class BadCursor(Invalid):
    """This cursor is not one that we gave out."""

    code = "bad_cursor"


@dataclass(frozen=True)
class Cursor:
    """The last row of a page: when it was made, and its id."""

    at: datetime
    id: int

    def encode(self) -> str:
        """The word for the caller."""
        plain = f"{(self.at - _EPOCH) // _MICROSECOND}.{self.id}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, word: str) -> Self:
        """Read the word back; raises BadCursor."""
        try:
            plain = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
            micros, _, last = plain.decode("ascii").partition(".")
            cursor = cls(_EPOCH + int(micros) * _MICROSECOND, int(last))
        except (binascii.Error, ValueError, OverflowError) as error:
            raise BadCursor from error
        if not 0 <= cursor.id <= LARGEST_ID:
            raise BadCursor
        return cursor
