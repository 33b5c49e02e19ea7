"""What the agent's last words asked for, so that a bare "2000" or "nope" can be understood."""

from __future__ import annotations

import re

from app.qualification.extraction.phrases import pattern
from app.qualification.extraction.text import fold
from app.qualification.facts import DecisionMaker, FactName

_REQUEST = re.compile(
    r"\b(?:please|por favor|kindly|i need|need your|preciso d|necesito|me falta|tell me|me fala|dime|digame)"
)
_DECIDING = ("theirs", "together", "alone", "whose")


def asked_in(agent_said: str) -> frozenset[FactName]:
    """The facts that a text of the business asks for."""
    asking = _questions(fold(agent_said))
    return frozenset(name for name in FactName if pattern("questions", "asks", name.value).search(asking))


def asks_openly(agent_said: str) -> bool:
    """Whether the business asks "what ...?" without asking for any fact in particular, as it does when a chat opens."""
    asking = _questions(fold(agent_said))
    return pattern("questions", "openly").search(asking) is not None and not asked_in(agent_said)


def is_question(agent_said: str) -> bool:
    """Whether the business awaits an answer."""
    return "?" in agent_said


def decider_if(agent_said: str, *, yes: bool) -> DecisionMaker | None:
    """Who decides when the lead answers the agent's question with yes or no."""
    kind = about_deciding(agent_said)
    if kind == "theirs":
        return DecisionMaker.OTHER if yes else None
    if kind == "alone":
        return DecisionMaker.SELF if yes else None
    if kind == "together":
        return DecisionMaker.SHARED if yes else DecisionMaker.SELF
    return None


def about_deciding(agent_said: str) -> str | None:
    """How the agent asks who decides: whether somebody else does (``theirs``), the lead ``alone``, lead and others
    ``together``, or by ``whose`` word; None when it does not ask.
    """
    asking = _questions(fold(agent_said))
    return next((kind for kind in _DECIDING if pattern("questions", kind).search(asking)), None)


def notices(agent_said: str, what: str) -> bool:
    """Whether the business points out a contradiction or missed appointments (``contradiction``, ``missed``)."""
    return pattern("questions", what).search(fold(agent_said)) is not None


def _questions(folded: str) -> str:
    """The sentences that ask, with the one before each: prices are often named there."""
    sentences = [part.strip() for part in folded.replace("!", ".").replace("?", "?.").replace("\n", ".").split(". ")]
    return " . ".join(part for part in sentences if "?" in part) or (folded if _REQUEST.search(folded) else "")
