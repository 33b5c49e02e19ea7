"""Who is sent what: the rooms of a viewer, the rooms of a card, and the emits that a change needs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.team.viewer import Viewer

MANAGERS = "managers"
UNASSIGNED = "unassigned"

Keys = dict[str, Any]
Place = int | None
"""The owner of a lead, as far as rooms go: None while nobody owns it."""


@dataclass(frozen=True)
class Emit:
    """One message to the browsers of some rooms: keys of the board's state, each with its new value."""

    rooms: tuple[str, ...]
    keys: Keys


def own_room(user_id: int) -> str:
    """The room of one member of the team."""
    return f"user:{user_id}"


def rooms_of(viewer: Viewer) -> tuple[str, ...]:
    """The rooms whose cards this viewer may see: managers all of them, consultants their own and the unassigned."""
    return (MANAGERS,) if viewer.leads_team else (UNASSIGNED, own_room(viewer.user_id))


def rooms_for(owner_id: Place) -> tuple[str, str]:
    """The rooms that see a lead of this owner."""
    return (MANAGERS, UNASSIGNED if owner_id is None else own_room(owner_id))


def card_key(lead_id: int) -> str:
    """The key under which a card travels; each card has its own, so that two changes never overwrite each other."""
    return f"card_{lead_id}"


class Places:
    """Where each card that some browser of this process may hold was last sent."""

    def __init__(self) -> None:
        self._owners: dict[int, Place] = {}

    def seen(self, owners: Mapping[int, Place]) -> None:
        """Remember the owners of cards that a snapshot is about to send."""
        self._owners.update(owners)

    def known(self) -> list[int]:
        """The ids of all these cards."""
        return list(self._owners)

    def change(self, lead_id: int, owner_id: Place, card: Keys, covered: Keys | None = None) -> list[Emit]:
        """What a changed card needs: null to the rooms that lose sight of it, then the card to those that see it.

        ``covered`` is what all but managers get instead, where that differs.
        """
        now = rooms_for(owner_id)
        seen = [(now, card)] if covered is None else [(now[:1], card), (now[1:], covered)]
        emits = [*self._leave(lead_id, except_for=now), *(Emit(rooms, {card_key(lead_id): one}) for rooms, one in seen)]
        self._owners[lead_id] = owner_id
        return emits

    def removal(self, lead_id: int) -> list[Emit]:
        """What a card that is no more needs: null to everyone who could see it."""
        emits = self._leave(lead_id, except_for=())
        self._owners.pop(lead_id, None)
        return emits

    def _leave(self, lead_id: int, *, except_for: Iterable[str]) -> list[Emit]:
        if lead_id not in self._owners:
            return []
        blind = tuple(room for room in rooms_for(self._owners[lead_id]) if room not in except_for)
        return [Emit(blind, {card_key(lead_id): None})] if blind else []


@dataclass
class Numbering:
    """Numbers the emits of one process, so that a browser can tell what is newer than its last snapshot."""

    run: str
    number: int = 0

    def stamp(self, card: Keys) -> Keys:
        """``card`` with the next number of this run."""
        self.number += 1
        return {**card, "run": self.run, "seq": self.number}

    def snapshot(self, cards: Mapping[int, Keys], besides: Keys) -> Keys:
        """Every key of a snapshot: the cards, and ``board``, which makes the browser forget all older ones."""
        held = {card_key(lead_id): card for lead_id, card in cards.items()}
        return {**held, "board": {"run": self.run, "seq": self.number, "ids": list(cards), **besides}}


def batches(rooms: Iterable[Emit]) -> list[Emit]:
    """The same emits, with neighbours for the same rooms joined into one message."""
    joined: list[Emit] = []
    for emit in rooms:
        if joined and joined[-1].rooms == emit.rooms and not joined[-1].keys.keys() & emit.keys.keys():
            joined[-1] = Emit(emit.rooms, {**joined[-1].keys, **emit.keys})
        else:
            joined.append(emit)
    return joined
