"""Qualifications and first contact. How many began and how they ended is totalled from the ledger instead."""

from __future__ import annotations

from metrics.registry import histogram, observe

_duration = histogram("leadline_lead_qualification_duration_seconds")
_first_contact = histogram("leadline_lead_first_contact_seconds")


def finished(outcome: str, seconds: float) -> None:
    """A qualification ended (completed, abandoned, handed_over, opted_out) so long after the lead's first
    message.
    """
    observe(_duration, seconds, outcome)


def first_contact(actor: str, seconds: float) -> None:
    """The first message out was accepted, written by ``agent`` or ``human``, so long after the first
    message in.
    """
    observe(_first_contact, seconds, actor)
