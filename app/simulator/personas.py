"""Leads that are played by rule: each holds facts, has a temper, and answers what it is asked."""

import random
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from app.simulator import phrases
from app.simulator.lexicon import Slot, asked_for, asks_anything, asks_to_confirm, closes
from app.simulator.trades import SCHOOL, Trade

LANGUAGES = ("en", "pt", "es")
MOST_MESSAGES = 24
"""No persona writes more than this, whatever it is told."""
MOST_ANSWERS = 3
"""How often one question is answered before the lead has had enough."""
TYPO_AT_LEAST = 6
AT_FIRST = (Slot.NAME, Slot.CITY, Slot.BUDGET, Slot.TIMELINE)
"""What somebody tells who tells everything at once."""


class Kind(StrEnum):
    """How a lead engages."""

    EAGER = "eager"
    SLOW = "slow"
    SILENT = "silent"
    OFF_TOPIC = "off_topic"
    OPT_OUT = "opt_out"
    WANTS_PERSON = "wants_person"
    TERSE = "terse"
    CORRECTS = "corrects"
    MANY_FACTS = "many_facts"
    ASKS_BACK = "asks_back"


SHARES = {
    Kind.EAGER: 11,
    Kind.SLOW: 5,
    Kind.SILENT: 6,
    Kind.OFF_TOPIC: 4,
    Kind.OPT_OUT: 3,
    Kind.WANTS_PERSON: 4,
    Kind.TERSE: 6,
    Kind.CORRECTS: 3,
    Kind.MANY_FACTS: 4,
    Kind.ASKS_BACK: 4,
}
"""Of each fifty leads."""
LEAVES = {Kind.SILENT, Kind.OPT_OUT, Kind.WANTS_PERSON}
"""Those who stop answering before everything was asked."""
PAUSES = {Kind.SLOW: (60.0, 300.0), Kind.TERSE: (3.0, 10.0)}
USUAL_PAUSE = (5.0, 30.0)


@dataclass(frozen=True)
class Budget:
    """The most that a lead would pay."""

    amount: int
    currency: str
    period: str


@dataclass(frozen=True)
class Facts:
    """What a lead knows about itself; None is something it could not say."""

    name: str
    email: str
    interest: str
    city: str
    budget: Budget | None
    timeline: str
    decision_maker: str

    def value(self, slot: Slot) -> str | Budget | None:
        """The fact that fills a slot."""
        value: str | Budget | None = getattr(self, slot.value)
        return value


class Persona:
    """One lead in one conversation: what it says depends on its seed and on what it reads."""

    def __init__(self, kind: Kind, language: str, facts: Facts, seed: int, trade: Trade = SCHOOL) -> None:
        """A lead of a business of this trade, before its first word."""
        self.trade = trade
        self.kind = kind
        self.language = language
        self.facts = facts
        self.told: set[Slot] = set()
        self.done = False
        self._random = random.Random(seed)  # noqa: S311  (a play needs to be repeatable, not secret)
        self._answers: dict[Slot, int] = {}
        self._written = 0
        self._rounds = 0
        self._patience = self._random.randint(1, 3)
        self._corrected = False
        self._puzzled = 0

    def opening(self) -> list[str]:
        """The first messages."""
        self._say_of(Slot.INTEREST)
        if self.kind is Kind.TERSE:
            self.told.discard(Slot.INTEREST)
            return self._sent([self._pick(phrases.TERSE_OPENINGS)])
        opening = self._pick(self.trade.openings).format(i=self.facts.interest)
        if self.kind is Kind.MANY_FACTS:
            known = [slot for slot in AT_FIRST if self.facts.value(slot) is not None]
            extra = [self._tell(slot) for slot in known]
            return self._sent([f"{opening}. {', '.join(extra)}"])
        return self._sent([opening])

    def answer(self, text: str) -> list[str]:
        """What the lead writes after reading `text`; nothing when it has nothing to say."""
        if self.done:
            return []
        self._rounds += 1
        said = self._react(text)
        return self._sent(said)

    def expected(self) -> set[Slot]:
        """The facts that the lead would tell whoever asks; of those who leave, only what they told."""
        held = {slot for slot in Slot if self.facts.value(slot) is not None}
        return held & self.told if self.kind in LEAVES else held

    def pause(self) -> float:
        """Seconds until the lead answers, at the pace of people."""
        return self._random.uniform(*PAUSES.get(self.kind, USUAL_PAUSE))

    def _react(self, text: str) -> list[str]:
        asked = [slot for slot in asked_for(text) if self._answers.get(slot, 0) < MOST_ANSWERS]
        if self._leaves_now(asked):
            return self._leave()
        if asked and asks_anything(text):
            return self._reply(asked)
        if asks_to_confirm(text):
            return [self._pick(phrases.YES)]
        if closes(text):
            return self._say_goodbye()
        if asks_anything(text):
            return self._shrug()
        return []

    def _leaves_now(self, asked: list[Slot]) -> bool:
        return self.kind in LEAVES and bool(asked) and self._rounds > self._patience

    def _leave(self) -> list[str]:
        if self.kind is Kind.WANTS_PERSON and self._rounds <= self._patience + 2:
            return [self._pick(phrases.WANTS_PERSON)]
        self.done = True
        return [self._pick(phrases.OPT_OUT)] if self.kind is Kind.OPT_OUT else []

    def _reply(self, asked: list[Slot]) -> list[str]:
        first = asked[0]
        again = self._answers.get(first, 0) > 0
        self._answers[first] = self._answers.get(first, 0) + 1
        if self.kind is Kind.OFF_TOPIC and not again and self._rounds % 2:
            return [self._pick(phrases.OFF_TOPIC)]
        said = [self._tell(slot, terse=again) for slot in asked]
        return self._coloured(first, said)

    def _coloured(self, first: Slot, said: list[str]) -> list[str]:
        whole = ", ".join(said)
        if self.kind is Kind.SLOW and self._chance(0.4):
            return [self._pick(phrases.FILLERS), whole]
        if self.kind is Kind.ASKS_BACK and self._chance(0.6):
            return [whole, self._pick(self.trade.asks_back)]
        if self.kind is Kind.CORRECTS and not self._corrected and first is Slot.CITY:
            return self._correct(whole)
        return [whole]

    def _correct(self, right: str) -> list[str]:
        self._corrected = True
        others = [city for city in phrases.CITIES[self.language] if city != self.facts.city]
        wrong = right.replace(self.facts.city, self._random.choice(others))
        return [wrong, self._pick(phrases.CORRECTIONS).format(v=self.facts.city)]

    def _shrug(self) -> list[str]:
        self._puzzled += 1
        if self._puzzled > MOST_ANSWERS:
            self.done = True
            return []
        return [self._pick(phrases.PUZZLED)]

    def _say_goodbye(self) -> list[str]:
        self.done = True
        return [self._pick(phrases.THANKS)] if self._chance(0.5) else []

    def _tell(self, slot: Slot, *, terse: bool = False) -> str:
        value = self._say_of(slot)
        if value is None:
            return self._pick(phrases.UNKNOWN)
        if terse or self.kind is Kind.TERSE:
            return value
        frames = self.trade.starts if slot is Slot.TIMELINE else {self.language: phrases.TELLS[self.language][slot]}
        said = self._pick(frames).replace("{v}", "\0")
        return self._scribble(said).replace("\0", value)

    def _say_of(self, slot: Slot) -> str | None:
        """A fact in words, or None; from now on it counts as told."""
        value = self.facts.value(slot)
        if value is None:
            return None
        self.told.add(slot)
        if isinstance(value, Budget):
            return self._money(value)
        if slot is Slot.TIMELINE:
            return self._random.choice(phrases.TIMES[self.language][value])
        if slot is Slot.DECISION_MAKER:
            return self._random.choice(phrases.DECIDERS[self.language][value])
        return value

    def _money(self, budget: Budget) -> str:
        comma = f"{budget.amount:,}"
        form = self._random.choice(phrases.MONEY[budget.currency])
        amount = form.format(comma=comma, dot=comma.replace(",", "."), plain=budget.amount)
        return amount + phrases.PERIODS[self.language][budget.period]

    def _scribble(self, frame: str) -> str:
        """The carelessness of a phone keyboard; it never touches the fact itself."""
        if self._chance(0.3):
            frame = frame.lower()
        if len(frame) >= TYPO_AT_LEAST and self._chance(0.08):
            place = self._random.randrange(len(frame) - 2)
            if frame[place : place + 2].isalpha():
                frame = frame[:place] + frame[place + 1] + frame[place] + frame[place + 2 :]
        return frame

    def _sent(self, said: list[str]) -> list[str]:
        said = said[: max(0, MOST_MESSAGES - self._written)]
        self._written += len(said)
        if self._written >= MOST_MESSAGES:
            self.done = True
        return said

    def _pick(self, choices: phrases.Phrases) -> str:
        return self._random.choice(choices[self.language])

    def _chance(self, share: float) -> bool:
        return self._random.random() < share


def persona(seed: int, number: int, trade: Trade = SCHOOL) -> Persona:
    """The lead with this number in the cast of a seed and a trade; always the same one."""
    chance = random.Random(f"{seed}/{number}")  # noqa: S311  (a play needs to be repeatable, not secret)
    language = LANGUAGES[number % len(LANGUAGES)]
    kind = _kind(seed, number)
    return Persona(kind, language, _facts(chance, language, number, trade), chance.randrange(2**32), trade)


def _kind(seed: int, number: int) -> Kind:
    """Dealt from a shuffled deck, so that even a small cast has every kind in its share."""
    deck = [kind for kind, share in SHARES.items() for _ in range(share)]
    hand, place = divmod(number, len(deck))
    random.Random(f"{seed}/deck/{hand}").shuffle(deck)  # noqa: S311  (a play needs to be repeatable, not secret)
    return deck[place]


def _facts(chance: random.Random, language: str, number: int, trade: Trade) -> Facts:
    given = chance.choice(phrases.NAMES[language]).split()[0]
    # The surname goes by the place in the cast, so that a namesake of both names is rare.
    surname = phrases.NAMES[language][number // len(LANGUAGES) % len(phrases.NAMES[language])].split()[1]
    name = f"{given} {surname}"
    amount = chance.choice(trade.amounts[language])
    budget = Budget(amount, phrases.CURRENCIES[language], chance.choice(trade.periods))
    return Facts(
        name=name,
        email=f"{_ascii(name).replace(' ', '.')}{number}@example.com",
        interest=chance.choice(trade.interests[language]),
        city=chance.choice(phrases.CITIES[language]),
        budget=None if chance.random() < 0.1 else budget,
        timeline=chance.choices(list(phrases.TIMES[language]), weights=(30, 25, 25, 10, 10))[0],
        decision_maker=chance.choices(list(phrases.DECIDERS[language]), weights=(55, 30, 15))[0],
    )


def _ascii(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
