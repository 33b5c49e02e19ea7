"""The left half of the drawer: the chat and the box to write in."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any

import reflex as rx

from app.board.drawer_brief import brief
from app.board.drawer_keys import DRAWER_JS, LEAD, MESSAGES, MORE, ROWS, WRITTEN, act
from app.board.drawer_state import DrawerState
from app.ui.pieces import either, face, icon, window
from app.ui.pieces_chat import message
from app.ui.pieces_notices import centred


def _written(
    lead: rx.Var[int], draft: rx.Var[str], text: rx.Var[str], kind: rx.Var[str]
) -> tuple[rx.Var[int], rx.Var[str], rx.Var[str], rx.Var[str]]:
    return lead, draft, text, kind


class Composer(rx.Component):
    """Where a reply or a note is written; keeps a draft for each lead until it was accepted."""

    library = DRAWER_JS
    tag = "Composer"

    lead: rx.Var[int]
    reader: rx.Var[str]
    name: rx.Var[str]
    number: rx.Var[str]
    answered: rx.Var[int]
    about: rx.Var[str]
    refusal: rx.Var[str]
    written: rx.Var[list[dict[str, str]]]
    mute: rx.Var[bool]

    on_send: rx.EventHandler[_written]


def chat_column() -> rx.Component:
    """The brief, the chat with the newest at the bottom, and the composer."""
    return rx.el.div(brief(), _log(), _composer(), class_name="ll-chatcol")


def _log() -> rx.Component:
    older = rx.el.button("Load older messages", type="button", class_name="ll-more", on_click=DrawerState.older)
    quiet = centred("message-circle", "No messages yet", "What is written here and on WhatsApp appears by itself.")
    flow = rx.el.div(
        rx.cond(MORE, older),
        rx.foreach(ROWS, _message),
        class_name="ll-flow",
    )
    return rx.el.div(
        rx.cond(MESSAGES.length() > 0, flow, quiet),
        class_name="ll-chat is-live",
        role="log",
        aria_label="Chat with " + LEAD["name"].to(str),
        tab_index=0,
    )


def _message(row: Any) -> rx.Component:
    return message(row, act(DrawerState.retry, row["id"]))


def _composer() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            _who_answers(),
            rx.el.span(class_name="grow"),
            window(LEAD["window_closes_at"], words=True),
            class_name="ll-own",
        ),
        Composer.create(
            key=LEAD["id"].to_string(),
            lead=LEAD["id"],
            reader=LEAD["reader"],
            name=LEAD["name"],
            number=LEAD["number"],
            answered=DrawerState.answered,
            about=DrawerState.about,
            refusal=DrawerState.refusal,
            written=WRITTEN,
            mute=LEAD["automation"] == "off",
            on_send=DrawerState.send.temporal,
        ),
        class_name="ll-comp",
    )


def _who_answers() -> rx.Component:
    who = either(
        LEAD["automation"],
        ("agent", icon("bot", "s")),
        ("off", icon("lock", "s")),
        rx.cond(LEAD["owner_id"], face(LEAD["owner_initials"], LEAD["owner_name"], LEAD["owner_id"], size="s")),
    )
    words = rx.el.span(rx.el.b(LEAD["answers"]), " ", LEAD["answers_more"])
    take_over = _link("Take over", act(DrawerState.pause_agent), "t")
    give_back = _link("Return to agent", act(DrawerState.return_to_agent), "R")
    return rx.fragment(
        rx.el.span(who, words, class_name="row who", style={"gap": "6px"}),
        either(LEAD["automation"], ("agent", take_over), ("human", give_back), rx.fragment()),
    )


def _link(words: str, then: Any, key: str) -> rx.Component:
    return rx.el.button(words, type="button", class_name="lnk", on_click=then, custom_attrs={"data-key": key})
