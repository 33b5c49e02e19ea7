"""Identifiers in the forms that WhatsApp and its gateway use.

They come from the system's randomness, never from a seed: a repeated message id would look like a redelivery.
"""

import hashlib
import secrets
from typing import Final

CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"
BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
LID_DIGITS: Final = 10**14


def event_id(now_ms: int) -> str:
    """`evt_` and a lower-case ULID."""
    value = (now_ms << 80) | secrets.randbits(80)
    return "evt_" + "".join(CROCKFORD[(value >> shift) & 31] for shift in range(125, -5, -5))


def request_id() -> str:
    """The id of one delivery; it stays the same on every retry."""
    return "".join(secrets.choice(BASE36) for _ in range(14))


def own_hex() -> str:
    """The bare id of a message that the gateway sends."""
    return "3EB0" + secrets.token_hex(9).upper()


def phone_hex() -> str:
    """The bare id of a message written on a phone."""
    return "3A" + secrets.token_hex(9).upper()


def hidden_id(number: str) -> str:
    """The digits of the hidden id of a number: the same on every run, and no phone number."""
    digest = int.from_bytes(hashlib.sha256(number.encode()).digest()[:8], "big")
    return f"1{digest % LID_DIGITS:014d}"


def fate(number: str, purpose: str) -> float:
    """A number in [0, 1) that is always the same for one person and purpose."""
    digest = hashlib.sha256(f"{purpose}:{number}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / (1 << 48)


def digits_of(text: str) -> str:
    """The digits of a phone number in any spelling."""
    return "".join(character for character in text if character.isdigit())
