"""What comes of reading a burst of messages, and what the reader has to know beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from app.llm.account import Charge, FallbackReason
from app.qualification.facts import Fact, FactName, Period
from app.vocabulary import Language, Method


class Intent(StrEnum):
    """What the lead does with a burst of messages."""

    ANSWER = "answer"
    QUESTION = "question"
    SMALL_TALK = "small_talk"
    WANTS_HUMAN = "wants_human"
    OPT_OUT = "opt_out"
    OFF_TOPIC = "off_topic"
    ABUSE = "abuse"


class Signal(StrEnum):
    """What a burst tells about the chance of a sale, and about the risk of wasting a consultant's time."""

    BUY_INTENT = "buy_intent"
    PRICE_ACCEPTED = "price_accepted"
    APPROVED = "approved"
    PRICE_OBJECTION = "price_objection"
    PRICE_REFUSED = "price_refused"
    LARGE_DISCOUNT = "large_discount"
    NEEDS_FINANCE = "needs_finance"
    COMPARES = "compares"
    COMPARES_FIRST = "compares_first"
    THIRD_PERSON = "third_person"
    CONTACT_LATER = "contact_later"
    EVASIVE = "evasive"
    MISSED_APPOINTMENTS = "missed_appointments"
    CONTRADICTION = "contradiction"
    CURIOUS_ONLY = "curious_only"
    NO_PLANS = "no_plans"
    VENDOR = "vendor"
    JOB_SEEKER = "job_seeker"
    WRONG_NUMBER = "wrong_number"
    SPAM = "spam"
    ASKS_MONEY = "asks_money"
    ILLEGAL = "illegal"
    ABUSE = "abuse"
    REFUSES = "refuses"


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """What stands before a burst.

    ``agent_said`` is what the business wrote since the lead's last message; ``asked`` are facts that the agent knows it
    asked for, beyond what its words show; ``currency`` (a code, or a name that several share, such as "dollar"),
    ``period`` and ``price`` (an amount) are what the chat's prices have hinted at so far.
    """

    language: Language | None = None
    business: str = ""
    agent_said: str = ""
    asked: frozenset[FactName] = frozenset()
    known: Mapping[FactName, Fact] = field(default_factory=dict[FactName, Fact])
    currency: str | None = None
    period: Period | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a burst says.

    ``refused`` are facts that were asked for and withheld, in plain words or by evasion; ``questions`` the lead's own
    sentences that ask something; ``corrected`` that the lead takes something back; ``unreadable`` that there was no
    text.
    """

    facts: tuple[Fact, ...] = ()
    intents: frozenset[Intent] = frozenset()
    signals: frozenset[Signal] = frozenset()
    refused: frozenset[FactName] = frozenset()
    language: Language | None = None
    currency: str | None = None
    period: Period | None = None
    price: Decimal | None = None
    corrected: bool = False
    questions: tuple[str, ...] = ()
    unreadable: bool = False
    reply: str | None = None
    asks: FactName | None = None
    method: Method = Method.RULES
    fallback: FallbackReason | None = None
    charges: tuple[Charge, ...] = ()

    def fact(self, name: FactName) -> Fact | None:
        """The fact of that name, if the burst gave it."""
        return next((fact for fact in self.facts if fact.name is name), None)
