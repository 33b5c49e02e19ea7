"""Rules and routes are accepted by Prometheus and Alertmanager, and do what they are for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.worker import DUTIES
from metrics.catalogue import CATALOGUE
from metrics.promql import lasting
from metrics.shape import Origin
from prometheus.generator.__main__ import OBJECTIVES_FILE
from prometheus.generator.objectives import OBJECTIVES
from prometheus.generator.rules import MOMENTS, document
from tests.support import promql

ROOT = Path(__file__).resolve().parents[3]
PROMETHEUS = ROOT / "prometheus"
RULES = PROMETHEUS / "rules"
ALERTMANAGER = PROMETHEUS / "alertmanager.yml"
ALERTS = [rule for rule in promql.rules(RULES) if "alert" in rule]
NAMES = {rule["alert"] for rule in ALERTS}

# Series that others expose: Prometheus, Alertmanager, the exporter of PostgreSQL.
OF_OTHERS = {"up", "scrape_samples_scraped", "alertmanager_notifications_failed_total"}


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def config(name: str) -> dict[str, Any]:
    return yaml.safe_load((PROMETHEUS / name).read_text())


def test_the_committed_rules_are_what_the_generator_makes():
    assert OBJECTIVES_FILE.read_text() == document(), "run: python -m prometheus.generator"


def test_a_duty_that_stopped_succeeding_is_told_by_the_limit_for_all_and_a_healthy_one_is_not():
    (stale,) = [rule for rule in ALERTS if rule["alert"] == "LeadlineSchedulerStale"]
    limit = int(stale["expr"].rsplit(">", 1)[1])
    assert max(seconds for _, seconds, _ in DUTIES) < limit


@pytest.mark.needs("promtool")
def test_prometheus_accepts_the_configuration_and_its_rules():
    assert "2 rule files found" in run("promtool", "check", "config", PROMETHEUS / "prometheus.yml")
    run("promtool", "check", "rules", "--lint=all", "--lint-fatal", *sorted(RULES.glob("*.yml")))


@pytest.mark.needs("promtool")
def test_rules_fire_when_they_should_and_only_then():
    run("promtool", "test", "rules", PROMETHEUS / "tests" / "rules.yml")


def test_the_tests_of_rules_evaluate_recordings_before_alerts():
    groups = [group["name"] for name in ("objectives", "alerts") for group in config(f"rules/{name}.yml")["groups"]]
    assert config("tests/rules.yml")["group_eval_order"] == groups


def test_there_are_alerts_for_what_may_go_wrong():
    assert len(ALERTS) >= 30
    assert {objective.alert for objective in OBJECTIVES} <= NAMES
    assert "LeadlineWatchdog" in NAMES


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: f"{rule['alert']} {rule['labels']['severity']}")
def test_an_alert_says_what_is_wrong_and_where_to_read_on(rule: dict[str, Any]):
    assert re.fullmatch(r"Leadline([A-Z][a-zA-Z]+)", rule["alert"])
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    told = rule["annotations"]
    assert "{{" not in told["summary"]
    assert told["summary"].endswith((".", "?"))
    assert (ROOT / told["runbook"]).is_file()
    uid = told["dashboard"].removeprefix("/d/")
    assert (ROOT / "grafana" / "dashboards" / f"{uid}.json").is_file()


def test_what_follows_from_an_objective_pages_and_tickets():
    for objective in OBJECTIVES:
        severities = {rule["labels"]["severity"] for rule in ALERTS if rule["alert"] == objective.alert}
        assert severities == {"critical", "warning"}


def test_the_fastest_page_can_be_reached_at_all():
    assert all(14.4 * objective.budget < 1 for objective in OBJECTIVES)


def test_an_objective_keeps_quiet_with_little_to_judge_by():
    for objective in OBJECTIVES:
        rules = [rule["expr"] for rule in ALERTS if rule["alert"] == objective.alert]
        guards = [expr.count(f">= {objective.enough or MOMENTS}") for expr in rules]
        assert guards == [2, 2]


def test_rules_read_series_that_somebody_makes_under_labels_that_exist():
    recorded = promql.recorded(RULES)
    for rule in promql.rules(RULES):
        for selector in promql.selectors(promql.parse(rule["expr"])):
            metric = promql.entry(selector.name)
            assert metric or selector.name in recorded | OF_OTHERS, f"{selector.name} is made by nobody"
            names = {matcher.name for matcher in selector.matchers.matchers}
            if metric:
                assert names <= {*metric.label_names, "job", "process", "le"}
                assert "job" in names, f"{selector.name} is not narrowed to Leadline"


def test_rises_of_business_counters_are_read_from_recordings_that_every_leader_continues():
    totals = {name for name, metric in CATALOGUE.items() if metric.origin is Origin.LEDGER}
    assert {lasting(name) for name in totals} <= promql.recorded(RULES)
    readers = [rule for rule in promql.rules(RULES) if not rule.get("record", "").startswith("job:")]
    read = {selector.name for rule in readers for selector in promql.selectors(promql.parse(rule["expr"]))}
    assert read & totals == set()


def test_the_limits_of_objectives_are_bounds_of_buckets():
    for objective in OBJECTIVES:
        for selector in promql.selectors(promql.parse(objective.error_ratio.replace("$window", "5m"))):
            limits = [float(matcher.value) for matcher in selector.matchers.matchers if matcher.name == "le"]
            assert set(limits) <= set(map(float, CATALOGUE[promql.base(selector.name)].buckets if limits else ()))


@pytest.fixture
def routes(tmp_path: Path) -> Path:
    """The configuration as this machine's amtool reads it: Alertmanager knows `url_file` since 0.26 alone."""
    if shutil.which("amtool") is None:
        pytest.skip("amtool is not installed")
    told = run("amtool", "--version")
    path = tmp_path / "alertmanager.yml"
    text = ALERTMANAGER.read_text()
    old = re.search(r"version 0\.(1\d|2[0-5])\.", told)
    path.write_text(re.sub(r"url_file: \S+", "url: http://localhost/", text) if old else text)
    return path


def test_alertmanager_accepts_its_configuration(routes: Path):
    assert "SUCCESS" in run("amtool", "check-config", routes)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: f"{rule['alert']} {rule['labels']['severity']}")
def test_an_alert_reaches_who_should_hear_of_it(routes: Path, rule: dict[str, Any]):
    severity = rule["labels"]["severity"]
    expected = {"critical": "page", "warning": "ticket", "info": "deadman"}[severity]
    labels = [f"alertname={rule['alert']}", f"severity={severity}"]
    run("amtool", "config", "routes", "test", f"--config.file={routes}", f"--verify.receivers={expected}", *labels)


def test_inhibitions_name_alerts_that_exist():
    named = set(re.findall(r"Leadline[A-Za-z]+", json.dumps(config("alertmanager.yml")["inhibit_rules"])))
    assert named <= NAMES
    assert named


def test_the_sign_of_life_is_never_silenced():
    targets = json.dumps([rule["target_matchers"] for rule in config("alertmanager.yml")["inhibit_rules"]])
    assert "Watchdog" not in targets
    assert "info" not in targets


def test_addresses_of_receivers_are_secrets():
    receivers = config("alertmanager.yml")["receivers"]
    assert all(set(hook) == {"url_file", "send_resolved"} for each in receivers for hook in each["webhook_configs"])
