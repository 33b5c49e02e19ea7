"""What the handlers of the board answer, over a real database."""

from __future__ import annotations

import types
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

import app.board.state
from app.board.live import LiveBoard
from app.board.state import BoardState
from app.clock import Clock, SystemClock
from app.database import Database, transaction
from app.leads import desk
from app.leads.models import Lead
from app.registry import override
from app.settings import Settings
from app.team.viewer import Viewer
from app.vocabulary import Role
from tests.support.team import join


class Told:
    """The live board, as far as the handlers use it."""

    def __init__(self) -> None:
        self.joined: list[tuple[str, Viewer]] = []
        self.parked: list[str] = []
        self.answers: list[dict[str, Any]] = []

    async def join(self, sid: str, viewer: Viewer) -> None:
        self.joined.append((sid, viewer))

    async def park(self, sid: str) -> None:
        self.parked.append(sid)

    async def tell(self, sid: str, keys: dict[str, Any]) -> None:
        assert sid == "s1"
        self.answers.append(keys)


@pytest.fixture
def told(settings: Settings):
    made: Any = Told()
    with override(LiveBoard, made), override(Clock, SystemClock()):
        yield made


@pytest.fixture
async def ana(told: Told, database: Database, monkeypatch: pytest.MonkeyPatch) -> Viewer:
    """Ana, signed in."""
    viewer = await join("Ana Ribeiro", Role.CONSULTANT)

    async def signed_in(_cookies: str | None) -> Viewer:
        return viewer

    monkeypatch.setattr(app.board.state, "viewer_in", signed_in)
    return viewer


def _tab() -> Any:
    """One tab's state, without the rest of Reflex."""
    router = types.SimpleNamespace(
        headers=types.SimpleNamespace(cookie=""), session=types.SimpleNamespace(session_id="s1")
    )
    tab = types.SimpleNamespace(router=router)
    for name in ("_carry_out", "_answer"):
        setattr(tab, name, types.MethodType(getattr(BoardState, name), tab))
    return tab


async def _call(handler: str, *arguments: Any) -> Any:
    return await BoardState.event_handlers[handler].fn(_tab(), *arguments)


async def _lead(**columns: Any) -> int:
    now = SystemClock().now()
    lead = Lead.model_validate({"name": "Tom", "created_at": now, "updated_at": now, **columns})
    async with transaction() as db:
        db.add(lead)
        await db.flush()
    assert lead.id
    return lead.id


async def test_the_board_is_shown_to_who_is_signed_in(ana: Viewer, told: Told):
    assert await _call("load") is None

    assert told.joined == [("s1", ana)]


async def test_who_opens_the_board_while_the_database_is_away_waits_for_it(told: Told, monkeypatch):
    async def unread(_cookies: str | None) -> Viewer:
        raise OperationalError("select 1", {}, Exception("the database is shutting down"))

    monkeypatch.setattr(app.board.state, "viewer_in", unread)

    assert await _call("load") is None
    assert (told.joined, told.parked) == ([], ["s1"])


async def test_a_stranger_is_led_to_the_sign_in_page_whatever_they_ask(told: Told, database: Database):
    wish = {"nr": 1, "id": await _lead(), "stage": "won", "version": 1}

    answers = [await _call("load"), await _call("move", wish), await _call("take", wish)]

    assert all("/sign-in" in str(answer) for answer in answers)
    assert (told.joined, told.answers) == ([], [])


async def test_a_move_is_made_and_answered_with_the_new_version(ana: Viewer, told: Told):
    lead = await _lead()

    await _call("move", {"nr": 17, "id": lead, "stage": "working", "version": 1})

    card = await desk.card(lead)
    assert card is not None
    assert card.stage == "working"
    assert told.answers == [{"answer_1": {"ok": True, "version": card.version, "nr": 17}}]


async def test_taking_a_lead_makes_it_the_viewers(ana: Viewer, told: Told):
    lead = await _lead(stage="qualified")

    await _call("take", {"nr": 2, "id": lead})

    card = await desk.card(lead)
    assert card is not None
    assert card.owner_id == ana.user_id
    assert told.answers[0]["answer_2"]["ok"] is True


@pytest.mark.parametrize(
    "wish",
    [
        {"nr": 3, "id": 999_999, "stage": "won", "version": 1},
        {"nr": 3, "id": 1, "stage": "attic", "version": 1},
        {"nr": 3, "id": 1, "stage": "won"},
        {"nr": 3, "id": 1, "stage": "won", "version": 1, "before": "x"},
    ],
)
async def test_what_cannot_be_is_refused_with_a_sentence(ana: Viewer, told: Told, wish: dict[str, Any]):
    await _call("move", wish)

    answer = told.answers[0]["answer_3"]
    assert answer["ok"] is False
    assert answer["text"]


@pytest.mark.parametrize("wish", [None, 7, "x", {"nr": "1", "id": 1}, {"id": 1}])
async def test_a_wish_without_a_number_is_not_answered(ana: Viewer, told: Told, wish: Any):
    await _call("move", wish)

    assert told.answers == []


async def test_the_lead_of_a_colleague_is_as_good_as_absent(ana: Viewer, told: Told):
    bruno = await join("Bruno Costa", Role.CONSULTANT)
    lead = await _lead(owner_id=bruno.user_id)

    await _call("move", {"nr": 4, "id": lead, "stage": "won", "version": 1})

    assert told.answers[0]["answer_4"]["text"] == "There is nothing here that you may see."
