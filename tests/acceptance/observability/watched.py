"""A running Leadline with everything that watches it, and time that runs faster for those who watch."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.acceptance.observability.backstage import Backstage, Crowd, Inbox
from tests.acceptance.whole_way.town import Town
from tests.support.faster import faster, faster_routes, write_faster
from tests.support.groq_standin import Standin
from tests.support.leadline import RunningLeadline
from tests.support.ports import free_ports
from tests.support.programs import path_of
from tests.support.prometheus_server import RunningPrometheus, ready, start_prometheus
from tests.support.promql import concrete

ROOT = Path(__file__).resolve().parents[3]
FACTOR = 60.0
"""A minute of production passes in a second."""
EVERY = "1s"
PROBED = "2s"
PORTS = {"start": 43820, "end": 43890}
LOOK = 0.25


@dataclass
class Watched:
    """Leadline, who watches it, who writes to it, and where its alerts end."""

    leadline: RunningLeadline
    native: RunningPrometheus
    """What `leadline observe` started: the rules of production at their own pace."""
    prometheus: RunningPrometheus
    """The same rules and targets, with time running faster."""
    inbox: Inbox
    standin: Standin
    town: Town
    crowd: Crowd
    backstage: Backstage
    close: Callable[[], None]
    """Ends all of it before the run does: it keeps two processors busy."""

    def ask(self, query: str, *, last: float = 60.0) -> list[float]:
        """Every number that a panel's or rule's expression gave in the last seconds."""
        now = time.time()
        asked = faster(concrete(query, recent="5m", whole="6h"), FACTOR)
        got = self.prometheus.get("query_range", query=asked, start=str(now - last), end=str(now), step="2")
        values = [float(value) for series in got["result"] for _, value in series["values"]]
        return [value for value in values if value == value]  # noqa: PLR0124 - NaN is not itself

    def firing(self) -> set[str]:
        """The alerts that fire now, but for the sign of life."""
        return self._alerts("firing")

    def pending(self) -> set[str]:
        """The alerts that are about to fire."""
        return self._alerts("pending")

    def _alerts(self, *states: str) -> set[str]:
        alerts = self.prometheus.get("alerts")["alerts"]
        return {each["labels"]["alertname"] for each in alerts if each["state"] in states} - {"LeadlineWatchdog"}

    def fired_since(self, moment: float) -> set[str]:
        """The alerts that fired at some time since then, but for the sign of life."""
        query = 'ALERTS{alertstate="firing",alertname!="LeadlineWatchdog"}'
        got = self.prometheus.get("query_range", query=query, start=str(moment), end=str(time.time()), step="1")
        return {each["metric"]["alertname"] for each in got["result"]}

    def until(self, look: Callable[[], Any], within: float, otherwise: Callable[[], object] = lambda: "") -> Any:
        """Look again and again until there is something."""
        deadline = time.monotonic() + within
        while not (seen := look()):
            assert time.monotonic() < deadline, f"not within {within:.0f} s: {otherwise()}"
            time.sleep(LOOK)
        return seen


@contextmanager
def observed(leadline: RunningLeadline) -> Iterator[RunningPrometheus]:
    """Run `leadline observe` beside it."""
    port = free_ports(4, **PORTS)
    command = [sys.executable, "-m", "app.cli", "observe", "--port", str(port)]
    environment = {**os.environ, "LEADLINE_DATA_DIR": str(leadline.folder)}
    said = leadline.folder.with_name("observe.out")
    with said.open("wb") as out, subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process:
        try:
            yield ready(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def alertmanager(folder: Path, inbox: Inbox) -> Iterator[str]:
    """Run Alertmanager with the routes of production, faster, into ``inbox``; yields its address."""
    folder.mkdir()
    port = free_ports(2, **PORTS)
    routes = faster_routes(yaml.safe_load((ROOT / "prometheus" / "alertmanager.yml").read_text()), FACTOR)
    for receiver in routes["receivers"]:
        receiver["webhook_configs"] = [{"url": f"{inbox.url}/{receiver['name']}", "send_resolved": True}]
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(routes))
    command = [
        str(path_of("alertmanager")),
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield ready(f"http://127.0.0.1:{port}", process).url
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def faster_prometheus(folder: Path, leadline: RunningLeadline, alertmanager: str) -> Iterator[RunningPrometheus]:
    """A Prometheus with the targets of `leadline observe` and the rules of production, a minute in a second."""
    rules = folder / "rules"
    rules.mkdir(parents=True)
    write_faster(ROOT / "prometheus" / "rules", rules, FACTOR)
    made = yaml.safe_load((leadline.folder / "prometheus" / "prometheus.yml").read_text())
    made["global"] = {"scrape_interval": EVERY, "evaluation_interval": EVERY}
    made["rule_files"] = [f"{rules}/*.yml"]
    for job in made["scrape_configs"]:
        if "params" in job:
            job |= {"scrape_interval": PROBED, "scrape_timeout": PROBED}
    there = alertmanager.removeprefix("http://")
    made["scrape_configs"] = [
        *(job for job in made["scrape_configs"] if job["job_name"] != "alertmanager"),
        {"job_name": "alertmanager", "static_configs": [{"targets": [there]}]},
    ]
    made["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [there]}]}]}
    with start_prometheus(folder, made) as running:
        yield running
