"""The pieces become the markup that the stylesheet knows, with words for those who hear the page."""

from __future__ import annotations

import pytest
import reflex as rx

from app.board.drawer import drawer
from app.sessions.page import sessions_page
from app.team.page import sign_in_page
from app.ui import pieces, pieces_notices
from app.ui.words import phone_words


@pytest.mark.parametrize(("value", "look"), [("HOT", "temp hot"), ("WARM", "temp warm"), ("COLD", "temp cold")])
def test_each_temperature_has_its_look_and_its_word(value: str, look: str) -> None:
    page = str(pieces.temperature(value))
    assert look in page
    assert f'"{value}"' in page


def test_risk_is_spelled_out_where_there_is_room() -> None:
    assert '"Med"' in str(pieces.risk("MEDIUM"))
    assert '"Medium"' in str(pieces.risk("MEDIUM", whole=True))
    assert '"Low risk"' in str(pieces.risk("LOW"))
    assert '"Low"' in str(pieces.risk("LOW", whole=True))


def test_a_face_carries_the_name() -> None:
    page = str(pieces.face("AR", "Ana Ribeiro", 7, size="s"))
    assert '"aria-label":"Ana Ribeiro"' in page
    assert "(7 % 6)" in page


def test_nobody_is_a_dashed_plus() -> None:
    assert "Unassigned" in str(pieces.owner("", "", 0))


def test_each_stage_has_a_glyph() -> None:
    page = str(pieces.kind_glyph("new"))
    for stage in ("new", "qualifying", "qualified", "working", "won", "lost"):
        assert f'"{stage}"' in page


def test_pieces_that_move_with_the_clock_are_given_times_not_words() -> None:
    assert "since:1,words:false" in str(pieces.sla(1, 2))
    assert "closes:3" in str(pieces.window(3))
    assert "known:3,total:7" in str(pieces.sounding(3, 7))
    assert '"clock"' in str(pieces.when(1, "clock"))


def test_an_icon_button_says_what_it_does() -> None:
    assert '"aria-label":"Close"' in str(pieces.icon_button("x", "Close"))


def test_an_error_is_announced_at_once_and_news_politely() -> None:
    assert 'role:"alert"' in str(pieces_notices.banner("err", "x", "It failed"))
    assert 'role:"status"' in str(pieces_notices.banner("info", "x", "It works"))
    assert 'role:"alert"' in str(pieces_notices.toast("err", "x", "Not sent", "It is kept"))
    assert "Dismiss" in str(pieces_notices.toast("", "x", "Moved", "", on_dismiss=rx.noop()))


def test_what_is_empty_says_what_to_do() -> None:
    page = str(pieces_notices.empty("inbox", "No leads", "They appear by themselves", rx.el.button("Play a lead")))
    assert "Play a lead" in page
    assert "No leads" in page
    assert "is-sk" in str(pieces_notices.skeleton_card())
    assert "row" not in str(pieces_notices.centred("lock", "Closed", "Nobody may look"))


def test_the_sign_in_page_is_a_form_that_posts_by_itself() -> None:
    page = str(sign_in_page())
    assert "SignInForm" in page
    assert '"/api/sign-in"' in page
    assert "onSubmit" not in page


def test_the_drawer_names_its_parts() -> None:
    page = str(drawer())
    for part in ("Composer", "Lead record", "Facts", "Classification", "Close (Esc)", "Next lead (J)"):
        assert part in page


def test_the_sessions_page_warns_who_scans() -> None:
    assert "Whoever scans it can read the chats." in str(sessions_page())


@pytest.mark.parametrize(
    ("given", "written"),
    [("+12025550117", "+1 202-555-0117"), ("12025550117", "+1 202-555-0117"), ("unknown", "unknown"), ("", "")],
)
def test_numbers_are_written_as_people_write_them(given: str, written: str) -> None:
    assert phone_words(given) == written
