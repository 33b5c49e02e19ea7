"""Webhook signatures as WAHA makes them: the lower-case hex of an HMAC-SHA512 over the raw body."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from app.whatsapp.errors import SignatureError
from app.whatsapp.wire import header

SIGNATURE_HEADER = "x-webhook-hmac"
ALGORITHM_HEADER = "x-webhook-hmac-algorithm"
ALGORITHM = "sha512"


def sign(key: str, raw: bytes) -> str:
    """The signature of a body."""
    return hmac.digest(key.encode(), raw, hashlib.sha512).hex()


def verify(key: str, raw: bytes, headers: Mapping[str, str]) -> None:
    """Compare the signature in the headers with the body's own, in constant time.

    Raises:
        SignatureError: the key is empty, or the signature is missing, of another algorithm or wrong.
    """
    claimed = header(headers, SIGNATURE_HEADER)
    algorithm = header(headers, ALGORITHM_HEADER).lower() or ALGORITHM
    # The digest is computed even when the answer is known, so that the time taken does not tell the reason.
    right = hmac.compare_digest(sign(key, raw).encode(), claimed.lower().encode(errors="replace"))
    if not (right and key and algorithm == ALGORITHM):
        raise SignatureError
