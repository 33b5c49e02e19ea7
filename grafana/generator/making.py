"""Dashboards of Grafana from boards: places, variables, links, annotations, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders import dashboard, prometheus
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from grafana.generator.pages import BOARDS
from grafana.generator.panels import PROMETHEUS, panel
from grafana.generator.shows import Board, Listing, Show

FOLDER = Path(__file__).resolve().parent.parent / "dashboards"
COLUMNS = 24
TAG = "leadline"

NEW_VERSION = (
    'max by (version, revision) (leadline_build_info{job=~"$job"})'
    ' unless max by (version, revision) (leadline_build_info{job=~"$job"} offset 10m)'
)
INCIDENTS = 'max by (alertname, severity) (ALERTS{alertstate="firing",severity="critical"})'


def files() -> dict[Path, str]:
    """Every dashboard: where it belongs, and its JSON."""
    return {FOLDER / f"{board.uid}.json": document(board) for board in BOARDS}


def document(board: Board) -> str:
    """A dashboard as Grafana reads it."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.question)
        .tags([TAG])
        .readonly()
        .timezone("browser")
        .time(board.since, "now")
        .refresh(board.refresh)
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .with_variable(_source())
        .with_variable(_job())
        .annotation(_annotation("New version", NEW_VERSION, "blue", "{{version}} {{revision}}"))
        .annotation(_annotation("Incidents", INCIDENTS, "red", "{{alertname}}"))
        .link(_others())
    )
    for number, (shown, place) in enumerate(_placed(board.panels), 1):
        made.with_panel(panel(shown, number).grid_pos(place))
    return json.dumps(without_additions(json.loads(json.dumps(made.build(), cls=JSONEncoder))), indent=1) + "\n"


def _placed(panels: tuple[Show | Listing, ...]) -> Iterator[tuple[Show | Listing, models.GridPos]]:
    """From left to right; a panel that does not fit begins a new row under the highest of the last."""
    x = y = row = 0
    for shown in panels:
        if x + shown.width > COLUMNS:
            x, y, row = 0, y + row, 0
        yield shown, models.GridPos(h=shown.height, w=shown.width, x=x, y=y)
        x, row = x + shown.width, max(row, shown.height)


def _source() -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")


def _job() -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable("job")
        .label("Installation")
        .datasource(PROMETHEUS)
        .query("label_values(leadline_build_info, job)")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .include_all(False)
        .multi(False)
    )


def _annotation(name: str, expression: str, colour: str, title: str) -> dashboard.AnnotationQuery:
    query = prometheus.Dataquery().expr(expression).ref_id("A").legend_format(title)
    return (
        dashboard.AnnotationQuery()
        .name(name)
        .datasource(PROMETHEUS)
        .enable(True)
        .icon_color(colour)
        .expr(expression)
        .step("1m")
        .title_format(title)
        .target(query)
    )


def _others() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("Leadline")
        .type(models.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(True)
        .keep_time(True)
        .include_vars(True)
    )


def without_additions(made: dict[str, Any]) -> dict[str, Any]:
    """Without keys that the SDK adds unasked: `auto*` is for intervals alone, `placement` hides things, and Grafana
    has no `footer` of tables any more.
    """
    for drawn in made["panels"]:
        drawn.get("options", {}).pop("footer", None)
    for part in (*made["templating"]["list"], *made["annotations"]["list"], *made["links"]):
        for key in [key for key in part if key == "placement" or key.startswith("auto")]:
            del part[key]
    return made
