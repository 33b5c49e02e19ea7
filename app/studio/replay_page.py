# Reflex's elements have half-known types in their signatures.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownLambdaType=false
"""The replay page: a change tried over conversations that are there already, before it meets a lead."""

from typing import Any

import reflex as rx

from app.classification.methods import NOBODY_TO_ASK
from app.studio.replay_state import ReplayState
from app.studio.replay_view import RunRow
from app.studio.tabs import studio_tabs
from app.ui.live_keys import live_key
from app.ui.pieces import Refresher, icon, when
from app.ui.pieces_notices import banner, bar, centred, empty
from app.ui.shell import shell

EVERY = 2_000
"""Milliseconds between two looks at the runs while the page is seen."""

ANCHOR: Any = ReplayState.method
ME: Any = live_key(ANCHOR, "me", dict[str, Any], "({})")
READY: Any = live_key(ANCHOR, "ready", bool, "false")
RUNS: Any = live_key(ANCHOR, "runs", list[RunRow], "[]")
RUN: Any = live_key(ANCHOR, "run", dict[str, Any], "({})")
FORM: Any = live_key(ANCHOR, "form", dict[str, Any], "({})")
VERSIONS: Any = FORM["playbooks"].to(list[dict[str, str]])
STORED: Any = live_key(ANCHOR, "stored", str, '""')
FAILED: Any = live_key(ANCHOR, "failed", str, '""')
DENIED: Any = live_key(ANCHOR, "denied", str, '""')

Row = Any
"""A Var of one row."""


class PlaybookChoice(rx.Component):
    """The playbook to try, among those that were saved; ``on_named`` when the address names one."""

    library = "$/public/studio/choice.jsx"
    tag = "PlaybookChoice"

    versions: rx.Var[list[dict[str, str]]]

    on_named: rx.EventHandler[rx.event.no_args_event_spec]


def replay_page() -> rx.Component:
    """The page at ``/playbook/replay``; it refreshes itself while it is seen, so it needs no ``on_load``."""
    return shell("Playbook", studio_tabs("Replay"), _content(), me=ME)


def _content() -> rx.Component:
    there = rx.el.div(_form(), _runs(), class_name="rp-cols")
    shown = rx.cond(READY, there, rx.cond(FAILED, _failed(), _skeleton()))
    return rx.el.main(
        Refresher.create(every=EVERY, on_tick=ReplayState.refresh),
        rx.el.div(_head(), rx.cond(DENIED, _denied(), shown), class_name="ll-wrap", style={"max_width": "none"}),
        class_name="ll-page",
        id="main",
    )


def _head() -> rx.Component:
    said = "Try a change over conversations that are there already, before it meets a lead. No message is sent."
    return rx.el.div(rx.el.h1("Replay"), rx.el.span(said, class_name="t2"), class_name="ll-ph")


def _failed() -> rx.Component:
    again = rx.el.button("Try again", type="button", class_name="ll-btn primary", on_click=ReplayState.refresh)
    return centred("circle-alert", "The runs did not load", FAILED, again)


def _denied() -> rx.Component:
    return centred("lock", "For managers", DENIED)


def _form() -> rx.Component:
    return rx.el.form(
        rx.el.h2("What to try"),
        _playbook(),
        _select(
            "Read and judged by",
            "method",
            ("rules", "Rules"),
            ("llm", "Language model, rules behind it"),
            on_change=[ReplayState.choose, ReplayState.refresh],
        ),
        rx.cond(ReplayState.method == "llm", _of_model()),
        _rubric(),
        rx.el.h2("Over which conversations"),
        _select(
            "Conversations",
            "source",
            ("shipped", "Shipped with Leadline, invented and labelled"),
            ("stored", "Stored here, finished"),
            value=ReplayState.source,
            on_change=[ReplayState.choose_source, ReplayState.refresh],
        ),
        rx.cond(STORED, rx.el.p(STORED, class_name="t2 rp-said")),
        _input("How many", "sample", "50", type="number", min="1", max=FORM["most"].to(str), step="1"),
        rx.cond(ReplayState.wrong, banner("err", "circle-alert", ReplayState.wrong)),
        rx.el.button(icon("history", "s"), "Replay", type="submit", class_name="ll-btn primary"),
        on_submit=ReplayState.start,
        reset_on_submit=False,
        class_name="ll-panel rp-form",
    )


def _rubric() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("Rubric"),
        rx.el.div(
            _input("Evaded questions that are a danger", "evasions", "2", type="number", min="1", max="5"),
            _input("Dangers that make high risk", "dangers_for_high", "2", type="number", min="1", max="5"),
            class_name="rp-two",
        ),
        _select("HOT up to", "hot_within", ("30d", "30 days"), ("now", "7 days"), ("90d", "90 days")),
        class_name="rp-lines",
    )


def _playbook() -> rx.Component:
    # A link to one version means the conversations of this house.
    stored = [ReplayState.choose_source("stored"), ReplayState.refresh]
    return _field("Playbook", PlaybookChoice.create(versions=VERSIONS, on_named=stored), "rp-playbook")


def _of_model() -> rx.Component:
    models = rx.foreach(FORM["models"].to(list[str]), lambda model: rx.el.option(model, value=model))
    no_key = banner("warn", "triangle-alert", NOBODY_TO_ASK)
    return rx.el.div(
        rx.cond(FORM["key"], rx.fragment(), no_key),
        _field("Model", rx.el.select(models, name="model", class_name="ll-choose rp-inp", id="rp-model"), "rp-model"),
        _field(
            "Advice added to the instructions",
            rx.el.textarea(
                name="advice",
                rows="3",
                max_length=1_000,
                placeholder="Nothing added",
                class_name="st-inp rp-inp",
                id="rp-advice",
            ),
            "rp-advice",
        ),
        _input("Most it may cost, US dollars", "usd", "1.00", type="number", min="0.01", max="20", step="0.01"),
    )


def _field(label: str, control: rx.Component, identifier: str) -> rx.Component:
    return rx.el.div(rx.el.label(label, html_for=identifier), control, class_name="rp-field")


def _select(label: str, name: str, *choices: tuple[str, str], **props: Any) -> rx.Component:
    options = [rx.el.option(said, value=value) for value, said in choices]
    control = rx.el.select(*options, name=name, id=f"rp-{name}", class_name="ll-choose rp-inp", **props)
    return _field(label, control, f"rp-{name}")


def _input(label: str, name: str, value: str, **props: Any) -> rx.Component:
    control = rx.el.input(name=name, id=f"rp-{name}", default_value=value, class_name="st-inp rp-inp", **props)
    return _field(label, control, f"rp-{name}")


def _runs() -> rx.Component:
    none = empty("history", "Nothing was replayed yet", "Choose what to try, and what it changes will stand here.")
    listed = rx.el.div(
        rx.el.ul(rx.foreach(RUNS, _listed), class_name="ll-panel rp-list", aria_label="Runs"),
        _run(),
        class_name="rp-runs",
    )
    return rx.cond(RUNS.length() > 0, listed, rx.el.div(none, class_name="rp-runs"))


def _listed(row: Row) -> rx.Component:
    stop = rx.el.button(
        "Cancel",
        type="button",
        class_name="ll-btn",
        on_click=ReplayState.cancel(row["id"]),
        aria_label="Cancel this run",
    )
    words = rx.el.button(
        rx.el.b(row["title"]),
        rx.el.span(row["by"], " · ", when(row["at"]), " · ", row["said"], class_name="t2"),
        type="button",
        class_name="rp-open",
        aria_pressed=(row["id"] == RUN["id"]).to(str),
        on_click=ReplayState.open(row["id"]),
    )
    progress = rx.el.div(
        rx.el.i(style={"width": row["share"]}), class_name="rp-bar", role="progressbar", aria_label="How far it is"
    )
    return rx.el.li(
        words,
        rx.el.span(row["status"], class_name="state " + row["tone"].to(str)),
        rx.cond(row["going"], stop),
        rx.cond(row["going"], progress),
    )


def _run() -> rx.Component:
    return rx.el.section(
        rx.el.h2(RUN["title"]),
        rx.el.p(RUN["about"], class_name="t2"),
        rx.cond(RUN["failed"], banner("err", "circle-alert", RUN["failed"].to(str))),
        rx.cond(RUN["note"], banner("info", "circle-alert", RUN["note"].to(str))),
        rx.cond(RUN["ready"], _result(), rx.cond(RUN["going"], _waiting())),
        class_name="ll-panel rp-run",
        aria_label="Result of the run",
    )


def _waiting() -> rx.Component:
    return rx.el.p(icon("timer", "s"), "The result will stand here when the run is done.", class_name="rp-wait t2")


def _result() -> rx.Component:
    figures = rx.foreach(
        RUN["figures"].to(list[dict[str, str]]),
        lambda each: rx.el.div(
            rx.el.span(each["name"], class_name="t2"), rx.el.b(each["value"]), rx.el.span(each["of"], class_name="t3")
        ),
    )
    tables = rx.foreach(RUN["tables"].to(list[dict[str, Any]]), _table)
    return rx.fragment(
        rx.el.div(figures, class_name="rp-figures"),
        rx.el.div(tables, class_name="rp-tables"),
        _facts(),
        _answers(),
        _misses(),
    )


def _table(table: Row) -> rx.Component:
    labels = table["labels"].to(list[str])
    head = rx.el.tr(
        rx.el.th(table["name"], scope="col"), rx.foreach(labels, lambda label: rx.el.th(label, scope="col"))
    )
    rows = rx.foreach(
        table["rows"].to(list[dict[str, Any]]),
        lambda row: rx.el.tr(
            rx.el.th(row["name"], scope="row"),
            rx.foreach(
                row["cells"].to(list[dict[str, str]]), lambda cell: rx.el.td(cell["n"], class_name=cell["kind"])
            ),
        ),
    )
    caption = rx.el.caption("before ↓  after →", class_name="t3")
    return rx.el.table(caption, rx.el.thead(head), rx.el.tbody(rows), class_name="rp-tbl")


def _facts() -> rx.Component:
    head = rx.el.tr(*(rx.el.th(name, scope="col") for name in ("Facts", "Same", "Gained", "Lost", "Different")))
    rows = rx.foreach(
        RUN["facts"].to(list[dict[str, str]]),
        lambda row: rx.el.tr(
            rx.el.th(row["name"], scope="row"),
            *(rx.el.td(row[kind]) for kind in ("same", "gained", "lost", "different")),
        ),
    )
    table = rx.el.table(rx.el.thead(head), rx.el.tbody(rows), class_name="rp-tbl wide")
    return rx.cond(RUN["facts_same"], rx.el.p(RUN["facts_same"], class_name="t2"), table)


def _answers() -> rx.Component:
    """What another playbook makes the agent say to the same words; nothing where the playbook stays."""
    rows = rx.foreach(
        RUN["answers"].to(list[dict[str, str]]),
        lambda answer: rx.el.li(
            rx.el.span(answer["times"], class_name="t3"),
            rx.el.del_(answer["before"]),
            rx.el.ins(answer["after"]),
        ),
    )
    listed = rx.el.div(
        rx.el.h3("Said differently to the same words"),
        rx.el.ul(rows, class_name="rp-answers"),
        rx.el.p(RUN["more_answers"], class_name="t3"),
    )
    return rx.cond(RUN["answers"].to(list[dict[str, str]]).length() > 0, listed)


def _misses() -> rx.Component:
    rows = rx.foreach(
        RUN["misses"].to(list[dict[str, str]]),
        lambda miss: rx.el.li(
            rx.el.span(miss["chat"], class_name="t3"),
            rx.el.span(miss["what"]),
            rx.el.span(miss["before"], class_name="t2"),
            icon("arrow-right", "s"),
            rx.el.b(miss["after"]),
        ),
    )
    none = rx.el.p("Nothing is read differently.", class_name="t2")
    listed = rx.el.div(rx.el.ul(rows, class_name="rp-misses"), rx.el.p(RUN["more"], class_name="t3"))
    return rx.el.div(
        rx.el.h3("Read differently"), rx.cond(RUN["misses"].to(list[dict[str, str]]).length() > 0, listed, none)
    )


def _skeleton() -> rx.Component:
    lines = [bar("40%", "14px"), bar("100%", "34px"), bar("100%", "34px"), bar("100%", "34px"), bar("30%", "28px")]
    right = rx.el.div(bar("60%", "14px"), bar("90%", "14px"), bar("100%", "120px"), class_name="ll-panel rp-form")
    left = rx.el.div(*lines, class_name="ll-panel rp-form")
    return rx.el.div(left, right, class_name="rp-cols", aria_busy="true", aria_label="The runs are being read")
