"""The Sessions page: both WhatsApp sessions, how they are, how they were today, and the code when one needs pairing."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any

import reflex as rx

from app.sessions.page_view import SessionRow
from app.sessions.state import SessionsState
from app.ui.live_keys import live_key
from app.ui.pieces import Refresher, either, icon, when
from app.ui.pieces_notices import banner, bar, centred
from app.ui.shell import shell

EVERY = 2_000
"""Milliseconds between two looks at the sessions while the page is seen."""
CODE_EVERY = 5_000
"""Milliseconds between two looks for a newer pairing code: WhatsApp changes it every 20 seconds or so."""

ANCHOR: Any = SessionsState.restarting
SESSIONS: Any = live_key(ANCHOR, "sessions", list[SessionRow], "[]")
ME: Any = live_key(ANCHOR, "me", dict[str, Any], "({})")
MANAGES: Any = ME["manager"]
FAILED: Any = live_key(ANCHOR, "failed", str, '""')

Row = Any
"""A Var of one ``SessionRow``."""


def sessions_page() -> rx.Component:
    """The page at ``/sessions``; it refreshes itself while it is seen, so it needs no ``on_load``."""
    return shell("Sessions", _content(), me=ME)


def _content() -> rx.Component:
    there = rx.el.div(rx.foreach(SESSIONS, _session), class_name="sess")
    return rx.el.main(
        Refresher.create(every=EVERY, on_tick=SessionsState.refresh),
        rx.el.div(
            _head(),
            rx.cond(SessionsState.notice, _notice()),
            rx.cond(FAILED, _failed(), rx.cond(SESSIONS.length() > 0, there, _skeleton())),
            class_name="ll-wrap",
            style={"max_width": "1312px"},
        ),
        class_name="ll-page",
        id="main",
    )


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Sessions"),
        rx.el.span("The agent keeps answering while the consultants’ session is down.", class_name="t2"),
        class_name="ll-ph",
    )


def _notice() -> rx.Component:
    dismiss = rx.el.button("Dismiss", type="button", class_name="ll-btn", on_click=SessionsState.dismiss)
    return banner("err", "circle-alert", SessionsState.notice, dismiss)


def _failed() -> rx.Component:
    again = rx.el.button("Try again", type="button", class_name="ll-btn primary", on_click=SessionsState.refresh)
    return centred("circle-alert", "The sessions did not load", FAILED, again)


def _session(row: Row) -> rx.Component:
    return rx.el.section(
        _title(row),
        rx.cond(row["trouble"], banner("err", "triangle-alert", row["trouble"])),
        rx.cond(row["needs_scan"], _pairing(row)),
        _figures(row),
        _strip(row),
        _history(row),
        rx.cond(MANAGES, _actions(row)),
        class_name="ll-panel",
        aria_label=row["title"].to(str) + " session",
    )


def _title(row: Row) -> rx.Component:
    glyph = either(row["name"], ("agent", icon("bot", "l")), icon("users", "l"))
    number = rx.el.p(
        rx.cond(row["me"], row["me"].to(str), rx.cond(MANAGES, "No number yet", "Managers see the number")),
        rx.cond(row["raw"], " · gateway says " + row["raw"].to(str), ""),
        class_name="fs12 t2",
    )
    return rx.el.div(
        glyph,
        rx.el.div(rx.el.h2(row["title"]), number, class_name="grow"),
        rx.el.span(_state_icon(row), row["state"], class_name="state " + row["tone"].to(str), role="status"),
        class_name="hd",
    )


def _state_icon(row: Row) -> rx.Component:
    return either(
        row["status"],
        ("ready", icon("check", "s")),
        ("starting", icon("refresh-cw", "s")),
        ("auth_required", icon("smartphone", "s")),
        ("unknown", icon("timer", "s")),
        icon("triangle-alert", "s"),
    )


def _pairing(row: Row) -> rx.Component:
    steps = ["Open WhatsApp on the phone of this number.", "Settings, Linked devices, Link a device."]
    steps.append("Point the camera at the code.")
    how = rx.el.div(
        rx.el.ol(
            *(rx.el.li(rx.el.span(str(i), class_name="n"), rx.el.span(step)) for i, step in enumerate(steps, 1)),
            class_name="steps",
        ),
        rx.el.p(
            "Only managers see this code. Whoever scans it can read the chats.",
            class_name="fs12 t2",
            style={"margin_top": "10px"},
        ),
    )
    asked = rx.el.div(
        Refresher.create(every=CODE_EVERY, on_tick=SessionsState.codes),
        rx.el.div(_code(row), how, class_name="pair"),
        class_name="sec",
    )
    helpless = rx.el.p("A manager has to pair this session with its phone.", class_name="sec t2")
    return rx.cond(MANAGES, asked, helpless)


def _code(row: Row) -> rx.Component:
    agent = live_key(ANCHOR, "code_agent", str, '""')
    consultant = live_key(ANCHOR, "code_consultant", str, '""')
    code = either(row["name"], ("agent", agent), consultant)
    picture = rx.el.img(src=code, alt="Pairing code", class_name="qr", width="208", height="208")
    waiting = rx.el.div(
        bar("184px", "184px"), class_name="qr", role="status", aria_label="Waiting for a code from WhatsApp"
    )
    return rx.cond(code, picture, waiting)


def _figures(row: Row) -> rx.Component:
    since = rx.cond(row["since"], when(row["since"], "running"), "not known")
    return rx.el.div(
        _figure(rx.cond(row["up"], "Up for", "Down for"), since),
        _figure("Last proof of life", rx.cond(row["checked_at"], when(row["checked_at"], "ago"), "none yet")),
        _figure("Uptime, 24 hours", row["uptime"]),
        _figure("Last recovery", row["recovery"]),
        class_name="figs",
    )


def _figure(label: Any, value: Any) -> rx.Component:
    return rx.el.div(rx.el.div(label, class_name="l"), rx.el.div(value, class_name="v"))


def _strip(row: Row) -> rx.Component:
    return rx.el.div(
        rx.el.h3("Last 24 hours", rx.el.span("a mark for 20 minutes")),
        rx.el.svg(
            rx.foreach(row["strip"], _mark),
            view_box="0 0 646 34",
            class_name="strip",
            role="img",
            aria_label=row["strip_words"],
            custom_attrs={"preserveAspectRatio": "none"},
        ),
        rx.el.div(
            _legend("up", "12px", "--ll-up"),
            _legend("degraded", "8px", "--ll-degraded"),
            _legend("down", "16px", "--ll-down"),
            _legend("no data", "3px", "--ll-gray-8"),
            class_name="lg",
        ),
        class_name="sec",
    )


def _mark(mark: Any) -> rx.Component:
    return rx.el.svg.rect(x=mark["x"], y=mark["y"], width=6, height=mark["height"], rx=1, class_name=mark["kind"])


def _legend(words: str, height: str, colour: str) -> rx.Component:
    return rx.el.span(rx.el.i(style={"height": height, "color": f"var({colour})"}), words)


def _history(row: Row) -> rx.Component:
    table = rx.el.table(rx.el.tbody(rx.foreach(row["happened"], _happening)), class_name="tbl")
    nothing = rx.el.p("Nothing yet: the first contact with the gateway will stand here.", class_name="fs12 t2")
    return rx.el.div(
        rx.el.h3("What happened"),
        rx.cond(row["happened"].to(list).length() > 0, table, nothing),
        class_name="sec",
    )


def _happening(one: Any) -> rx.Component:
    return rx.el.tr(rx.el.td(when(one["at"])), rx.el.td(one["text"]), rx.el.td(one["lasted"]))


def _actions(row: Row) -> rx.Component:
    busy = SessionsState.restarting == row["name"]
    return rx.el.div(
        rx.el.button(
            icon("refresh-cw", "s"),
            rx.cond(busy, "Restarting", "Restart"),
            type="button",
            class_name="ll-btn",
            disabled=busy,
            on_click=SessionsState.restart(row["name"]),
        ),
        rx.el.span("Keeps the login; takes a few seconds.", class_name="fs12 t2"),
        class_name="sec row",
    )


def _skeleton() -> rx.Component:
    panel = rx.el.section(
        rx.el.div(bar("40%", "16px"), class_name="sec"),
        rx.el.div(bar("100%", "40px"), class_name="sec"),
        rx.el.div(bar("100%", "34px"), class_name="sec"),
        rx.el.div(bar("80%", "12px"), bar("60%", "12px", margin_top="10px"), class_name="sec"),
        class_name="ll-panel",
        aria_hidden=True,
    )
    return rx.el.div(panel, panel, class_name="sess")
