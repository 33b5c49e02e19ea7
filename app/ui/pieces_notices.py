"""What a page says when there is something to say, or nothing to show: banner, toast, empty, failed, skeleton."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any

import reflex as rx

from app.ui.pieces import Text, icon


def empty(name: str, title: Text, text: Text, *actions: rx.Component) -> rx.Component:
    """A dashed box that says why a column or list is empty and what to do."""
    return rx.el.div(icon(name), rx.el.b(title), rx.el.span(text), *actions, class_name="ll-empty")


def centred(name: str, title: Text, text: Text, *actions: rx.Component, **props: Any) -> rx.Component:
    """A whole area that has nothing to show: first run, no permission, failed."""
    row = rx.el.div(*actions, class_name="row") if actions else rx.fragment()
    return rx.el.div(icon(name), rx.el.h2(title), rx.el.p(text), row, class_name="center", **props)


def banner(tone: str, name: str, *words: Text | rx.Component) -> rx.Component:
    """A line under a bar or head; ``tone`` is warn, err or info."""
    role = "alert" if tone == "err" else "status"
    return rx.el.div(icon(name), rx.el.span(*words, class_name="grow"), class_name=f"ll-banner {tone}", role=role)


def toast(
    tone: str,
    name: str,
    title: Text,
    text: Text,
    *actions: rx.Component,
    on_dismiss: rx.EventHandler | rx.event.EventSpec | None = None,
) -> rx.Component:
    """A notice at the bottom left; ``tone`` is empty, warn or err. At most one action and a way to dismiss it."""
    words = rx.el.div(
        rx.el.b(title),
        rx.el.p(text),
        rx.el.div(*actions, class_name="acts") if actions else rx.fragment(),
        class_name="grow",
    )
    close = (
        rx.el.button(icon("x", "s"), type="button", class_name="ll-ico", aria_label="Dismiss", on_click=on_dismiss)
        if on_dismiss is not None
        else rx.fragment()
    )
    role = "alert" if tone == "err" else "status"
    return rx.el.div(icon(name), words, close, class_name=f"ll-toast {tone}".strip(), role=role)


def bar(width: str, height: str = "10px", **style: str) -> rx.Component:
    """One grey bar of a skeleton."""
    return rx.el.span(class_name="sk", style={"width": width, "height": height, **style})


def skeleton_card() -> rx.Component:
    """The box of a card before the card is there, of the same size."""
    return rx.el.div(
        bar("62%", "12px", margin_top="4px"),
        bar("84%"),
        bar("95%", margin_top="6px"),
        bar("55%"),
        bar("40%", "16px", margin_top="auto"),
        class_name="ll-card is-sk",
        custom_attrs={"aria-hidden": "true"},
    )
