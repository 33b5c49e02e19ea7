"""The right half of the drawer: what is known of a lead, how it was judged, who got it and why, what happened."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any

import reflex as rx

from app.board.drawer_keys import LEAD, in_browser
from app.board.drawer_state import DrawerState
from app.board.drawer_verdict import classification
from app.ui.pieces import when
from app.ui.pieces_record import fact, share


def record_column() -> rx.Component:
    """Record or timeline."""
    return rx.el.div(
        rx.el.div(
            _tab("Record", "record", DrawerState.pane != "timeline"),
            _tab("Timeline", "timeline", DrawerState.pane == "timeline"),
            class_name="ll-tabs",
            role="tablist",
        ),
        rx.cond(DrawerState.pane == "timeline", _timeline(), rx.fragment(_facts(), classification(), _why())),
        class_name="ll-facts",
        role="region",
        aria_label="Lead record",
    )


def _tab(words: str, pane: str, chosen: Any) -> rx.Component:
    return rx.el.button(words, type="button", role="tab", aria_selected=chosen, on_click=DrawerState.look(pane))


def phone_tabs() -> rx.Component:
    """On a phone the three panes share the screen."""
    tabs = [("Chat", "chat"), ("Record", "record"), ("Timeline", "timeline")]
    return rx.el.div(
        *(_tab(words, pane, DrawerState.pane == pane) for words, pane in tabs),
        class_name="ll-tabs only-m",
        role="tablist",
        style={"height": "44px"},
    )


def _facts() -> rx.Component:
    return rx.el.section(
        rx.el.h3("Facts", rx.el.span(LEAD["known"], class_name="r")),
        rx.el.div(rx.foreach(LEAD["facts"], _fact), role="list"),
        class_name="ll-sec",
    )


def _fact(row: Any) -> rx.Component:
    return fact(row, _jump(row["message_id"]))


def _jump(message_id: Any) -> list[Any]:
    """Turn to the chat, then bring the message into sight."""
    return [DrawerState.look("chat"), in_browser("show(" + message_id.to_string() + ")")]


def _why() -> rx.Component:
    given = rx.el.section(
        rx.el.h3("Why ", LEAD["assigned_to"], "?", rx.el.span(when(LEAD["assigned_at"]), class_name="r")),
        rx.el.div(rx.foreach(LEAD["shares"], share), class_name="why"),
        rx.el.p(LEAD["assigned_because"], class_name="fs12 t2", style={"margin_top": "4px"}),
        class_name="ll-sec",
        style={"border": "0"},
    )
    return rx.cond(LEAD["assigned_to"], given)


def _timeline() -> rx.Component:
    return rx.el.ol(
        rx.foreach(LEAD["timeline"], _happening),
        class_name="ll-time",
    )


def _happening(row: Any) -> rx.Component:
    return rx.el.li(when(row["at"]), rx.el.span(row["text"]))
