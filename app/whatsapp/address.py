"""Who is at the other end: WhatsApp addresses, told apart by kind, and the message ids that carry them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

_DEVICE = re.compile(r":\d+(?=@)")
_MESSAGE_ID = re.compile(r"(?P<own>true|false)_(?P<chat>[^_]+@[^_]+)_(?P<key>[^_]+)(?:_(?P<participant>.+))?")
_PHONE_DOMAINS = frozenset({"c.us", "s.whatsapp.net"})
_DIGITS = re.compile(r"[0-9]{5,20}")
_NOT_DIGITS = re.compile(r"[^0-9]")


class AddressKind(StrEnum):
    """What an address is; only a phone carries a telephone number."""

    PHONE = "phone"
    LID = "lid"
    GROUP = "group"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a chat, as the gateway knows it.

    ``value`` is opaque and stable within its kind: digits for a phone (country code first, no plus) and for
    a lid (these digits are not a phone), the whole id otherwise. ``phone`` is the number, when it is known;
    it may come later, so it takes no part in equality. Neither is shown by ``repr``: both are personal data.
    """

    kind: AddressKind
    value: str = field(repr=False)
    phone: str | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of_phone(cls, number: str) -> Self:
        """The address of a telephone number, whatever its punctuation."""
        digits = _NOT_DIGITS.sub("", number)
        return cls(AddressKind.PHONE, digits, digits)

    @classmethod
    def of_jid(cls, jid: str, *, hint: str | None = None) -> Self:
        """The address behind a WhatsApp id such as ``15550100110:12@s.whatsapp.net``; ``hint`` is its phone
        id.
        """
        plain = _DEVICE.sub("", jid)
        user, _, domain = plain.rpartition("@")
        if domain in _PHONE_DOMAINS and _DIGITS.fullmatch(user):
            return cls(AddressKind.PHONE, user, user)
        if domain == "lid" and user:
            return cls(AddressKind.LID, user, phone_of(hint))
        return cls(AddressKind.GROUP if domain == "g.us" else AddressKind.OTHER, plain)

    @property
    def jid(self) -> str:
        """The id that WAHA takes for this address; phones as ``@c.us``."""
        if self.kind is AddressKind.PHONE:
            return f"{self.value}@c.us"
        return f"{self.value}@lid" if self.kind is AddressKind.LID else self.value


@dataclass(frozen=True, slots=True)
class MessageId:
    """The parts of a message id; only ``key`` is stable, the chat part changes between phone and lid."""

    key: str
    own: bool | None = None
    chat: str | None = field(default=None, repr=False)
    participant: str | None = field(default=None, repr=False)


def phone_of(jid: str | None) -> str | None:
    """The telephone number inside a WhatsApp id, as digits; None for a lid, a group or nothing."""
    user, _, domain = _DEVICE.sub("", jid or "").rpartition("@")
    return user if domain in _PHONE_DOMAINS and _DIGITS.fullmatch(user) else None


def message_id(serialized: str) -> MessageId:
    """Take ``true_15550100110@c.us_3EB0AA`` apart; a bare key stays a key."""
    found = _MESSAGE_ID.fullmatch(serialized)
    if found is None:
        return MessageId(serialized)
    return MessageId(found["key"], found["own"] == "true", found["chat"], found["participant"])
