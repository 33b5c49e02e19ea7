"""How a lead was rated, and the reader's verdict on it in one click; blindly for those that were drawn by chance."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any

import reflex as rx

from app.board.drawer_keys import LEAD, act
from app.board.drawer_state import DrawerState
from app.ui.pieces import icon, risk, temperature
from app.ui.pieces_record import reason

TEMPERATURES = {"HOT": "flame", "WARM": "sun", "COLD": "snowflake"}
RISKS = {"LOW": "Low", "MEDIUM": "Medium", "HIGH": "High"}


def classification() -> rx.Component:
    """The rating with its points, who says otherwise, and the buttons."""
    shown = rx.cond(
        LEAD["judged"], _rated(), rx.el.p("Rated as soon as the first facts are known.", class_name="fs12 t2")
    )
    chip = temperature(LEAD["temperature"], by=LEAD["rated_by"], blind=LEAD["blind"].to(bool))
    return rx.el.section(
        rx.el.h3("Classification ", chip, rx.el.span(LEAD["score"], class_name="r num")),
        rx.cond(LEAD["blind"], _blind(), shown),
        class_name="ll-sec",
    )


def _rated() -> rx.Component:
    because = rx.el.span(LEAD["risk_because"], class_name="t2 because")
    return rx.fragment(
        rx.el.div(rx.foreach(LEAD["reasons"], reason), class_name="pts"),
        rx.el.div(rx.el.span("Risk"), risk(LEAD["risk"], whole=True), because, class_name="ll-riskrow"),
        rx.cond(LEAD["ask"], _buttons()),
        # Below the buttons: what a click brings must not move the next click's aim.
        rx.cond(LEAD["opinions"].to(list).length() > 0, _opinions()),
    )


def _opinions() -> rx.Component:
    return rx.el.div(rx.foreach(LEAD["opinions"], _opinion), class_name="ll-said", role="list")


def _opinion(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.span(row["who"], class_name="who"),
        rx.el.span(temperature(row["temperature"])),
        rx.el.span(risk(row["risk"], whole=True)),
        rx.el.span(row["note"], class_name="t3"),
        role="listitem",
    )


def _buttons() -> rx.Component:
    """One click gives a whole verdict: what is not clicked stays as it is shown."""
    back = rx.el.button("Take back", type="button", class_name="lnk", on_click=act(DrawerState.take_back))
    return rx.fragment(
        rx.el.div(rx.el.span(LEAD["ask"]), rx.cond(LEAD["mine_said"], back), class_name="ll-ask-line"),
        rx.el.div(
            *(_temperature_button(word, name) for word, name in TEMPERATURES.items()),
            class_name="verdict",
            role="group",
            aria_label="Your verdict on the temperature",
        ),
        rx.el.div(
            *(_risk_button(word, words) for word, words in RISKS.items()),
            class_name="verdict",
            role="group",
            aria_label="Your verdict on the risk",
        ),
    )


def _temperature_button(word: str, name: str) -> rx.Component:
    as_shown = LEAD["temperature"] == word
    said = rx.cond(as_shown & ~LEAD["mine_said"].bool(), f"Yes, {word}", word)
    return rx.el.button(
        rx.cond(as_shown, icon("check", "s"), icon(name, "s")),
        said,
        type="button",
        aria_pressed=_pressed(LEAD["mine_said"] == word),
        on_click=act(DrawerState.judge, word, LEAD["risk"].to(str), LEAD["rating_id"].to(int)),
        custom_attrs={"data-verdict": word},
    )


def _risk_button(word: str, words: str) -> rx.Component:
    as_shown = LEAD["risk"] == word
    return rx.el.button(
        rx.cond(as_shown, icon("check", "s")),
        f"{words} risk",
        type="button",
        aria_pressed=_pressed(LEAD["mine_risk"] == word),
        on_click=act(DrawerState.judge, LEAD["temperature"].to(str), word, LEAD["rating_id"].to(int)),
        custom_attrs={"data-verdict-risk": word},
    )


def _pressed(yes: Any) -> Any:
    return rx.cond(yes, "true", "false")


def _blind() -> rx.Component:
    """Nine buttons: temperature and risk in one click, with nothing to lean on."""
    rows = [one for word in TEMPERATURES for one in _blind_row(word)]
    grid = rx.el.div(*rows, class_name="ll-blind", role="group", aria_label="Your verdict: temperature and risk")
    return rx.fragment(rx.el.p(LEAD["ask"], class_name="fs12 t2"), rx.cond(LEAD["may_judge"], grid))


def _blind_row(word: str) -> list[rx.Component]:
    return [rx.el.span(temperature(word)), *(_blind_button(word, level, words) for level, words in RISKS.items())]


def _blind_button(word: str, level: str, words: str) -> rx.Component:
    return rx.el.button(
        f"{words} risk",
        type="button",
        aria_label=f"{word}, {words.lower()} risk",
        on_click=act(DrawerState.judge, word, level, 0),
        custom_attrs={"data-verdict": word, "data-verdict-risk": level},
    )
