"""Panels of Grafana from what a dashboard shows."""

from __future__ import annotations

from typing import Any, TypeAlias

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog import builder, variants
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models

from grafana.generator.bands import GREEN, RED, Bands
from grafana.generator.figures import Figure
from grafana.generator.shows import Listing, Look, Show

Drawn: TypeAlias = stat.Panel | timeseries.Panel | bargauge.Panel | statetimeline.Panel | table.Panel

PROMETHEUS = common_models.DataSourceRef(type_val="prometheus", uid="${datasource}")
POSTGRES = common_models.DataSourceRef(type_val="grafana-postgresql-datasource", uid="leadline-postgres")
NO_DATA = "nothing measured yet"
SETTLED = {Look.NUMBER, Look.BARS}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class SqlQuery(variants.Dataquery):
    """A query of Grafana's PostgreSQL data source, which the SDK does not know."""

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def to_json(self) -> dict[str, object]:
        """The keys that the data source reads."""
        return {
            "refId": "A",
            "datasource": POSTGRES.to_json(),
            "format": "table",
            "rawQuery": True,
            "rawSql": self._sql,
        }


class SqlBuilder(builder.Builder[variants.Dataquery]):
    """What the SDK asks for instead of a query."""

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def build(self) -> SqlQuery:
        """The query."""
        return SqlQuery(self._sql)


def panel(shown: Show | Listing, number: int) -> Drawn:
    """The builder of a panel, without its place."""
    return _table(shown, number) if isinstance(shown, Listing) else _drawn(shown, number)


def _table(listing: Listing, number: int) -> table.Panel:
    return (
        table.Panel()
        .id(number)
        .title(listing.title)
        .description(f"{listing.meaning}\n\nSource: the reporting views of the database.")
        .datasource(POSTGRES)
        .unit("short")
        .no_value(NO_DATA)
        .with_target(SqlBuilder(listing.sql))
    )


def _drawn(show: Show, number: int) -> Drawn:
    made = _of_look(show)
    made.id(number).title(show.title).description(description(show)).datasource(PROMETHEUS)
    made.unit(show.unit).no_value(show.nothing).thresholds(_thresholds(show.bands))
    for letter, figure in zip(LETTERS, show.figures, strict=False):
        made.with_target(_query(show, figure.query, legend(show, letter), letter))
    return made


def description(show: Show) -> str:
    """What the panel means, where it is good, how it is computed, and from what."""
    meanings = dict.fromkeys(figure.meaning for figure in show.figures)
    words = [*meanings, *([show.bands.words] if show.bands else []), *([show.note] if show.note else [])]
    formulas = "\n".join(f"- `{figure.expression}`" for figure in show.figures)
    sources = "; ".join(dict.fromkeys(figure.source for figure in show.figures))
    return f"{' '.join(words)}\n\nFormula:\n{formulas}\n\nSource: {sources}."


def legend(show: Show, letter: str) -> str:
    """The name of a line: the values of its labels, after what tells the figure from its neighbours."""
    figure = show.figures[LETTERS.index(letter)]
    labels = " ".join(f"{{{{{name}}}}}" for name in figure.grouped_by)
    return show.legend or f"{_own_name(show, figure)} {labels}".strip() or figure.title


def _own_name(show: Show, figure: Figure) -> str:
    """What tells a figure from its neighbours: nothing beside none, p95 beside p99, else its title."""
    if len(show.figures) == 1:
        return ""
    heads = {other.title.partition(", ")[0] for other in show.figures}
    head, _, tail = figure.title.partition(", ")
    return tail if len(heads) == 1 else head


def _query(show: Show, expression: str, name: str, letter: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expression).legend_format(name).ref_id(letter).datasource(PROMETHEUS)
    if show.step:
        query.interval(show.step)
    if "_bucket" in expression and show.look is Look.LINES:
        query.exemplar(True)
    return query.instant() if show.look is Look.BARS else query.range()


def _of_look(show: Show) -> Drawn:
    match show.look:
        case Look.NUMBER:
            return _number(show)
        case Look.BARS:
            return _bars(show)
        case Look.STATES:
            return _states()
        case Look.LINES | Look.COLUMNS:
            return _course(show)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"])


def _number(show: Show) -> stat.Panel:
    made = stat.Panel().reduce_options(_last()).graph_mode(common_models.BigValueGraphMode.AREA)
    coloured = common_models.BigValueColorMode.VALUE if show.bands else common_models.BigValueColorMode.NONE
    return made.color_mode(coloured)


def _bars(show: Show) -> bargauge.Panel:
    made = bargauge.Panel().reduce_options(_last()).orientation(common_models.VizOrientation.HORIZONTAL).min(0)
    return made if show.top is None else made.max(show.top)


def _states() -> statetimeline.Panel:
    words = {"0": ("down", RED), "1": ("up", GREEN)}
    options = {value: models.ValueMappingResult(text=text, color=colour) for value, (text, colour) in words.items()}
    return statetimeline.Panel().mappings([models.ValueMap(options=options)]).row_height(0.7)


def _course(show: Show) -> timeseries.Panel:
    made = timeseries.Panel().axis_soft_min(0).fill_opacity(8).line_width(1.5)
    made.legend(
        common.VizLegendOptions()
        .show_legend(True)
        .display_mode(common_models.LegendDisplayMode.LIST)
        .placement(common_models.LegendPlacement.BOTTOM)
    )
    made.tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI))
    if show.top is not None:
        made.max(show.top)
    if show.look is Look.COLUMNS:
        made.draw_style(common_models.GraphDrawStyle.BARS).fill_opacity(60)
    if show.bands:
        made.thresholds_style(common.GraphThresholdsStyleConfig().mode(common_models.GraphThresholdsStyleMode.DASHED))
    return made


def _thresholds(bands: Bands | None) -> dashboard.ThresholdsConfig:
    steps: Any = bands.steps if bands else ((None, GREEN),)
    made = [models.Threshold(value=value, color=colour) for value, colour in steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)
