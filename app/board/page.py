# Reflex's elements have half-known types in their signatures.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""The board at ``/``: six columns worked out in the browser from the live keys, the drawer beside them."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from app.board.cards import BOARD_JS, PACKAGES
from app.board.columns import FIRST_RUN, LOADED, ME, PHONE, column, of_board
from app.board.drawer import drawer
from app.board.drawer_state import DrawerState
from app.board.state import BoardState
from app.ui.pieces_notices import centred
from app.ui.shell import shell
from app.vocabulary import Stage

FILTERS_JS = "$/public/board/filters.jsx"
LINE_JS = "$/public/board/line.jsx"
PANELS_JS = "$/public/board/panels.jsx"


def _wish(wish: rx.Var[dict[str, Any]]) -> tuple[rx.Var[dict[str, Any]]]:
    return (wish,)


def _lead(lead_id: rx.Var[int]) -> tuple[rx.Var[int]]:
    return (lead_id,)


class Board(rx.Component):
    """Works the board out from the live keys of a state, and asks the server by its events."""

    library = BOARD_JS
    tag = "Board"
    lib_dependencies = PACKAGES

    keys: rx.Var[str]
    opened: rx.Var[int]

    on_move: rx.EventHandler[_wish]
    on_take: rx.EventHandler[_wish]
    on_open: rx.EventHandler[_lead]


def part(library: str, tag: str) -> rx.Component:
    """A part of the page that is JavaScript alone and takes no props."""
    made = type(tag, (rx.Component,), {"library": library, "tag": tag, "__module__": __name__})
    return made.create()


def board_page() -> rx.Component:
    """The page at ``/``; its ``on_load`` is ``BoardState.load`` and ``DrawerState.resume``."""
    leads = rx.el.main(
        rx.el.h1("Board", class_name="sr"),
        rx.el.div(*_filters(), class_name="ll-filters", role="toolbar", aria_label="Filters"),
        part(FILTERS_JS, "StageTabs"),
        rx.cond(FIRST_RUN, _first_run(), rx.cond(_nothing_found(), part(FILTERS_JS, "NoMatch"), _columns())),
        class_name="ll-main",
        id="main",
    )
    page = shell(
        "Board",
        part(LINE_JS, "Banner"),
        leads,
        me=ME,
        status=part(LINE_JS, "Pill"),
        tools=[part(FILTERS_JS, "Search"), part(FILTERS_JS, "SearchButton")],
        over=_over(),
    )
    return Board.create(
        page,
        keys=BoardState.get_full_name(),
        opened=DrawerState.lead_id,
        on_move=BoardState.move,
        on_take=BoardState.take,
        on_open=DrawerState.open,
    )


def _filters() -> Sequence[rx.Component]:
    return [
        part(FILTERS_JS, "Scope"),
        rx.el.span(class_name="vr"),
        part(FILTERS_JS, "Filters"),
        rx.el.span(class_name="grow"),
        part(FILTERS_JS, "Sort"),
    ]


def _over() -> Sequence[rx.Component]:
    parts = [part(PANELS_JS, tag) for tag in ("Hint", "MoveMenu", "Keys", "Toasts")]
    return [drawer(), *parts]


def _columns() -> rx.Component:
    return rx.el.div(
        *[column(stage) for stage in Stage],
        class_name="ll-board",
        role="group",
        aria_label="Pipeline",
        aria_busy=rx.cond(LOADED, "false", "true"),
    )


def _first_run() -> rx.Component:
    play = rx.cond(
        PHONE, rx.el.a("Play a lead", href=PHONE, target="_blank", class_name="ll-btn primary"), rx.fragment()
    )
    return centred("inbox", "No leads yet", "The first WhatsApp message will appear here by itself.", play)


def _nothing_found() -> Any:
    return of_board("Boolean(board.view?.query) && Object.values(board.columns).every((cards) => !cards.length)", bool)
