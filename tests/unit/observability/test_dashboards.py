"""The dashboards are what the generator makes, and each panel can be read by whoever it is for."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins

from grafana.generator import making
from grafana.generator.figures import for_job
from grafana.generator.pages import BOARDS
from metrics.catalogue import CATALOGUE
from metrics.requirements import Need
from tests.support import promql

pytestmark = pytest.mark.filterwarnings("ignore:Prefer using dashboardv2:DeprecationWarning")

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "grafana" / "dashboards").glob("*.json"))
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in FILES}
PANELS = [(name, panel) for name, dashboard in DASHBOARDS.items() for panel in dashboard["panels"]]
OVER_PROMETHEUS = [(name, panel) for name, panel in PANELS if panel["datasource"]["uid"] == "${datasource}"]
QUERIES = [
    pytest.param(target["expr"], id=f"{name}: {panel['title']} {target['refId']}")
    for name, panel in OVER_PROMETHEUS
    for target in panel["targets"]
]
RULES = ROOT / "prometheus" / "rules"
SHOWN = {
    promql.base(selector.name)
    for _, panel in OVER_PROMETHEUS
    for target in panel["targets"]
    for selector in promql.selectors(promql.parse(target["expr"]))
}

# Panels that nobody would miss elsewhere: what is counted for itself is shown where it explains something.
UNSEEN = {
    "leadline_board_emits_total",
    "leadline_messages_duplicate_total",
    "leadline_websocket_connects_total",
    "leadline_build_info",
    "leadline_trace_spans_total",
    "db_client_connection_wait_time_seconds",
}


def named(panels: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    return [pytest.param(panel, id=f"{name}: {panel['title']}") for name, panel in panels]


def test_the_committed_dashboards_are_what_the_generator_makes():
    made = making.files()
    assert {path.name for path in made} == {path.name for path in FILES}
    stale = [path.name for path, text in made.items() if path.read_text() != text]
    assert stale == [], "run: python -m grafana.generator"


def test_there_is_a_dashboard_for_each_kind_of_reader():
    assert {board.uid for board in BOARDS} == {
        "leadline-exec",
        "leadline-funnel",
        "leadline-fairness",
        "leadline-realtime",
        "leadline-llm",
        "leadline-service",
        "leadline-slo",
    }
    assert all(board.question.startswith("For ") and board.question.endswith("?") for board in BOARDS)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_fits_a_mind(name: str):
    assert len(DASHBOARDS[name]["panels"]) <= 20


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_comes_through_the_types_of_the_sdk_unchanged(name: str):
    from grafana_foundation_sdk.models.dashboard import Dashboard  # warns when it is imported

    register_default_plugins()
    read = Dashboard.from_json(DASHBOARDS[name])
    again = json.loads(json.dumps(read, cls=JSONEncoder))
    assert making.without_additions(again) == DASHBOARDS[name]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_lie_beside_each_other_within_the_width(name: str):
    panels = DASHBOARDS[name]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
    for one, other in itertools.combinations((panel["gridPos"] for panel in panels), 2):
        apart = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert apart or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_follows_the_rules_of_the_house(name: str):
    dashboard = DASHBOARDS[name]
    assert dashboard["editable"] is False
    assert dashboard["tags"] == ["leadline"]
    assert dashboard["title"].startswith("Leadline: ")
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    assert set(variables) == {"datasource", "job"}
    assert variables["job"]["refresh"] == 2
    assert not [key for variable in variables.values() for key in variable if key.startswith("auto")]
    assert {note["name"] for note in dashboard["annotations"]["list"]} == {"New version", "Incidents"}
    assert dashboard["links"][0]["tags"] == ["leadline"]


@pytest.mark.parametrize("panel", named(PANELS))
def test_a_panel_says_what_it_is(panel: dict[str, Any]):
    assert panel["title"][0].isupper()
    assert not re.search(r"_|leadline", panel["title"])
    assert "Source: " in panel["description"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["fieldConfig"]["defaults"]["noValue"]
    assert panel["targets"]


@pytest.mark.parametrize("panel", named(OVER_PROMETHEUS))
def test_a_panel_tells_its_formula_and_its_limits_in_words(panel: dict[str, Any]):
    assert "Formula:\n- `" in panel["description"]
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert steps[0]["value"] is None
    if len(steps) > 1:
        assert re.search(r"Good (from|up to|is) ", panel["description"])


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_reads_well_known_series_of_one_installation(query: str):
    recorded = promql.recorded(RULES)
    for selector in promql.selectors(promql.parse(query)):
        assert promql.is_known(selector.name, recorded), f"{selector.name} is neither in the catalogue nor recorded"
        if selector.name not in recorded and selector.name != "ALERTS":
            assert "job" in {matcher.name for matcher in selector.matchers.matchers}


@pytest.mark.parametrize("query", QUERIES)
def test_counters_are_read_as_rises_over_a_window_that_fits_the_range(query: str):
    for selector, function in promql.selectors_in_functions(promql.parse(query)):
        metric = promql.entry(selector.name)
        if metric is not None and promql.only_rises(metric, selector.name):
            assert function in {"rate", "increase"}, f"{selector.name} is shown as it stands"
    for window in re.findall(r"\[([^]:]+)", query):
        assert window in {"$__rate_interval", "$__range", "1h", "6h", "1d", "24h", "30d"}


@pytest.mark.parametrize("query", QUERIES)
def test_labels_that_a_query_asks_for_exist(query: str):
    for selector in promql.selectors(promql.parse(query)):
        metric = promql.entry(selector.name)
        for matcher in selector.matchers.matchers if metric else ():
            assert matcher.name in {*metric.label_names, "job", "le"}
            allowed = next((label.values for label in metric.labels if label.name == matcher.name), ())
            if allowed and matcher.op == promql_parser.MatchOp.Equal:
                assert matcher.value in allowed
            if matcher.name == "le":
                assert float(matcher.value) in metric.buckets, "a share below a limit needs the limit as a bucket"


def test_each_metric_is_seen_somewhere():
    assert set(CATALOGUE) - SHOWN - promql.read_by_rules(RULES) == UNSEEN


def test_each_need_is_answered_by_a_panel():
    seen = (SHOWN | promql.read_by_rules(RULES)) & set(CATALOGUE)
    assert set(Need) - {need for name in seen for need in CATALOGUE[name].serves} == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sum(leadline_leads)", 'sum(leadline_leads{job=~"$job"})'),
        ("rate(leadline_turns_total{}[5m])", 'rate(leadline_turns_total{job=~"$job"}[5m])'),
        ('leadline_leads{stage="new"}', 'leadline_leads{job=~"$job",stage="new"}'),
        ("slo:current_burn_rate:ratio", "slo:current_burn_rate:ratio"),
        ("probe_success", "probe_success"),
        (
            "db_client_connection_count + db_client_operation_duration_seconds_count",
            'db_client_connection_count{job=~"$job"} + db_client_operation_duration_seconds_count{job=~"$job"}',
        ),
    ],
)
def test_an_expression_is_narrowed_to_one_installation(before: str, after: str):
    assert for_job(before) == after


def test_data_sources_are_provisioned_under_the_names_that_panels_use():
    folder = ROOT / "grafana" / "provisioning"
    sources = yaml.safe_load((folder / "datasources" / "leadline.yaml").read_text())["datasources"]
    assert {source["uid"] for source in sources} == {"leadline-prometheus", "leadline-postgres", "leadline-tempo"}
    assert all(source["editable"] is False for source in sources)
    asked = {panel["datasource"]["uid"] for _, panel in PANELS} - {"${datasource}"}
    assert asked == {"leadline-postgres"}
    provider = yaml.safe_load((folder / "dashboards" / "leadline.yaml").read_text())["providers"][0]
    assert provider["allowUiUpdates"] is False
