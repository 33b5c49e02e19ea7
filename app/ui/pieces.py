"""The small pieces that every page shares: chips, faces, glyphs, pills, notices and empty states.

Each takes plain values or Vars and returns plain elements with the classes of ``ui.css``. Pieces that move with the
clock (``sla``, ``window``, ``when``) are React components of ``assets/pieces.js``: one timer feeds them all, and a
tick renders nothing but the piece itself.
"""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any, cast

import reflex as rx

Text = str | rx.Var[str]
Perhaps = str | rx.Var[str] | rx.Var[str | None]
"""Words, or None where there are none."""
Moment = int | rx.Var[int] | rx.Var[int | None]
"""Milliseconds since 1970, or None where nothing is due."""
Count = int | rx.Var[int]

HIDDEN = {"aria-hidden": "true"}
PIECES_JS = "$/public/pieces.js"


def either(value: Any, *cases: Any) -> rx.Component:
    """The component of the case that ``value`` is: pairs of value and component, and the one for any other last."""
    return cast("rx.Component", rx.match(value, *cases))


def icon(name: str, size: str = "", **props: Any) -> rx.Component:
    """A line icon: 16 px, ``s`` 14 px, ``xs`` 12 px, ``l`` 20 px; hidden from screen readers."""
    return rx.icon(name, class_name=f"i {size}".strip(), custom_attrs=HIDDEN, **props)


def icon_button(name: str, label: Text, *, size: str = "", **props: Any) -> rx.Component:
    """A quiet button with an icon only; ``label`` is what a screen reader says."""
    props.setdefault("class_name", "ll-ico")
    return rx.el.button(icon(name, size), type="button", aria_label=label, title=label, **props)


def temperature(value: Perhaps, *, by: Perhaps = "", blind: bool | rx.Var[bool] = False) -> rx.Component:
    """HOT solid, WARM tinted, COLD outlined, each with its icon and word; a dashed chip while unrated.

    ``by`` names the person who said so, where it was one; ``blind`` stands for a rating that is not shown yet.
    """
    person = rx.cond(by, rx.el.span(icon("user-round-check", "xs"), class_name="by", title=_said_so(by)))
    hidden = rx.el.span("Your call", class_name="temp none", title="Not shown before the consultant has judged")
    return either(
        value,
        ("HOT", rx.el.span(icon("flame", "xs"), "HOT", person, class_name="temp hot")),
        ("WARM", rx.el.span(icon("sun", "xs"), "WARM", person, class_name="temp warm")),
        ("COLD", rx.el.span(icon("snowflake", "xs"), "COLD", person, class_name="temp cold")),
        rx.cond(blind, hidden, rx.el.span("Not yet rated", class_name="temp none")),
    )


def _said_so(by: Perhaps) -> rx.Var[str]:
    return rx.Var.create(by).to(str) + " said so"


def risk(value: Perhaps, *, whole: bool = False) -> rx.Component:
    """The risk of a lead by ink weight alone; ``whole`` spells Medium out. Nothing while unrated."""
    said = rx.el.span(" risk", class_name="sr")
    return either(
        value,
        ("LOW", rx.el.span(icon("shield", "s"), _low(whole=whole), class_name="risk", title="Low risk")),
        (
            "MEDIUM",
            rx.el.span(
                _half_shield(),
                "Medium" if whole else "Med",
                said,
                class_name="risk med",
                title="Medium risk",
            ),
        ),
        (
            "HIGH",
            rx.el.span(icon("shield-alert", "xs"), "High", said, class_name="risk high", title="High risk"),
        ),
        rx.fragment(),
    )


def _half_shield() -> rx.Component:
    outline = "M12 2.8 19.5 5.5v6c0 4.7-3 8-7.5 9.7-4.5-1.7-7.5-5-7.5-9.7v-6Z"
    half = rx.el.svg.path(d="M12 2.8v18.4c-4.5-1.7-7.5-5-7.5-9.7v-6Z", class_name="f")
    return rx.el.svg(rx.el.svg.path(d=outline), half, view_box="0 0 24 24", class_name="i s", custom_attrs=HIDDEN)


def _low(*, whole: bool) -> rx.Component:
    return rx.el.span("Low") if whole else rx.el.span("Low risk", class_name="sr")


class Sla(rx.Component):
    """How long a lead waits: a ring, a time and, on request, a sentence."""

    library = PIECES_JS
    tag = "Sla"

    since: rx.Var[int | None]
    due: rx.Var[int | None]
    words: rx.Var[bool]


class ReplyWindow(rx.Component):
    """What is left of WhatsApp's 24-hour window."""

    library = PIECES_JS
    tag = "ReplyWindow"

    closes: rx.Var[int | None]
    words: rx.Var[bool]


class Sounding(rx.Component):
    """The sounding line: one mark for each fact of the playbook."""

    library = PIECES_JS
    tag = "Sounding"

    known: rx.Var[int]
    total: rx.Var[int]


class When(rx.Component):
    """A moment in the reader's own time zone."""

    library = PIECES_JS
    tag = "When"

    at: rx.Var[int | None]
    kind: rx.Var[str]


class Refresher(rx.Component):
    """Calls ``on_tick`` at once and then every so many milliseconds, while the page is seen."""

    library = PIECES_JS
    tag = "Refresher"

    every: rx.Var[int]

    on_tick: rx.EventHandler[rx.event.no_args_event_spec]


def sla(since: Moment, due: Moment, *, words: bool = False) -> rx.Component:
    """The ring and time of a lead that waits for a reply; nothing when ``since`` is None."""
    return Sla.create(since=since, due=due, words=words)


def window(closes: Moment, *, words: bool = False) -> rx.Component:
    """The time left in the 24-hour window, or a lock; nothing when ``closes`` is None."""
    return ReplyWindow.create(closes=closes, words=words)


def sounding(known: Count, total: Count) -> rx.Component:
    """Marks for ``total`` facts, the ``known`` ones tall."""
    return Sounding.create(known=known, total=total)


def when(at: Moment, kind: str = "moment") -> rx.Component:
    """``at`` as a moment (``Today 10:22``), ``clock`` (``10:22``), ``ago`` or ``running`` span."""
    return When.create(at=at, kind=kind)


def face(initials: Text, name: Text, number: Count | rx.Var[int | None] = 0, *, size: str = "") -> rx.Component:
    """A person as initials on one of six tints, chosen by ``number`` (their id); ``size`` is s or l."""
    tint = rx.Var.create(number).to(int) % 6 + 1
    return rx.el.span(initials, class_name=f"ll-face p{tint} {size}", role="img", aria_label=name, title=name)


def owner(initials: Perhaps, name: Perhaps, number: Count | rx.Var[int | None]) -> rx.Component:
    """The owner's face, or a dashed plus while nobody owns the lead."""
    nobody = rx.el.span(icon("plus", "xs"), class_name="ll-face none s", role="img", aria_label="Unassigned")
    somebody = face(rx.Var.create(initials).to(str), rx.Var.create(name).to(str), number, size="s")
    return rx.cond(initials, somebody, nobody)


def kind_glyph(stage: Text) -> rx.Component:
    """The stage of the pipeline as a glyph: dashed ring, quarter, half, three quarters, check, cross."""
    outline = rx.el.svg.circle(cx=7, cy=7, r="5.5", fill="none", stroke="currentColor", stroke_width="1.7")
    disc = rx.el.svg.circle(cx=7, cy=7, r="6.3", fill="currentColor")
    return either(
        stage,
        ("new", _glyph("", _dashed_ring())),
        ("qualifying", _glyph("brand", outline, _slice("M7 3.8a3.2 3.2 0 0 1 3.2 3.2H7Z"))),
        ("qualified", _glyph("brand", outline, _slice("M7 3.8a3.2 3.2 0 0 1 0 6.4Z"))),
        ("working", _glyph("brand", outline, _slice("M7 3.8a3.2 3.2 0 1 1-3.2 3.2H7Z"))),
        ("won", _glyph("won", disc, _stroke("m4.2 7.2 2 2 3.6-4"))),
        ("lost", _glyph("", disc, _stroke("m5 5 4 4M9 5 5 9"))),
        rx.fragment(),
    )


def _glyph(tone: str, *shapes: rx.Component) -> rx.Component:
    return rx.el.svg(
        *shapes,
        view_box="0 0 14 14",
        class_name=f"ll-kind {tone}".strip(),
        custom_attrs=HIDDEN,
    )


def _dashed_ring() -> rx.Component:
    return rx.el.svg.circle(
        cx=7,
        cy=7,
        r="5.5",
        fill="none",
        stroke="currentColor",
        stroke_width="1.7",
        custom_attrs={"strokeDasharray": "2.2 1.9"},
    )


def _slice(path: str) -> rx.Component:
    return rx.el.svg.path(d=path, fill="currentColor")


def _stroke(path: str) -> rx.Component:
    return rx.el.svg.path(
        d=path,
        fill="none",
        stroke="var(--ll-canvas)",
        stroke_width="1.6",
        custom_attrs={"strokeLinecap": "round", "strokeLinejoin": "round"},
    )


def logo() -> rx.Component:
    """The mark of Leadline: a lead line with its soundings."""
    lines = rx.el.svg.path(d="M8.5 4.5V13M12 6.2h6.5M12 10.2h4.5M12 14.2h2.5")
    lead = rx.el.svg.path(
        d="M8.5 12.2c1.9 2.2 2.9 3.6 2.9 4.9a2.9 2.9 0 0 1-5.8 0c0-1.3 1-2.7 2.9-4.9Z",
        fill="var(--ll-on-brand)",
        stroke="none",
    )
    return rx.el.svg(
        rx.el.svg.rect(width=24, height=24, rx=6, fill="currentColor"),
        rx.el.svg.g(
            lines,
            lead,
            fill="none",
            stroke="var(--ll-on-brand)",
            stroke_width="1.9",
            custom_attrs={"strokeLinecap": "round"},
        ),
        view_box="0 0 24 24",
        custom_attrs=HIDDEN,
    )
