"""The pieces of a lead's record: a fact with its quote, the points of a factor, a consultant's share."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any

import reflex as rx

from app.ui.pieces import face, icon


def fact(row: Any, jump: rx.event.EventType[()]) -> rx.Component:
    """One mark of the sounding line: label, value, how sure, and the quote, which ``jump`` shows in the chat."""
    quote = rx.cond(
        row["message_id"],
        rx.el.button(row["quote"], type="button", on_click=jump, title="Show this message"),
        rx.el.span(row["quote"]),
    )
    return rx.el.div(
        rx.el.span(class_name="pt"),
        rx.el.span(row["label"], class_name="k"),
        rx.el.span(row["value"], class_name=rx.cond(row["known"], "v", "v none"), title=row["value"]),
        _confidence(row),
        rx.cond(row["quote"], rx.el.span(quote, class_name="q")),
        class_name=rx.cond(row["known"], "fact", "fact miss"),
        role="listitem",
    )


def _confidence(row: Any) -> rx.Component:
    locked = rx.el.span(icon("lock", "xs"), row["locked_by"], class_name="c", title="Set by hand: the agent leaves it")
    sure = rx.el.span(row["sure"], class_name=rx.cond(row["low"], "c low", "c"), title="How sure the agent is")
    return rx.cond(row["locked_by"], locked, sure)


def reason(row: Any) -> rx.Component:
    """A factor, its bar and its points."""
    fill = rx.el.i(class_name=rx.cond(row["negative"], "neg", ""), style={"left": "0", "width": row["width"]})
    return rx.fragment(
        rx.el.span(row["text"]), rx.el.span(fill, class_name="b"), rx.el.span(row["points"], class_name="p")
    )


def share(row: Any) -> rx.Component:
    """A consultant with leads got as a bar and leads due as a line, or why they were skipped."""
    bar = rx.el.span(rx.el.i(style={"width": row["got"]}), rx.el.u(style={"left": row["due"]}), class_name="ent")
    considered = rx.fragment(
        rx.el.span(row["name"], class_name=rx.cond(row["picked"], "pick", "")),
        bar,
        rx.el.span(row["share"], class_name=rx.cond(row["picked"], "strong", "t2")),
    )
    skipped = rx.fragment(
        rx.el.span(row["name"], class_name="skip"),
        rx.el.span(row["skipped"], class_name="skip", style={"grid_column": "3/-1"}),
    )
    return rx.fragment(
        face(row["initials"], row["name"], row["number"], size="s"),
        rx.cond(row["skipped"], skipped, considered),
    )
