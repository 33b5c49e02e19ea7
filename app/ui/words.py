"""Values in the words that people write."""

from __future__ import annotations

import phonenumbers


def phone_words(phone: str) -> str:
    """A number as people write it, ``+55 11 4210 7733``; what is no number stays as it is."""
    given = phone if phone.startswith("+") else f"+{phone}"
    try:
        number = phonenumbers.parse(given)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
