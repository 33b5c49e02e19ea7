"""The drawer: one lead with its chat and its record, beside a board that stays live.

A page shows it with ``drawer()``, opens it with ``DrawerState.open(lead_id)``, and lists ``DrawerState.resume`` in its
``on_load``; whoever hears of a change calls ``drawer_live.changed(lead_id)``. Cards carry ``data-lead-card``, their
lead's id, so that the next and the previous lead follow the order of the board.
"""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any

import reflex as rx

from app.board.drawer_chat import chat_column
from app.board.drawer_keys import DRAWER_JS, GONE, LAST_HEARD, LEAD, act, in_browser
from app.board.drawer_record import phone_tabs, record_column
from app.board.drawer_state import DrawerState
from app.board.drawer_view import STAGES
from app.ui.pieces import either, icon, icon_button, kind_glyph, owner, risk, sla, temperature
from app.ui.pieces_notices import banner, bar, centred

CLOSES = {"data-closes": ""}
"""Marks what closes the drawer: the browser does so at once, and the server hears of it."""


def _lead_id(lead: rx.Var[int]) -> tuple[rx.Var[int]]:
    return (lead,)


class DrawerKeys(rx.Component):
    """The keys of an open drawer, where the focus goes, and what the reader has seen."""

    library = DRAWER_JS
    tag = "DrawerKeys"

    lead: rx.Var[int]
    ready: rx.Var[bool]
    last: rx.Var[int]

    on_seen: rx.EventHandler[_lead_id]


class Frame(rx.Component):
    """The drawer around the open lead, until what is marked with ``CLOSES`` is pressed."""

    library = DRAWER_JS
    tag = "Frame"

    lead: rx.Var[int]
    name: rx.Var[str]


class LineDown(rx.Component):
    """Says that nothing can be done while the line to the server is down."""

    library = DRAWER_JS
    tag = "LineDown"


class Erase(rx.Component):
    """Asks once more before a lead is erased, and says what stays."""

    library = DRAWER_JS
    tag = "Erase"

    lead: rx.Var[int]
    name: rx.Var[str]

    on_erase: rx.EventHandler[_lead_id]


def drawer() -> rx.Component:
    """The drawer while a lead is open, nothing otherwise."""
    there = LEAD["id"].to(int) == DrawerState.lead_id
    inside = rx.cond(there, _lead(), rx.cond(GONE, _gone(), _skeleton()))
    return rx.cond(
        DrawerState.lead_id > 0,
        Frame.create(
            DrawerKeys.create(lead=DrawerState.lead_id, ready=there, last=LAST_HEARD, on_seen=DrawerState.seen),
            inside,
            lead=DrawerState.lead_id,
            name=rx.cond(there, LEAD["name"].to(str), "Lead"),
        ),
    )


def _lead() -> rx.Component:
    return rx.fragment(
        rx.el.div(_top(), _meta(), class_name="ll-dh"),
        LineDown.create(),
        rx.cond(DrawerState.notice, _notice()),
        phone_tabs(),
        rx.el.div(chat_column(), record_column(), class_name="ll-db", custom_attrs={"data-pane": DrawerState.pane}),
        rx.cond(
            LEAD["may_erase"],
            Erase.create(
                key=LEAD["id"].to_string(), lead=LEAD["id"], name=LEAD["name"], on_erase=DrawerState.erase.temporal
            ),
        ),
    )


def _top() -> rx.Component:
    return rx.el.div(
        _close("arrow-left", "Back to board", "only-m"),
        rx.el.h2(LEAD["name"], class_name="trunc", tab_index=-1),
        temperature(LEAD["temperature"], by=LEAD["rated_by"], blind=LEAD["blind"].to(bool)),
        risk(LEAD["risk"]),
        rx.el.span(class_name="grow"),
        _neighbour("chevron-up", "Previous lead (U)", -1),
        _neighbour("chevron-down", "Next lead (J)", 1),
        rx.el.span(class_name="vr only-d"),
        _more_actions(),
        _close("x", "Close (Esc)", "only-d"),
        class_name="ll-dh__top",
    )


def _close(name: str, label: str, where: str) -> rx.Component:
    escape = {"data-key": "Escape", **CLOSES}
    return icon_button(name, label, class_name=f"ll-ico {where}", on_click=DrawerState.close, custom_attrs=escape)


def _neighbour(name: str, label: str, by: int) -> rx.Component:
    return icon_button(name, label, class_name="ll-ico only-d", on_click=in_browser(f"step({by})"))


def _more_actions() -> rx.Component:
    """What is rarely done, and what cannot be taken back lightly."""
    return rx.menu.root(
        rx.menu.trigger(icon_button("ellipsis", "More actions")),
        rx.menu.content(
            either(
                LEAD["automation"],
                ("agent", rx.menu.item("Take over from the agent", on_select=act(DrawerState.pause_agent))),
                ("human", rx.menu.item("Return to agent", on_select=act(DrawerState.return_to_agent))),
                rx.menu.item("Nobody may write", disabled=True),
            ),
            rx.cond(~LEAD["mine"].to(bool), rx.menu.item("Take this lead", on_select=act(DrawerState.take))),
            rx.cond(LEAD["automation"] != "off", _stop_item(), _allow_item()),
            rx.cond(
                LEAD["may_erase"],
                rx.menu.item("Erase for good…", color_scheme="red", on_select=in_browser("erase()")),
            ),
            align="end",
        ),
    )


def _stop_item() -> rx.Component:
    return rx.fragment(
        rx.menu.separator(),
        rx.menu.item("The lead asked us to stop", color_scheme="red", on_select=act(DrawerState.stop)),
    )


def _allow_item() -> rx.Component:
    return rx.fragment(
        rx.menu.separator(),
        rx.menu.item("The lead wants to hear from us again", on_select=act(DrawerState.allow)),
    )


def _meta() -> rx.Component:
    return rx.el.div(
        _stage(),
        _owner(),
        sla(LEAD["waiting_since"], LEAD["due_at"], words=True),
        _fact("smartphone", "phones"),
        _fact("globe", "language"),
        _fact("megaphone", "source"),
        class_name="ll-dh__meta",
    )


def _fact(name: str, key: str) -> rx.Component:
    return rx.cond(LEAD[key], rx.el.span(icon(name, "s"), LEAD[key], class_name="m only-d"))


def _stage() -> rx.Component:
    return rx.el.label(
        kind_glyph(LEAD["stage"]),
        LEAD["stage_name"],
        icon("chevron-down", "xs"),
        rx.el.select(
            *(rx.el.option(words, value=stage) for stage, words in STAGES.items()),
            value=LEAD["stage"],
            aria_label="Stage",
            on_change=_move,
            custom_attrs={"data-key": "s"},
        ),
        class_name="ll-select",
    )


def _owner() -> rx.Component:
    """The owner: a manager picks one, a consultant takes a lead that nobody owns."""
    who = rx.fragment(
        owner(LEAD["owner_initials"], LEAD["owner_name"], LEAD["owner_id"]),
        rx.cond(LEAD["owner_name"], LEAD["owner_name"], "Unassigned"),
    )
    take = rx.el.button(
        who, " · Take", type="button", class_name="ll-select", on_click=act(DrawerState.take), title="Take this lead"
    )
    fixed = rx.cond(LEAD["owner_id"], rx.el.span(who, class_name="ll-select is-fixed"), take)
    return rx.cond(LEAD["colleagues"].to(list).length() > 0, _owner_select(who), fixed)


def _owner_select(who: rx.Component) -> rx.Component:
    return rx.el.label(
        who,
        icon("chevron-down", "xs"),
        rx.el.select(
            rx.el.option("Unassigned", value="", disabled=True),
            rx.foreach(LEAD["colleagues"], _colleague),
            value=rx.cond(LEAD["owner_id"], LEAD["owner_id"].to_string(), ""),
            aria_label="Owner",
            on_change=_assign,
        ),
        class_name="ll-select",
    )


def _colleague(one: Any) -> rx.Component:
    return rx.el.option(one["name"], value=one["id"])


def _move(stage: Any) -> Any:
    return act(DrawerState.move, stage, LEAD["version"])


def _assign(user_id: Any) -> Any:
    return act(DrawerState.assign, user_id)


def _notice() -> rx.Component:
    dismiss = rx.el.button("Dismiss", type="button", class_name="ll-btn", on_click=DrawerState.dismiss)
    return rx.fragment(banner("warn", "circle-alert", DrawerState.notice, dismiss))


def _gone() -> rx.Component:
    back = rx.el.button(
        "Back to board", type="button", class_name="ll-btn", on_click=DrawerState.close, custom_attrs=CLOSES
    )
    again = rx.el.button("Try again", type="button", class_name="ll-btn primary", on_click=DrawerState.resume)
    return rx.fragment(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Lead", tab_index=-1),
                rx.el.span(class_name="grow"),
                _close("x", "Close (Esc)", ""),
                class_name="ll-dh__top",
                style={"padding_bottom": "12px"},
            ),
            class_name="ll-dh",
        ),
        centred("lock", "This lead cannot be shown", GONE, again, back),
    )


def _skeleton() -> rx.Component:
    head = rx.el.div(
        bar("180px", "16px", margin="4px 0 18px"), bar("60%", "20px", margin="0 0 18px"), class_name="ll-dh"
    )
    chat = rx.el.div(
        bar("52%", "40px", margin="20px"), bar("60%", "56px", margin="0 20px 12px auto"), class_name="ll-chatcol"
    )
    record = rx.el.div(*(bar("80%", "12px", margin="18px 16px 0") for _ in range(6)), class_name="ll-facts")
    return rx.fragment(head, rx.el.div(chat, record, class_name="ll-db", custom_attrs={"data-pane": "chat"}))
