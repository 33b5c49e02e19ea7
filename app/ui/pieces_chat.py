"""The pieces of a chat: a bubble by author, the tick of its delivery, an event, a note, a line of a new day."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any, TypedDict

import reflex as rx

from app.ui.pieces import either, icon


class ChatRow(TypedDict):
    """A message among its neighbours: ``day`` stands on a new day, ``first`` of its author, ``look`` is its classes."""

    id: int
    author: str
    who: str
    kind: str
    label: str
    text: str
    status: str
    trouble: str
    again: bool
    at: int
    time: str
    day: str
    first: bool
    look: str


KIND_ICONS = {
    "voice": "mic",
    "audio": "mic",
    "image": "image",
    "video": "video",
    "document": "file-text",
    "location": "map-pin",
    "contact": "contact",
}


def message(row: Any, retry: Any) -> rx.Component:
    """One message, with the line of its day above and what went wrong below; ``retry`` sends it again."""
    return rx.fragment(
        rx.cond(row["day"], rx.el.div(row["day"], class_name="ll-day")),
        rx.cond(row["author"] == "system", _event(row), either(row["kind"], ("note", _note(row)), _bubble(row))),
        rx.cond(row["trouble"], _trouble(row, retry)),
    )


def _bubble(row: Any) -> rx.Component:
    return rx.el.div(
        _speaker(row),
        rx.cond(row["label"], _attachment(row)),
        rx.el.span(row["text"], class_name="body"),
        rx.el.span(row["time"], rx.cond(row["author"] != "lead", _tick(row["status"])), class_name="meta"),
        class_name=row["look"],
        id="message-" + row["id"].to_string(),
        tab_index=-1,
    )


def _speaker(row: Any) -> rx.Component:
    agent = rx.el.span(icon("bot", "xs"), "Agent", class_name="who")
    human = rx.cond(row["who"], rx.el.span(row["who"], class_name="who"))
    return rx.cond(row["first"], either(row["author"], ("agent", agent), ("human", human), rx.fragment()))


def _attachment(row: Any) -> rx.Component:
    glyph = either(
        row["kind"],
        *((kind, icon(name, "s")) for kind, name in KIND_ICONS.items()),
        icon("paperclip", "s"),
    )
    return rx.el.span(glyph, row["label"], class_name="kind")


def _tick(status: rx.Var[str]) -> rx.Component:
    return either(
        status,
        ("sent", _mark("Sent", "tick", "m4 6.5 3.2 3.2L14 3")),
        ("accepted", _mark("Sent", "tick", "m4 6.5 3.2 3.2L14 3")),
        ("delivered", _mark("Delivered", "tick", *TWO)),
        ("read", _mark("Read", "tick read", *TWO)),
        ("played", _mark("Played", "tick read", *TWO)),
        ("queued", _mark("Sending", "tick", *CLOCK)),
        ("sending", _mark("Sending", "tick", *CLOCK)),
        rx.fragment(),
    )


TWO = ("m1 6.5 3.2 3.2L10 3", "m7.2 9 .8.7L14.5 3")
CLOCK = ("M8 1.5a4.5 4.5 0 1 0 .01 0", "M8 3.5v2.5l1.7 1")


def _mark(said: str, tone: str, *paths: str) -> rx.Component:
    return rx.el.svg(
        *(rx.el.svg.path(d=path) for path in paths),
        view_box="0 0 16 12",
        class_name=tone,
        role="img",
        aria_label=said,
    )


def _event(row: Any) -> rx.Component:
    return rx.el.div(
        icon("info", "s"), rx.el.span(row["text"]), class_name="ll-evt", id="message-" + row["id"].to_string()
    )


def _note(row: Any) -> rx.Component:
    head = rx.el.div(
        rx.el.b(row["who"]),
        "Internal note, never sent",
        rx.el.span(row["time"], class_name="tm"),
        class_name="h",
    )
    return rx.el.div(
        icon("sticky-note"),
        rx.el.div(head, rx.el.span(row["text"], class_name="body"), class_name="grow"),
        class_name="ll-note",
        id="message-" + row["id"].to_string(),
        tab_index=-1,
    )


def _trouble(row: Any, retry: Any) -> rx.Component:
    return rx.el.div(
        icon("triangle-alert", "s"),
        row["trouble"],
        rx.cond(row["again"], rx.el.button("Try again", type="button", on_click=retry)),
        class_name="ll-fail",
        role="status",
    )
