# Reflex's elements have half-known types in their signatures.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""The columns of the board, and the Vars through which Python's components read what the browser worked out."""

from typing import Any

import reflex as rx
from reflex.vars import VarData

from app.board.cards import BOARD_JS, PACKAGES, CardView, lead_card
from app.ui.pieces import kind_glyph
from app.ui.pieces_notices import skeleton_card
from app.vocabulary import Stage

NAMES = {stage: stage.value.capitalize() for stage in Stage}


def of_board(expression: str, kind: Any) -> Any:
    """A part of the board as the browser shows it now; ``expression`` is JavaScript over ``board``."""
    hook = VarData(imports={BOARD_JS: [rx.ImportVar(tag="useBoard")]}, hooks={"const board = useBoard();": None})
    return rx.Var(_js_expr=f"({expression})", _var_type=kind, _var_data=hook).guess_type()


class Lane(rx.Component):
    """The cards of a column, and the slot for a card that hangs over it."""

    library = BOARD_JS
    tag = "Lane"
    lib_dependencies = PACKAGES

    stage: rx.Var[str]


LOADED: Any = of_board("board.cards !== null", bool)
FIRST_RUN: Any = of_board("board.cards?.length === 0", bool)
ME: Any = of_board("board.me ?? {}", dict[str, Any])
PHONE: Any = of_board('board.keys?.board?.phone ?? ""', str)


def column(stage: Stage) -> rx.Component:
    """One stage of the pipeline."""
    rows: Any = of_board(f"board.rows.{stage}", list[CardView])
    count = of_board(f"board.columns.{stage}.length", int)
    return rx.el.section(
        _head(stage, count),
        Lane.create(
            rx.cond(
                LOADED,
                rx.foreach(rows, _row),
                rx.fragment(skeleton_card(), skeleton_card(), skeleton_card()),
            ),
            stage=stage.value,
        ),
        class_name="ll-col",
        aria_label=rx.Var.create(f"{NAMES[stage]}, ") + count.to(str) + " leads",
        custom_attrs={"data-stage": stage.value},
    )


def _row(card: Any) -> rx.Component:
    slot = rx.el.div(class_name="ll-slot", custom_attrs={"aria-hidden": "true"})
    return rx.fragment(rx.cond(card["slot"], slot, lead_card(card=card)), key=card["id"].to(str))


def _head(stage: Stage, count: Any) -> rx.Component:
    late = of_board(f"board.late.{stage} ?? 0", int)
    overdue = rx.el.span(_full_clock(), late, " late", class_name="late")
    aside = rx.el.span("last 14 days", class_name="sum")
    return rx.el.header(
        kind_glyph(stage.value),
        rx.el.h2(NAMES[stage]),
        rx.el.span(rx.cond(LOADED, count.to(str), ""), class_name="n"),
        aside if stage in {Stage.WON, Stage.LOST} else rx.cond(late > 0, overdue),
        class_name="ll-col__head",
    )


def _full_clock() -> rx.Component:
    """The mark of a late reply, as on the cards."""
    hands = {"stroke": "var(--ll-surface)"}
    return rx.el.svg(
        rx.el.svg.circle(cx=12, cy=12, r=9, fill="currentColor"),
        rx.el.svg.path(d="M12 7v5.2l3.3 2", custom_attrs=hands),
        view_box="0 0 24 24",
        class_name="i s",
        custom_attrs={"aria-hidden": "true"},
    )
