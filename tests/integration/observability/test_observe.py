"""`leadline observe` watches the Leadline that runs in the data folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from app import observe
from app.installation import NotRunning, Running, announce
from tests.support.leadline import RunningLeadline
from tests.support.ports import free_ports
from tests.support.prometheus_server import Exhibit, RunningPrometheus, ready


@pytest.fixture
def exhibit() -> Iterator[Exhibit]:
    made = Exhibit()
    yield made
    made.close()


@pytest.fixture
def folder(exhibit: Exhibit, tmp_path: Path) -> Path:
    """The data folder of a Leadline whose every port is the exhibit: it answers 200 to whatever is asked."""
    url = f"http://{exhibit.address}"
    announce(tmp_path, Running(os.getpid(), "", url, f"{url}/metrics", f"{url}/metrics"))
    return tmp_path


def processes_up(prometheus: RunningPrometheus) -> set[str]:
    return {sample["metric"].get("process", "probes") for sample in prometheus.samples("up == 1")}


@pytest.mark.needs("prometheus")
def test_it_runs_prometheus_over_what_runs_here_and_stops_with_it(folder: Path, exhibit: Exhibit):
    port = free_ports(4, start=43400, end=43499)
    command = [sys.executable, "-m", "app.cli", "observe", "--port", str(port)]
    environment = {**os.environ, "LEADLINE_DATA_DIR": str(folder)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert f"http://127.0.0.1:{port}" in (process.stdout.readline() if process.stdout else "")
            prometheus = ready(f"http://127.0.0.1:{port}", process)
            # The two processes and the probes answer, and each probe has told what it found: the order is Prometheus's.
            while (up := processes_up(prometheus)) != {"web", "worker", "probes"} or (
                len(prometheus.samples("probe_success")) < 3 or not prometheus.samples('pg_up{job="postgres"}')
            ):
                exhibit.wait_for_looks(1)
            probed = {each["metric"]["probe"]: each["value"][1] for each in prometheus.samples("probe_success")}
            database = prometheus.samples('pg_up{job="postgres"}')
            rules = [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(30)
    assert up == {"web", "worker", "probes"}
    assert probed == {"readyz": "1", "login_page": "1", "webhook": "0"}
    assert [each["value"][1] for each in database] == ["0"]
    assert len(rules) > 150
    assert code == 0
    assert (folder / "prometheus" / "data").is_dir()


def test_without_a_running_leadline_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(tmp_path))
    with pytest.raises(NotRunning):
        observe.main([])


def test_without_prometheus_it_says_where_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(folder))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(observe.NoPrometheus, match="apt-get install prometheus"):
        observe.main([])


def test_without_the_rules_it_says_where_they_are(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "prometheus").touch(mode=0o755)
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(folder))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(observe, "RULES", tmp_path / "no-rules")
    with pytest.raises(observe.NoRules, match="clone of the repository"):
        observe.main([])


def test_a_process_that_does_not_run_is_no_target():
    made = observe.configuration(
        Running(1, "", "http://127.0.0.1:1", "http://127.0.0.1:2/metrics", ""), "http://127.0.0.1:3"
    )
    processes = made["scrape_configs"][0]["static_configs"]
    assert processes == [{"targets": ["127.0.0.1:2"], "labels": {"process": "web"}}]


def test_alertmanager_keeps_the_routes_of_production_and_tells_nobody():
    made = observe.routes()
    assert made["route"]["receiver"] == "ticket"
    assert made["inhibit_rules"]
    assert made["receivers"] == [{"name": "page"}, {"name": "ticket"}, {"name": "deadman"}]


def test_alerts_go_to_alertmanager_where_there_is_one():
    running = Running(1, "", "http://127.0.0.1:1", "http://127.0.0.1:2/metrics", "")
    without = observe.configuration(running, "http://127.0.0.1:3")
    made = observe.configuration(running, "http://127.0.0.1:3", "127.0.0.1:9093")
    assert "alerting" not in without
    assert made["alerting"] == {"alertmanagers": [{"static_configs": [{"targets": ["127.0.0.1:9093"]}]}]}
    assert made["scrape_configs"][-1]["job_name"] == "alertmanager"


def test_who_does_not_answer_fails_the_probe():
    assert not observe.answers("http://127.0.0.1:9", "/readyz", 200)


def test_prometheus_that_cannot_start_is_told_by_its_code(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fake = tmp_path / "bin" / "prometheus"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(folder))
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    assert observe.main([]) == 3


def test_what_is_probed_answers_as_the_probes_expect(running_leadline: RunningLeadline):
    found = {name: observe.answers(running_leadline.web, *probe) for name, probe in observe.PROBES.items()}
    assert found == {"readyz": True, "login_page": True, "webhook": True}


def test_production_probes_the_same_pages():
    jobs = yaml.safe_load((observe.RULES.parent / "prometheus.yml").read_text())["scrape_configs"]
    blackbox = next(job for job in jobs if job["job_name"] == "leadline-blackbox")
    paths = {each["labels"]["probe"]: urlsplit(each["targets"][0]).path for each in blackbox["static_configs"]}
    assert paths == {name: path for name, (path, _) in observe.PROBES.items()}
