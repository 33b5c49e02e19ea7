"""The Status page: how each part of the installation is, and what to do about what is not well."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any

import reflex as rx

from app.status.finding import Finding
from app.status.state import StatusState
from app.ui.live_keys import live_key
from app.ui.pieces import Refresher, either, icon, when
from app.ui.pieces_notices import banner, bar, centred
from app.ui.shell import shell

EVERY = 15_000
"""Milliseconds between two looks while the page is seen."""
RUNBOOKS = "docs/runbooks/"
LINES = 12
"""Lines of the skeleton, about as many as there are checks."""

ANCHOR: Any = StatusState.looking
ME: Any = live_key(ANCHOR, "me", dict[str, Any], "({})")
CHECKS: Any = live_key(ANCHOR, "checks", list[Finding], "[]")
VERDICT: Any = live_key(ANCHOR, "verdict", str, '""')
SUMMARY: Any = live_key(ANCHOR, "summary", str, '""')
LOOKED_AT: Any = live_key(ANCHOR, "looked_at", int, "0")
FAILED: Any = live_key(ANCHOR, "failed", str, '""')
REFUSED: Any = live_key(ANCHOR, "refused", str, '""')


def status_page() -> rx.Component:
    """The page at ``/status``; it refreshes itself while it is seen."""
    return shell("Status", _content(), me=ME)


def _content() -> rx.Component:
    found = rx.el.ul(rx.foreach(CHECKS, _check), class_name="ll-panel checks")
    return rx.el.main(
        Refresher.create(every=EVERY, on_tick=StatusState.refresh),
        rx.el.div(
            _head(),
            rx.cond(FAILED & (CHECKS.length() > 0), banner("err", "circle-alert", FAILED)),
            rx.cond(REFUSED, _refused(), rx.cond(CHECKS.length() > 0, found, rx.cond(FAILED, _failed(), _skeleton()))),
            class_name="ll-wrap",
            style={"max_width": "960px"},
        ),
        class_name="ll-page",
        id="main",
    )


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Status"),
        rx.cond(SUMMARY, _pill(VERDICT, SUMMARY)),
        rx.el.span(class_name="grow"),
        rx.cond(LOOKED_AT > 0, rx.el.span("Looked ", when(LOOKED_AT, "ago"), class_name="fs12 t2 ago")),
        rx.cond(REFUSED, rx.fragment(), _again()),
        class_name="ll-ph",
    )


def _again() -> rx.Component:
    return rx.el.button(
        icon("refresh-cw", "s"),
        rx.cond(StatusState.looking, "Looking", "Look now"),
        type="button",
        class_name="ll-btn",
        disabled=StatusState.looking,
        on_click=StatusState.look_now,
    )


def _pill(verdict: Any, words: Any) -> rx.Component:
    return rx.el.span(_mark(verdict), words, class_name=_tone(verdict), role="status")


def _tone(verdict: Any) -> Any:
    return rx.match(verdict, ("ok", "state calm"), ("warn", "state wait"), "state bad")


def _mark(verdict: Any) -> rx.Component:
    return either(verdict, ("ok", icon("check", "s")), ("warn", icon("eye", "s")), icon("triangle-alert", "s"))


def _word(verdict: Any) -> Any:
    return rx.match(verdict, ("ok", "Well"), ("warn", "Look"), "Broken")


def _check(one: Any) -> rx.Component:
    advice = rx.el.p(
        one["advice"],
        rx.cond(one["runbook"], rx.el.code(RUNBOOKS, one["runbook"], ".md")),
        class_name="advice",
    )
    return rx.el.li(
        rx.el.span(_mark(one["verdict"]), _word(one["verdict"]), class_name=_tone(one["verdict"])),
        rx.el.div(
            rx.el.h2(one["title"]),
            rx.el.p(one["sentence"]),
            rx.cond(one["advice"], advice),
            class_name="what",
        ),
        rx.el.span(one["measured"], class_name="measured"),
    )


def _refused() -> rx.Component:
    return centred("lock", REFUSED, "A manager or an admin can look at it.")


def _failed() -> rx.Component:
    again = rx.el.button("Try again", type="button", class_name="ll-btn primary", on_click=StatusState.refresh)
    return centred("circle-alert", "The status did not load", FAILED, again)


def _skeleton() -> rx.Component:
    line = rx.el.li(bar("64px", "24px"), rx.el.div(bar("140px", "12px"), bar("60%", "12px", margin_top="8px")))
    return rx.el.ul(*[line for _ in range(LINES)], class_name="ll-panel checks is-sk", aria_hidden=True)
