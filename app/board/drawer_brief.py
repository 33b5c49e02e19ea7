"""The brief, pinned between the drawer's head and the chat: what to know, and the message to send next."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any

import reflex as rx

from app.board.drawer_keys import BEGUN, DRAWER_JS, LEAD
from app.ui.pieces import icon, when


class Pinned(rx.Component):
    """The frame of the brief: folded to its last line or open, and the button that uses the message.

    ``begun``: somebody of the team has written since, so that an opening message is of no use any more.
    """

    library = DRAWER_JS
    tag = "Pinned"

    lead: rx.Var[int]
    suggestion: rx.Var[str]
    begun: rx.Var[bool]
    mute: rx.Var[bool]


def brief() -> rx.Component:
    """The brief; nothing until there is one."""
    head = rx.fragment(
        icon("pin", "s"),
        "Handoff brief",
        rx.el.span(LEAD["brief_by"], ", ", when(LEAD["brief_at"]), class_name="t3 only-d"),
    )
    lines = rx.el.dl(rx.foreach(LEAD["brief"], _line), class_name="sum")
    return rx.cond(
        LEAD["brief_by"],
        Pinned.create(
            head, lines, lead=LEAD["id"], suggestion=LEAD["suggestion"], begun=BEGUN, mute=LEAD["automation"] == "off",
        ),
    )  # fmt: skip


def _line(row: Any) -> rx.Component:
    return rx.fragment(rx.el.dt(row["label"]), rx.el.dd(row["text"]))
