"""The charts of the Insights page: bars of plain elements, courses over time by recharts; all coloured by tokens."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any

import reflex as rx

from app.insights.chart_rows import CLASSES, LATE_FROM

HEIGHT = 216
GRID, LIMIT = "var(--ll-chart-grid)", "var(--ll-text-2)"
ON_TIME = CLASSES[LATE_FROM - 1]
INK, QUIET = "var(--ll-chart-1)", "var(--ll-chart-2)"
TICK = {"fill": "var(--ll-text-3)", "fontSize": 11}
TIP = {
    "background": "var(--ll-raised)",
    "border": "1px solid var(--ll-line-strong)",
    "borderRadius": "5px",
    "fontSize": "12px",
    "padding": "4px 8px",
}


def bars(rows: Any, *, marks: bool = False) -> rx.Component:
    """Horizontal bars: label, bar, value and what stands beside it; ``marks`` at what was due."""
    return rx.el.ul(rx.foreach(rows, _marked if marks else _bar), class_name="hbars marks" if marks else "hbars")


def _bar(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(row["label"], class_name="k"),
        rx.el.span(
            rx.el.i(style={"width": f"{row['width']}%"}),
            rx.el.b(row["value"]),
            class_name="track",
        ),
        rx.el.span(row["aside"], class_name="aside"),
    )


def _marked(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(row["label"], class_name="k"),
        rx.el.span(
            rx.el.i(style={"width": f"{row['width']}%"}),
            rx.el.u(style={"left": f"{row['mark']}%"}),
            class_name="track full",
        ),
        rx.el.b(row["value"]),
        rx.el.span(row["aside"], class_name="aside"),
    )


def intervals(rows: Any, ticks: Any) -> rx.Component:
    """Shares as points with the interval in which the true one lies."""
    return rx.el.div(
        rx.el.ul(rx.foreach(rows, _interval)),
        rx.el.div(rx.foreach(ticks, rx.el.span), class_name="axis", aria_hidden=True),
        class_name="ivals",
    )


def _interval(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(row["label"], class_name="k"),
        rx.el.span(
            rx.el.i(style={"left": f"{row['low']}%", "width": f"{row['high'] - row['low']}%"}),
            rx.el.u(style={"left": f"{row['at']}%"}),
            class_name=rx.cond(row["model"], "track model", "track"),
        ),
        rx.el.b(row["value"]),
        rx.el.span(row["n"], class_name="aside"),
    )


def minutes(rows: Any, ticks: Any, scale: Any, labels: Any, last: Any) -> rx.Component:
    """Average and p95 over the band from the fastest to p95; ``last`` is where the line of averages ends."""
    chart = rx.recharts.composed_chart(
        rx.recharts.cartesian_grid(vertical=False, stroke=GRID),
        _time(ticks),
        _scale(scale, width=34),
        rx.recharts.area(
            data_key="band", fill="var(--ll-chart-band)", stroke="none", type_="linear", connect_nulls=True, **_STILL
        ),
        _line("p95", QUIET, width=1.5, dash="4 3"),
        _line("average", INK, width=2),
        rx.recharts.reference_dot(x=last[0].to(str), y=last[1].to(int), r=3, fill=INK, stroke="none"),
        _tip(),
        data=rows,
        margin={"top": 8, "right": 68, "bottom": 0, "left": 0},
        width="100%",
        height=HEIGHT,
    )
    return rx.fragment(chart, rx.el.div(rx.foreach(labels, _label), class_name="ends", aria_hidden=True))


def _label(one: Any) -> rx.Component:
    words = rx.cond(one["strong"], rx.el.b(one["words"]), one["words"])
    return rx.el.span(words, style={"top": f"{one['y']}px"})


_STILL: dict[str, Any] = {"is_animation_active": False, "legend_type": "none", "dot": False, "active_dot": False}


def _line(key: str, colour: str, *, width: float, dash: str = "") -> rx.Component:
    return rx.recharts.line(
        data_key=key,
        stroke=colour,
        stroke_width=width,
        stroke_dasharray=dash,
        type_="linear",
        connect_nulls=True,
        **_STILL,
    )


def responses(rows: Any, scale: Any) -> rx.Component:
    """How many leads were answered within each class of time; the late ones are grey."""
    return rx.recharts.bar_chart(
        rx.recharts.cartesian_grid(vertical=False, stroke=GRID),
        _classes(),
        _scale(scale, width=30),
        rx.recharts.reference_line(x=ON_TIME, stroke=LIMIT, stroke_dasharray="2 3", custom_attrs={"position": "end"}),
        _column("within", INK, stack="leads"),
        _column("late", QUIET, stack="leads"),
        _tip(),
        data=rows,
        bar_category_gap="7%",
        margin={"top": 8, "right": 0, "bottom": 0, "left": 0},
        width="100%",
        height=HEIGHT,
    )


def costs(rows: Any, ticks: Any, scale: Any, limit: Any) -> rx.Component:
    """US cents for each completed interview, under the limit that is set for a lead."""
    line = rx.recharts.reference_line(y=limit, stroke=LIMIT, stroke_dasharray="2 3")
    return rx.recharts.bar_chart(
        rx.recharts.cartesian_grid(vertical=False, stroke=GRID),
        _time(ticks),
        _scale(scale, width=42, unit=" ¢"),
        _column("cents", INK),
        rx.cond(limit > 0, line),
        _tip(),
        data=rows,
        bar_category_gap="9%",
        margin={"top": 8, "right": 14, "bottom": 0, "left": 0},
        width="100%",
        height=HEIGHT,
    )


def _column(key: str, colour: str, *, stack: str = "one") -> rx.Component:
    return rx.recharts.bar(
        data_key=key, fill=colour, stack_id=stack, radius=2, is_animation_active=False, legend_type="none"
    )


def _time(ticks: Any) -> rx.Component:
    return rx.recharts.x_axis(data_key="at", ticks=ticks, interval=0, tick=TICK, tick_line=False, axis_line=False)


def _classes() -> rx.Component:
    return rx.recharts.x_axis(data_key="at", interval=0, tick=TICK, tick_line=False, axis_line=False)


def _scale(ticks: Any, *, width: int, unit: str = "") -> rx.Component:
    return rx.recharts.y_axis(
        tick=TICK, tick_line=False, axis_line=False, width=width, unit=unit, ticks=ticks, domain=[0, ticks[4]]
    )


def _tip() -> rx.Component:
    return rx.recharts.graphing_tooltip(
        content_style=TIP,
        label_style={"color": "var(--ll-text)"},
        item_style={"color": "var(--ll-text-2)"},
        is_animation_active=False,
        cursor=False,
        separator=" ",
    )
