# Reflex's elements have half-known types in their signatures.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""One card of the board. Its parts are plain elements: hundreds of cards pay for nothing but themselves."""

from typing import Any, TypedDict

import reflex as rx

from app.ui.pieces import icon, owner, risk, sla, sounding, temperature, window

BOARD_JS = "$/public/board/board.jsx"
PACKAGES = [
    "@atlaskit/pragmatic-drag-and-drop@4.0.0",
    "@atlaskit/pragmatic-drag-and-drop-auto-scroll@3.2.1",
]


class CardView(TypedDict):
    """A card as it comes over the wire; times in ms since 1970. ``slot`` marks the gap for a lifted card."""

    id: int
    slot: bool
    name: str
    owner_id: int | None
    owner_name: str
    owner_initials: str
    temperature: str | None
    risk: str | None
    rated_by: str | None
    blind: bool
    interest: str
    language: str | None
    preview: str
    preview_author: str | None
    preview_kind: str | None
    unread: int
    waiting_since: int | None
    due_at: int | None
    window_closes_at: int | None
    facts_known: int
    facts_total: int
    moved_by: str | None


class CardFrame(rx.Component):
    """The frame of a card: dragged, opened, moved by keys."""

    library = BOARD_JS
    tag = "CardFrame"
    lib_dependencies = PACKAGES

    lead: rx.Var[int]
    name: rx.Var[str]


class MovedBy(rx.Component):
    """Who moved the card, for a while after somebody else did; its children otherwise."""

    library = BOARD_JS
    tag = "MovedBy"

    lead: rx.Var[int]
    by: rx.Var[str | None]


@rx.memo
def lead_card(card: rx.Var[CardView]) -> rx.Component:
    """A card; drawn again only when its own lead changed."""
    one: Any = card
    return CardFrame.create(
        _top(one), MovedBy.create(_sub(one), lead=one["id"], by=one["moved_by"]), _message(one), _foot(one),
        lead=one["id"], name=one["name"],
    )  # fmt: skip


def _top(card: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h3(card["name"], class_name="ll-card__name"),
        sla(card["waiting_since"], card["due_at"]),
        class_name="ll-card__top",
    )


def _sub(card: Any) -> rx.Component:
    interest = rx.cond(card["interest"], card["interest"], "No interest given yet")
    return rx.el.div(
        rx.el.span(interest, class_name="trunc grow"),
        window(card["window_closes_at"]),
        rx.el.span(card["language"], class_name="lang"),
        class_name="ll-card__sub",
    )


def _message(card: Any) -> rx.Component:
    unread = card["unread"].to(int)
    badge = rx.el.span(unread, class_name="badge", aria_label=f"{unread} unread")
    return rx.el.div(
        rx.match(
            card["preview_author"],
            ("agent", icon("bot", "xs")),
            ("human", icon("reply", "xs")),
            rx.fragment(),
        ),
        rx.cond(card["preview_kind"] == "voice", icon("mic", "xs")),
        rx.el.p(card["preview"]),
        rx.cond(unread > 0, badge),
        class_name=rx.cond(unread > 0, "ll-card__msg is-new", "ll-card__msg"),
    )


def _foot(card: Any) -> rx.Component:
    return rx.el.div(
        temperature(card["temperature"], by=card["rated_by"], blind=card["blind"]),
        risk(card["risk"]),
        sounding(card["facts_known"], card["facts_total"]),
        rx.el.span(owner(card["owner_initials"], card["owner_name"], card["owner_id"]), class_name="end"),
        class_name="ll-card__foot",
    )
