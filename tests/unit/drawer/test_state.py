"""What the drawer does, its handlers called as methods."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.board import drawer_live
from app.board.drawer_state import NOT_SENT, NOT_SHOWN, SIGNED_OUT, DrawerState
from app.classification.verdicts import Opinion
from app.conversations.chat import LONGEST_TEXT
from app.errors import Invalid, Stale
from app.vocabulary import Risk, Temperature
from tests.support.tabs import in_tab
from tests.unit.drawer.conftest import Paper
from tests.unit.drawer.standins import House, bubble

DRAFT = "0123456789abcdef"


@pytest.fixture
def ana(house: House) -> Any:
    return in_tab(DrawerState, "ana")


async def opened(state: Any, lead_id: Any = 7) -> list[Any]:
    """The steps of opening a lead."""
    return [step async for step in state.open(lead_id)]


async def shown() -> None:
    """Wait until every drawer was told what the acts came to."""
    await asyncio.gather(*drawer_live._tasks)


async def test_opening_a_lead_sends_it_to_this_browser(ana: Any, house: House, paper: Paper) -> None:
    house.bubbles = [bubble(1, "lead", "Hola")]
    await opened(ana)
    assert paper.last()["lead"]["name"] == "Sofía Castañeda"
    assert [one["text"] for one in paper.last()["messages"]] == ["Hola"]
    assert paper.shown == {"tab": (7, 60)}


async def test_the_skeleton_comes_before_the_lead(ana: Any, paper: Paper) -> None:
    await opened(ana)
    assert paper.sent[0][1]["lead"] is None


async def test_opening_a_lead_marks_it_as_read(ana: Any, house: House, paper: Paper) -> None:
    await opened(ana)
    assert house.asked == [("mark_read",)]


async def test_state_keeps_nothing_of_the_lead(ana: Any, house: House, paper: Paper) -> None:
    house.bubbles = [bubble(1, "lead", "my secret")]
    await opened(ana)
    assert "Sofía" not in str(ana.dict())
    assert "secret" not in str(ana.dict())


async def test_a_lead_of_somebody_else_is_refused_without_telling_anything(house: House, paper: Paper) -> None:
    bruno = in_tab(DrawerState, "bruno")
    await opened(bruno)
    assert paper.last()["lead"] is None
    assert paper.last()["gone"].startswith("Consultants open their own")
    assert paper.shown == {}


async def test_nobody_is_sent_to_sign_in(house: House, paper: Paper) -> None:
    steps = await opened(in_tab(DrawerState, ""))
    assert "/sign-in" in str(steps[-1])
    assert all(keys["lead"] is None for _, keys in paper.sent)


@pytest.mark.parametrize("sent", ["seven", None, {"not": "int"}, [7]])
async def test_what_is_no_id_is_refused(ana: Any, paper: Paper, sent: Any) -> None:
    with pytest.raises(Invalid):
        await opened(ana, sent)


async def test_after_a_reconnect_the_lead_is_shown_again(ana: Any, paper: Paper) -> None:
    await opened(ana)
    paper.shown.clear()
    assert [step async for step in ana.resume()] == []
    assert paper.shown == {"tab": (7, 60)}


async def test_without_an_open_lead_a_reconnect_shows_nothing(ana: Any, paper: Paper) -> None:
    assert [step async for step in ana.resume()] == []
    assert paper.sent == []


async def test_closing_forgets_the_lead(ana: Any, paper: Paper) -> None:
    await opened(ana)
    await ana.close()
    assert (ana.lead_id, paper.shown, paper.last()["lead"]) == (0, {}, None)


async def test_older_messages_come_in_pages(ana: Any, house: House, paper: Paper) -> None:
    house.bubbles = [bubble(n, "lead", str(n)) for n in range(1, 101)]
    await opened(ana)
    assert (len(paper.last()["messages"]), paper.last()["more"]) == (60, True)
    assert [step async for step in ana.older()] == []
    assert (len(paper.last()["messages"]), paper.last()["more"]) == (100, False)
    assert paper.shown["tab"] == (7, 120)


async def test_a_reply_is_written_and_shown(ana: Any, house: House, paper: Paper) -> None:
    await opened(ana)
    paper.cookie_of["tab"] = "ana"
    await ana.send(7, DRAFT, "  Te llamo a las 16:30  ", "reply")
    assert ("write", "Te llamo a las 16:30") in house.asked
    await shown()
    assert paper.last()["messages"][-1]["text"] == "Te llamo a las 16:30"
    assert (ana.answered, ana.refusal) == (1, "")


async def test_a_reply_that_is_written_and_cannot_be_shown_counts_as_written(
    ana: Any, house: House, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(ana)

    async def broken(*_arguments: Any) -> None:
        raise OSError("no connection")

    monkeypatch.setattr(drawer_live, "read", broken)
    await ana.send(7, DRAFT, "Hola", "reply")
    await shown()
    assert (ana.answered, ana.refusal) == (1, "")


async def test_a_reply_goes_to_the_lead_that_the_writer_saw(ana: Any, house: House, paper: Paper) -> None:
    await opened(ana, 8)
    await ana.send(7, DRAFT, "Hola", "reply")
    assert ("write", "Hola") in house.asked


@pytest.mark.parametrize("sent", ["", None, 7, "x" * 20, "0" * 65])
async def test_a_draft_without_a_name_is_refused(ana: Any, house: House, paper: Paper, sent: Any) -> None:
    await ana.send(7, sent, "Hola", "reply")
    assert ana.refusal
    assert house.asked == []


async def test_a_note_goes_to_the_team(ana: Any, house: House, paper: Paper) -> None:
    await opened(ana)
    await ana.send(7, DRAFT, "15% was approved", "note")
    assert ("note", "15% was approved") in house.asked


@pytest.mark.parametrize("text", ["", "   ", None, 7, "x" * (LONGEST_TEXT + 1)])
async def test_what_cannot_be_sent_is_answered_with_a_reason(ana: Any, house: House, paper: Paper, text: Any) -> None:
    await opened(ana)
    await ana.send(7, DRAFT, text, "reply")
    assert ana.refusal
    assert ana.answered == 1
    assert not any(asked[0] == "write" for asked in house.asked)


async def test_a_refused_reply_says_why(ana: Any, house: House, paper: Paper) -> None:
    await opened(ana)
    house.refuses = Stale("This lead asked not to be contacted.")
    await ana.send(7, DRAFT, "Hola", "reply")
    assert (ana.refusal, ana.answered) == ("This lead asked not to be contacted.", 1)


async def test_a_refusal_by_what_the_reader_does_not_see_yet_shows_it(
    ana: Any, house: House, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(ana)
    shown: list[int] = []
    monkeypatch.setattr(drawer_live, "changed", shown.append)
    house.refuses = Stale("Your first version was sent already.")
    await ana.send(7, DRAFT, "Hola", "reply")
    assert shown == [7]


async def test_a_fault_of_ours_keeps_the_text_too(ana: Any, house: House, paper: Paper) -> None:
    await opened(ana)
    house.refuses = OSError("no connection")
    with pytest.raises(OSError, match="no connection"):
        await ana.send(7, DRAFT, "Hola", "reply")
    assert (ana.refusal, ana.answered) == (NOT_SENT, 1)


async def test_a_lead_that_cannot_be_read_says_so(ana: Any, paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_arguments: Any) -> None:
        raise OSError("no connection")

    monkeypatch.setattr(drawer_live, "read", broken)
    with pytest.raises(OSError, match="no connection"):
        await opened(ana)
    assert paper.last()["gone"] == NOT_SHOWN


async def test_whoever_signed_out_meanwhile_writes_nothing(house: House, paper: Paper) -> None:
    nobody = in_tab(DrawerState, "")
    nobody.lead_id = 7
    assert "/sign-in" in str(await nobody.send(7, DRAFT, "Hola", "reply"))
    assert (house.asked, nobody.refusal) == ([], SIGNED_OUT)


async def test_after_a_restart_the_lead_that_the_tab_remembers_is_shown(ana: Any, paper: Paper) -> None:
    await opened(ana)
    anew = in_tab(DrawerState, "ana", "again")
    anew.opened = ana.opened
    assert [step async for step in anew.resume()] == []
    assert (anew.lead_id, paper.last("again")["lead"]["name"]) == (7, "Sofía Castañeda")


@pytest.mark.parametrize("remembered", ["", "0", "-7", "seven", "7; drop", "٧", "9" * 19])
async def test_what_a_tab_could_not_have_remembered_opens_nothing(ana: Any, paper: Paper, remembered: str) -> None:
    ana.opened = remembered
    assert [step async for step in ana.resume()] == []
    assert (ana.lead_id, paper.sent) == (0, [])


async def test_a_closed_drawer_is_not_remembered(ana: Any, paper: Paper) -> None:
    await opened(ana)
    await ana.close()
    assert ana.opened == ""


@pytest.mark.parametrize(
    ("act", "arguments", "asked"),
    [
        ("retry", (4,), ("retry", 4)),
        ("take", (), ("take",)),
        ("assign", ("2",), ("assign", 2)),
        ("pause_agent", (), ("pause_agent",)),
        ("return_to_agent", (), ("return_to_agent",)),
        ("stop", (), ("opt_out",)),
        ("allow", (), ("opt_in",)),
        ("move", ("won", 3), ("move", "won", 3)),
    ],
)
async def test_each_action_asks_one_service(
    house: House, paper: Paper, act: str, arguments: tuple[Any, ...], asked: tuple[Any, ...]
) -> None:
    mara = in_tab(DrawerState, "mara")
    await opened(mara)
    await getattr(mara, act)(7, *arguments)
    assert house.asked[-1] == asked
    assert mara.notice == ""


ACTS = [
    ("take", ()),
    ("assign", ("2",)),
    ("pause_agent", ()),
    ("return_to_agent", ()),
    ("stop", ()),
    ("allow", ()),
    ("move", ("won", 3)),
    ("judge", ("WARM", "LOW", 1)),
    ("take_back", ()),
    ("erase", ()),
]


@pytest.mark.parametrize(("act", "arguments"), ACTS)
async def test_each_action_is_about_the_lead_that_the_reader_saw(
    house: House, paper: Paper, act: str, arguments: tuple[Any, ...]
) -> None:
    mara = in_tab(DrawerState, "mara")
    await opened(mara)
    house.asked.clear()
    await getattr(mara, act)(8, *arguments)
    assert house.asked == []
    assert mara.notice
    mara.lead_id = 8
    await getattr(mara, act)(7, *arguments)
    assert len(house.asked) == 1
    assert mara.lead_id == 8


async def test_an_erased_lead_closes_its_drawer(house: House, paper: Paper) -> None:
    mara = in_tab(DrawerState, "mara")
    await opened(mara)
    await mara.erase(7)
    assert (house.asked[-1], mara.lead_id, paper.shown, paper.last()["lead"]) == (("erase",), 0, {}, None)


async def test_who_may_not_erase_is_told_and_sees_the_lead_on(ana: Any, house: House, paper: Paper) -> None:
    await opened(ana)
    await ana.erase(7)
    assert (ana.lead_id, ana.notice) == (7, "Your role does not allow this.")
    assert paper.last()["lead"]["may_erase"] is False


async def test_a_stale_move_is_refused_with_a_notice_and_the_truth_is_shown(
    ana: Any, house: House, paper: Paper
) -> None:
    await opened(ana)
    paper.cookie_of["tab"] = "ana"
    house.lead = replace(house.lead, stage="lost", version=9)
    await ana.move(7, "won", 3)
    assert ana.notice
    await shown()
    assert paper.last()["lead"]["stage"] == "lost"
    await ana.dismiss()
    assert ana.notice == ""


async def test_a_stage_that_does_not_exist_is_refused(ana: Any, paper: Paper) -> None:
    await opened(ana)
    with pytest.raises(Invalid):
        await ana.move(7, "heaven", 3)


async def test_only_known_panes_can_be_turned_to(ana: Any) -> None:
    await ana.look("timeline")
    await ana.look("javascript:")
    assert ana.pane == "timeline"


async def test_seeing_new_messages_marks_them_as_read(ana: Any, house: House, paper: Paper) -> None:
    await opened(ana)
    await ana.seen(7)
    assert house.asked == [("mark_read",), ("mark_read",)]


async def test_marking_a_lead_that_was_taken_away_is_no_error(ana: Any, house: House, paper: Paper) -> None:
    await opened(ana)
    house.lead = replace(house.lead, owner_id=2)
    await ana.seen(7)
    assert house.asked == [("mark_read",)]


async def test_a_verdict_is_given_in_the_readers_name_and_shown_at_once(ana: Any, house: House, paper: Paper) -> None:
    paper.cookie_of["tab"] = "ana"
    await opened(ana)
    await ana.judge(7, "WARM", "LOW", 1)
    assert ("give", Opinion(Temperature.WARM, Risk.LOW, 1)) in house.asked
    await shown()
    assert (paper.last()["lead"]["temperature"], paper.last()["lead"]["rated_by"]) == ("WARM", "Ana Ribeiro")
    await ana.take_back(7)
    await shown()
    assert paper.last()["lead"]["rated_by"] is None


async def test_a_verdict_on_nothing_seen_is_about_the_newest_rating(ana: Any, house: House, paper: Paper) -> None:
    await opened(ana)
    await ana.judge(7, "HOT", "HIGH", 0)
    assert house.asked[-1] == ("give", Opinion(Temperature.HOT, Risk.HIGH, None))


@pytest.mark.parametrize("sent", [("BOILING", "LOW", 1), ("HOT", "", 1), ("HOT", "LOW", "x"), (None, None, None)])
async def test_what_is_no_verdict_is_refused(ana: Any, house: House, paper: Paper, sent: tuple[Any, ...]) -> None:
    await opened(ana)
    with pytest.raises(Invalid):
        await ana.judge(7, *sent)
    assert house.asked == [("mark_read",)]
