"""The Insights page: how the team does, for managers, each figure with its formula and the view it is read from."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any

import reflex as rx

from app.insights import charts
from app.insights.chart_rows import AgreementRow, BarRow, ClassRow, CostRow, Label, LineRow, MinutesRow
from app.insights.headlines import Headline
from app.insights.period import Reach
from app.insights.state import InsightsState
from app.ui.live_keys import live_key
from app.ui.pieces import Refresher, icon
from app.ui.pieces_notices import banner, bar, centred
from app.ui.shell import shell
from app.vocabulary import Source

EVERY = 20_000
"""Milliseconds between two looks at the figures while the page is seen."""
RANGES = {Reach.DAY: "24 h", Reach.WEEK: "7 days", Reach.TWO_WEEKS: "14 days", Reach.QUARTER: "90 days"}
SOURCES = {
    Source.WHATSAPP: "WhatsApp",
    Source.FORM: "Form",
    Source.API: "API",
    Source.IMPORT: "Import",
    Source.DEMO: "Demo",
}
ZONE = "Intl.DateTimeFormat().resolvedOptions().timeZone"

ANCHOR: Any = InsightsState.reach


def _rows(key: str, kind: Any) -> Any:
    return live_key(ANCHOR, key, list[kind], "[]")


def _axis(chart: str) -> Any:
    return live_key(ANCHOR, f"{chart}_scale", list[int], "[0, 1, 2, 3, 4]")


def _words(key: str) -> Any:
    return WORDS[key].to(str)


ME: Any = live_key(ANCHOR, "me", dict[str, Any], "({})")
WORDS: Any = live_key(ANCHOR, "words", dict[str, str], "({})")
LOADED: Any = live_key(ANCHOR, "loaded", bool, "false")
EMPTY: Any = live_key(ANCHOR, "empty", bool, "false")
DEMO: Any = live_key(ANCHOR, "demo", bool, "false")
FAILED: Any = live_key(ANCHOR, "failed", str, '""')
REFUSED: Any = live_key(ANCHOR, "refused", str, '""')
RANGE: Any = live_key(ANCHOR, "range", str, '""')
TICKS: Any = _rows("ticks", str)
LIMIT: Any = live_key(ANCHOR, "cost_budget", int, "0")


def insights_page() -> rx.Component:
    """The page at ``/insights``."""
    return shell("Insights", _content(), me=ME)


def _content() -> rx.Component:
    shown = rx.cond(EMPTY, _nothing(), _figures())
    return rx.el.main(
        rx.el.div(on_mount=rx.call_script(ZONE, callback=InsightsState.begin), hidden=True),
        Refresher.create(every=EVERY, on_tick=InsightsState.tick),
        rx.el.div(
            _head(),
            rx.cond(FAILED & LOADED, banner("err", "circle-alert", FAILED)),
            rx.cond(REFUSED, _refused(), rx.cond(LOADED, shown, rx.cond(FAILED, _failed(), _skeleton()))),
            class_name="ll-wrap",
        ),
        class_name="ll-page",
        id="main",
    )


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Insights"),
        rx.cond(DEMO, rx.el.span("Demo data, invented", class_name="demo-tag")),
        rx.el.span(class_name="grow"),
        rx.cond(REFUSED, rx.fragment(), _tools()),
        class_name="ll-ph",
    )


def _tools() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            *(_range(reach, words) for reach, words in RANGES.items()),
            class_name="ll-seg",
            role="group",
            aria_label="Range",
        ),
        _consultants(),
        _sources(),
        rx.el.button(
            icon("download", "s"),
            "CSV",
            type="button",
            class_name="ll-btn",
            on_click=InsightsState.export,
            title="Every figure of this page as a file",
        ),
    )


def _range(reach: Reach, words: str) -> rx.Component:
    pressed = rx.cond(InsightsState.reach == reach.value, "true", "false")
    return rx.el.button(
        words, type="button", on_click=InsightsState.look_back(reach.value), custom_attrs={"aria-pressed": pressed}
    )


def _consultants() -> rx.Component:
    people = _rows("consultants", dict[str, str])
    return _select(
        "Consultant",
        "All consultants",
        InsightsState.consultant,
        InsightsState.of_consultant,
        rx.foreach(people, _choice),
    )


def _choice(one: Any) -> rx.Component:
    return rx.el.option(one["label"], value=one["value"])


def _sources() -> rx.Component:
    every = (rx.el.option(words, value=source.value) for source, words in SOURCES.items())
    return _select("Source", "All sources", InsightsState.source, InsightsState.of_source, *every)


def _select(label: str, everything: str, value: Any, chosen: Any, *options: rx.Component) -> rx.Component:
    return rx.el.select(
        rx.el.option(everything, value=""),
        *options,
        value=value,
        on_change=chosen,
        aria_label=label,
        class_name="ll-choose",
    )


def _figures() -> rx.Component:
    return rx.el.div(
        rx.el.div(rx.foreach(_rows("kpis", Headline), _kpi), class_name="ll-panel kpis"),
        rx.el.div(
            _funnel(),
            _minutes(),
            _entitlement(),
            _responses(),
            _costs(),
            _agreement(),
            _collected(),
            _judged(),
            _lines(),
            class_name="charts",
        ),
        class_name=rx.cond(InsightsState.busy, "figures is-busy", "figures"),
        aria_busy=InsightsState.busy,
    )


def _kpi(one: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(one["label"], class_name="l"),
        rx.el.div(one["value"], rx.el.small(one["unit"]), class_name="v"),
        rx.el.div(
            rx.el.span(one["before"], rx.el.span(one["change"], class_name=one["tone"]), one["after"]), class_name="d"
        ),
        class_name="kpi",
    )


def _panel(title: str, aside: Any, sub: Any, chart: rx.Component, source: tuple[str, str]) -> rx.Component:
    """``source``: the formula of what is drawn, and the view of the database that it is read from."""
    formula, view = source
    told = rx.el.span(view, title="The view of the database that Grafana reads as well")
    return rx.el.section(
        rx.el.h2(title, rx.el.span(aside, class_name="r")),
        rx.el.p(sub, class_name="sub"),
        rx.el.div(chart, class_name="plot"),
        rx.el.p(formula, told, class_name="fx"),
        class_name="ll-panel chart",
        aria_label=title,
    )


def _or(rows: Any, chart: rx.Component, words: Any) -> rx.Component:
    return rx.cond(rows.length() > 0, chart, _unmeasured(words))


def _unmeasured(words: Any) -> rx.Component:
    return rx.el.div(rx.el.b("Nothing measured yet"), rx.el.p(words), class_name="unmeasured")


def _funnel() -> rx.Component:
    return _panel(
        "Funnel",
        RANGE,
        "Leads that reached each stage, and the share of the stage before",
        charts.bars(_rows("funnel", BarRow)),
        ("reached(stage) ÷ reached(stage before)", "lead_journey"),
    )


def _minutes() -> rx.Component:
    axis = _axis("minutes")
    last = live_key(ANCHOR, "minutes_last", list[Any], '["", 0]')
    chart = charts.minutes(_rows("minutes", MinutesRow), TICKS, axis, _rows("minutes_labels", Label), last)
    none = _unmeasured("The first interview that is completed will draw this line.")
    return _panel(
        "Minutes per lead",
        "completed only",
        rx.cond(
            live_key(ANCHOR, "step", str, '""') == "hour",
            "First message to qualified: average, p95 and fastest each hour",
            "First message to qualified: average, p95 and fastest each day",
        ),
        rx.cond(_words("completed") == "0", none, chart),
        ("Σ duration ÷ completed; exact percentiles", "interview"),
    )


def _entitlement() -> rx.Component:
    rows = _rows("entitlement", BarRow)
    return _panel(
        "Leads against entitlement",
        _words("jain"),
        "Bar: leads given by turn or by hand. Line: leads due by weight while eligible",
        _or(rows, charts.bars(rows, marks=True), "No lead was given to anybody in this time."),
        ("due = Σ weight ÷ Σ eligible weights", "entitlement"),
    )


def _responses() -> rx.Component:
    chart = charts.responses(_rows("responses", ClassRow), _axis("responses"))
    none = _unmeasured("No consultant has written to a lead that they were given in this time.")
    return _panel(
        "Consultant response",
        _words("response_p50"),
        _words("responses"),
        rx.cond(
            _words("response_p50") == "",
            none,
            rx.fragment(rx.el.span(_words("within_an_hour"), class_name="inside"), chart),
        ),
        ("first human message − assigned", "assignment"),
    )


def _costs() -> rx.Component:
    return _panel(
        "Cost per qualified lead",
        "US cents",
        _words("cost"),
        rx.cond(
            _words("no_cost"),
            _unmeasured(_words("no_cost")),
            charts.costs(_rows("costs", CostRow), TICKS, _axis("costs"), LIMIT),
        ),
        ("Σ model cost ÷ completed, same step", "business_event, interview"),
    )


def _agreement() -> rx.Component:
    rows = _rows("agreement", AgreementRow)
    chart = charts.intervals(rows, _rows("agreement_ticks", str))
    return _panel(
        "Agreement with people",
        "random sample",
        "Share of blind verdicts that confirm the label, with 95% interval",
        _or(rows, chart, "No verdicts yet: one lead in twenty asks its consultant blindly."),
        ("agree ÷ reviewed; Wilson interval, z = 1.96", "verdict"),
    )


def _collected() -> rx.Component:
    return _panel(
        "Data collection by engagement",
        _words("collected"),
        "Facts known of those asked for, by turns that a lead took",
        charts.bars(_rows("collected", BarRow)),
        ("Σ facts known ÷ Σ facts asked for", "business_event"),
    )


def _judged() -> rx.Component:
    rows = charts.bars(_rows("judged", BarRow))
    return _panel(
        "Who rated the leads",
        _words("judged"),
        "Ratings by a language model and by rules, each time something changed",
        rx.fragment(rows, rx.el.p(_words("stepped_in"), class_name="fs12 t2 note")),
        ("ratings(method) ÷ ratings", "business_event"),
    )


def _lines() -> rx.Component:
    rows = _rows("lines", LineRow)
    head = rx.el.tr(*(rx.el.th(name, scope="col") for name in ("Session", "Up", "In", "Delivered", "Trouble")))
    table = rx.el.table(rx.el.thead(head), rx.el.tbody(rx.foreach(rows, _line)), class_name="tbl lines")
    return _panel(
        "WhatsApp",
        RANGE,
        "Working time, messages in, and messages that reached a phone",
        _or(rows, table, "No session was seen in this time."),
        ("ready ÷ known; delivered ÷ accepted", "delivery, session_stretch"),
    )


def _line(row: Any) -> rx.Component:
    return rx.el.tr(*(rx.el.td(row[name]) for name in ("name", "up", "received", "delivered", "trouble")))


def _nothing() -> rx.Component:
    return centred(
        "chart-column",
        "Nothing measured yet",
        "No lead came in, and no interview ended in this time. The first one will appear here by itself.",
    )


def _refused() -> rx.Component:
    return centred("lock", REFUSED, "A manager or an admin can show you these figures.")


def _failed() -> rx.Component:
    again = rx.el.button("Try again", type="button", class_name="ll-btn primary", on_click=InsightsState.tick)
    return centred("circle-alert", "The figures did not load", FAILED, again)


def _skeleton() -> rx.Component:
    kpi = rx.el.div(bar("60%", "12px"), bar("40%", "24px", margin_top="8px"), bar("80%", "12px", margin_top="8px"))
    panel = rx.el.section(
        bar("45%", "12px"), bar("100%", "216px", margin_top="32px"), class_name="ll-panel chart is-sk"
    )
    return rx.el.div(
        rx.el.div(*[rx.el.div(kpi, class_name="kpi is-sk") for _ in range(6)], class_name="ll-panel kpis"),
        rx.el.div(*[panel for _ in range(9)], class_name="charts"),
        aria_hidden=True,
    )
