"""Who is sent what."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.board.live_rooms import MANAGERS, UNASSIGNED, Emit, Numbering, Places, batches, rooms_for, rooms_of
from app.team.viewer import Viewer
from app.vocabulary import Role

ANA = Viewer(7, "Ana Ribeiro", "AR", Role.CONSULTANT, "ana@example.test")
MARA = Viewer(1, "Mara Lindqvist", "ML", Role.MANAGER, "mara@example.test")
CARD = {"id": 3}


def test_a_manager_hears_one_room_with_everything():
    assert rooms_of(MARA) == (MANAGERS,)


def test_a_consultant_hears_their_own_leads_and_the_unassigned():
    assert rooms_of(ANA) == (UNASSIGNED, "user:7")


def test_a_card_nobody_saw_before_goes_to_its_rooms_alone():
    assert Places().change(3, 7, CARD) == [Emit((MANAGERS, "user:7"), {"card_3": CARD})]


def test_whoever_loses_sight_gets_null_before_the_others_get_the_card():
    places = Places()
    places.change(3, None, CARD)

    assert places.change(3, 7, CARD) == [
        Emit((UNASSIGNED,), {"card_3": None}),
        Emit((MANAGERS, "user:7"), {"card_3": CARD}),
    ]


def test_a_card_that_changes_hands_leaves_the_first_hand():
    places = Places()
    places.seen({3: 7})

    assert places.change(3, 8, CARD)[0] == Emit(("user:7",), {"card_3": None})


def test_a_lead_that_is_gone_leaves_every_room_that_had_it():
    places = Places()
    places.seen({3: 7})

    assert places.removal(3) == [Emit((MANAGERS, "user:7"), {"card_3": None})]
    assert places.removal(3) == []


@given(st.lists(st.one_of(st.none(), st.integers(1, 4)), min_size=1, max_size=12))
def test_after_any_history_a_viewer_holds_the_card_exactly_when_they_may_see_it(owners: list[int | None]):
    places, held = Places(), dict[str, object]()
    for owner in owners:
        for emit in places.change(3, owner, {"owner_id": owner}):
            for room in emit.rooms:
                held[room] = emit.keys["card_3"]

    now = rooms_for(owners[-1])
    assert {room for room, card in held.items() if card is not None} == set(now)
    assert all(held[room] == {"owner_id": owners[-1]} for room in now)


def test_neighbouring_emits_to_the_same_rooms_travel_together():
    one, two = Emit((MANAGERS,), {"card_1": 1}), Emit((MANAGERS,), {"card_2": 2})

    assert batches([one, two]) == [Emit((MANAGERS,), {"card_1": 1, "card_2": 2})]


def test_two_states_of_one_card_are_never_joined():
    one, two = Emit((MANAGERS,), {"card_1": None}), Emit((MANAGERS,), {"card_1": 2})

    assert batches([one, two]) == [one, two]


def test_what_comes_after_a_snapshot_is_told_from_what_came_before():
    numbers = Numbering("run")
    old = numbers.stamp({"id": 1})
    board = numbers.snapshot({2: {"id": 2}}, {"me": {}})["board"]
    new = numbers.stamp({"id": 1})

    assert old["seq"] <= board["seq"] < new["seq"]
    assert board == {"run": "run", "seq": 1, "ids": [2], "me": {}}
