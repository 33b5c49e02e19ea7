"""The leads: people with a phone, whom the gateway knows by number or only by a hidden id."""

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum

from app.simulator.identifiers import digits_of, fate, hidden_id
from app.simulator.shapes import Json

CAPACITY = 20_000
RESERVED = "155501"
"""Numbers nobody has: +1 555 01xx xxx."""
BRAZIL = "55"
BRAZIL_MOBILE_DIGITS = 13
FIRST_AREA_WITHOUT_NINE = 31


class Addressing(StrEnum):
    """How the gateway names a person in its events."""

    NUMBER = "number"
    LID = "lid"
    """By hidden id, with the number beside it."""
    LID_ONLY = "lid_only"
    """By hidden id, and the number stays unknown."""


@dataclass(slots=True)
class Person:
    """One lead; `watched` people read when their phone page says so, the others by themselves."""

    number: str
    name: str
    addressing: Addressing
    language: str = "en"
    watched: bool = False
    online: bool = True
    exists: bool = True

    @property
    def lid(self) -> str:
        """The hidden chat id."""
        return f"{hidden_id(self.number)}@lid"

    @property
    def phone_chat(self) -> str:
        """The chat id by number."""
        return f"{self.number}@c.us"

    @property
    def chat_id(self) -> str:
        """The chat id that the gateway uses for this person."""
        return self.phone_chat if self.addressing is Addressing.NUMBER else self.lid


def canonical_number(number: str) -> str:
    """The number under which WhatsApp registered it: most of Brazil's mobiles lose their ninth digit."""
    is_brazil_mobile = number.startswith(BRAZIL) and len(number) == BRAZIL_MOBILE_DIGITS and number[4] == "9"
    if is_brazil_mobile and int(number[2:4]) >= FIRST_AREA_WITHOUT_NINE:
        return number[:4] + number[5:]
    return number


def is_registered(number: str) -> bool:
    """Whether anybody has the number: those that end in 0000 are nobody's."""
    return not number.endswith("0000")


class People:
    """Everybody who ever wrote or was written to, the longest silent forgotten first."""

    def __init__(self, lid_share: float, *, first_free: int = 1000) -> None:
        """Hide the numbers of `lid_share` of the people; give out numbers from `first_free` on."""
        self._lid_share = lid_share
        self._people: OrderedDict[str, Person] = OrderedDict()
        self._lids: dict[str, str] = {}
        self.next_free = first_free

    def meet(self, number: str, *, name: str = "", addressing: Addressing | None = None) -> Person:
        """The person with this number, made when unknown."""
        number = canonical_number(digits_of(number))
        person = self._people.get(number)
        if person is None:
            person = Person(number, name or f"+{number}", addressing or self._addressing(number))
            person.exists = is_registered(number)
            self._remember(person)
        elif addressing is not None:
            person.addressing = addressing
        if name:
            person.name = name
        self._people.move_to_end(number)
        return person

    def _addressing(self, number: str) -> Addressing:
        if fate(number, "lid") >= self._lid_share:
            return Addressing.NUMBER
        return Addressing.LID if fate(number, "alt") < 0.5 else Addressing.LID_ONLY

    def _remember(self, person: Person) -> None:
        self._people[person.number] = person
        self._lids[person.lid] = person.number
        while len(self._people) > CAPACITY:
            _, forgotten = self._people.popitem(last=False)
            del self._lids[forgotten.lid]

    def by_number(self, number: str) -> Person | None:
        """The person with this number in any spelling, if known."""
        return self._people.get(canonical_number(digits_of(number)))

    def by_chat(self, chat_id: str) -> Person | None:
        """The person behind a chat id of any form; an unknown number becomes a person, a hidden id does not."""
        if chat_id.endswith("@lid"):
            return self._people.get(self._lids.get(chat_id, ""))
        number = digits_of(chat_id.partition("@")[0].partition(":")[0])
        return self.meet(number) if number else None

    def free_number(self) -> str:
        """A number that nobody has used yet."""
        while True:
            number = f"{RESERVED}{self.next_free:05d}"
            self.next_free += 1
            if is_registered(number) and number not in self._people:
                return number

    def hidden(self) -> list[Person]:
        """Everybody whom the gateway names by hidden id."""
        return [person for person in self._people.values() if person.addressing is not Addressing.NUMBER]

    def watched(self) -> list[Person]:
        """Everybody who is played on the phone page, newest last."""
        return [person for person in self._people.values() if person.watched]

    def saved(self) -> list[Json]:
        """Those who are played on the phone page, for the state file."""
        names = ("number", "name", "language", "addressing")
        return [{name: getattr(person, name) for name in names} for person in self.watched()]

    def restore(self, saved: list[Json]) -> None:
        """Bring back the phones that were in somebody's hand."""
        for kept in saved:
            person = self.meet(kept["number"], name=kept["name"], addressing=Addressing(kept["addressing"]))
            person.language = kept["language"]
            person.watched = True

    def clear(self) -> None:
        """Forget everybody; numbers once given out stay used."""
        self._people.clear()
        self._lids.clear()
