"""What can go wrong between Leadline and WhatsApp, in our words.

Every error carries ``provider_code`` (the gateway's own code, for the operator), ``retryable`` (whether the
same call may be made again without harm) and ``detail`` (what the gateway said, with addresses, numbers and
texts removed).
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from app.errors import LeadlineError


class GatewayError(LeadlineError):
    """The WhatsApp gateway could not do this."""

    status: ClassVar[int] = 502
    code: ClassVar[str] = "gateway_error"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str | None = None,
        /,
        *,
        provider_code: str | None = None,
        detail: str = "",
        **facts: object,
    ) -> None:
        self.provider_code = provider_code
        self.detail = detail
        super().__init__(message, provider_code=provider_code, detail=detail, **facts)


class AuthError(GatewayError):
    """The gateway refused our key; an operator has to correct it."""

    code = "gateway_auth"


class SignatureError(GatewayError):
    """The webhook is not signed with the key of its session."""

    status = 401
    code = "bad_signature"


class UnsupportedGateway(GatewayError):
    """The gateway runs an engine or a version that Leadline was not built for."""

    code = "gateway_unsupported"


class SessionNotFound(GatewayError):
    """The gateway does not know this session, or has stopped it."""

    status = 404
    code = "session_not_found"


class SessionNotReady(GatewayError):
    """The session exists, but it is not in the state that this needs."""

    status = 503
    code = "session_not_ready"
    retryable = True

    def __init__(
        self,
        message: str | None = None,
        /,
        *,
        raw_status: str = "",
        expected: tuple[str, ...] = (),
        provider_code: str | None = None,
        detail: str = "",
    ) -> None:
        self.raw_status = raw_status
        self.expected = expected
        super().__init__(message, provider_code=provider_code, detail=detail, raw_status=raw_status, expected=expected)


class InvalidRequest(GatewayError):
    """The gateway does not accept this request; sending it again would not help."""

    code = "gateway_invalid_request"


class RateLimited(GatewayError):
    """WhatsApp asked us to slow down; nothing was sent."""

    status = 503
    code = "gateway_rate_limited"
    retryable = True

    def __init__(
        self,
        message: str | None = None,
        /,
        *,
        retry_after: float,
        provider_code: str | None = None,
        detail: str = "",
    ) -> None:
        self.retry_after = retry_after
        super().__init__(message, provider_code=provider_code, detail=detail, retry_after=retry_after)


class RecipientUnreachable(GatewayError):
    """This person cannot be reached on WhatsApp."""

    code = "recipient_unreachable"


class AccountRestricted(GatewayError):
    """WhatsApp restricted our account; cold messages have to stop."""

    code = "account_restricted"

    def __init__(
        self,
        message: str | None = None,
        /,
        *,
        until: datetime | None = None,
        provider_code: str | None = None,
        detail: str = "",
    ) -> None:
        self.until = until
        super().__init__(message, provider_code=provider_code, detail=detail, until=until)


class MediaError(GatewayError):
    """The file cannot be had: it is gone, too large, or does not lie with the gateway."""

    code = "media_error"


class AmbiguousSend(GatewayError):
    """Nobody can tell whether the message was sent; look for it before anything else is done."""

    status = 503
    code = "ambiguous_send"


class Transient(GatewayError):
    """The gateway is out of reach for the moment; nothing was sent."""

    status = 503
    code = "gateway_transient"
    retryable = True


class GatewayResting(Transient):
    """The gateway failed several times in a row; it is left alone for a moment."""

    code = "gateway_resting"

    def __init__(self, message: str | None = None, /, *, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(message, retry_after=retry_after)
