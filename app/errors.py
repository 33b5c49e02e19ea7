"""The errors of the domain: a small family, each mapped once at every edge.

The docstring of a class is its message; ``facts`` are safe to show (ids and names, never texts or phone numbers).
"""

from __future__ import annotations

import inspect
from typing import ClassVar


class LeadlineError(Exception):
    """Something in Leadline went wrong."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, message: str | None = None, /, **facts: object) -> None:
        self.facts = facts
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or ""))


class NotSignedIn(LeadlineError):
    """Sign in first."""

    status = 401
    code = "not_signed_in"


class NotAllowed(LeadlineError):
    """Your role does not allow this."""

    status = 403
    code = "not_allowed"


class NotFound(LeadlineError):
    """There is nothing here that you may see."""

    status = 404
    code = "not_found"


class Stale(LeadlineError):
    """Somebody changed this a moment ago; look again before you change it."""

    status = 409
    code = "stale"


class Invalid(LeadlineError):
    """The input cannot be used."""

    status = 422
    code = "invalid"


class TooMany(LeadlineError):
    """Too many tries; wait a little."""

    status = 429
    code = "too_many"

    def __init__(self, message: str | None = None, /, *, retry_after: float, **facts: object) -> None:
        self.retry_after = retry_after
        super().__init__(message, retry_after=retry_after, **facts)


class RetryLater(LeadlineError):
    """This cannot be done right now; it may work in a moment."""

    status = 503
    code = "retry_later"


class Misconfigured(LeadlineError):
    """A setting keeps Leadline from starting."""

    code = "misconfigured"
