"""``leadline observe``: Prometheus with the rules of production beside the Leadline that runs here, without containers.

It reads the metrics ports of the running Leadline, makes the probes that two exporters make elsewhere, and keeps its
data in the data folder. Where there is an Alertmanager, it runs with the routes and inhibitions of production: its page
shows what would be told to whom, and nobody is told.
"""

from __future__ import annotations

import argparse
import http.client
import shutil
import signal
import subprocess
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import typer
import yaml

from app.errors import LeadlineError
from app.installation import Running, running_in
from app.settings import load_settings
from metrics import exposition, probes

RULES = Path(__file__).resolve().parent.parent / "prometheus" / "rules"
PORT = 9090
ALERTMANAGER = ("alertmanager", "prometheus-alertmanager")
ALERTMANAGER_AFTER = 3
"""Its port after that of Prometheus: 9090 and 9093, as everywhere."""
PATIENCE_SECONDS = 5.0
# Each probe: the path, and the answer that shows that all is well.
PROBES = {
    "readyz": ("/readyz", HTTPStatus.OK),
    "login_page": ("/sign-in/", HTTPStatus.OK),
    "webhook": ("/webhooks/waha/agent", HTTPStatus.METHOD_NOT_ALLOWED),
}


class NoPrometheus(LeadlineError):
    """There is no `prometheus` on this machine; on Debian: apt-get install prometheus"""


class NoRules(LeadlineError):
    """The rules of Prometheus are not beside the program; run this from a clone of the repository."""


def main(arguments: Sequence[str]) -> int:
    """Run Prometheus until Ctrl-C or SIGTERM; its exit code, 0 when it was asked to stop."""
    parser = argparse.ArgumentParser(
        prog="leadline observe", description="Prometheus beside the Leadline that runs here."
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"port of its pages on the loopback ({PORT})")
    port = parser.parse_args(arguments).port
    folder = load_settings().data_dir
    running, binary = running_in(folder), shutil.which("prometheus")
    if binary is None:
        raise NoPrometheus
    if not RULES.is_dir():
        raise NoRules
    for name, (path, expected) in PROBES.items():
        probes.watch(name, partial(answers, running.web, path, expected))
    probes.watch_database(partial(database_answers, running.database_url))
    served = exposition.start(0)
    alerts = f"127.0.0.1:{port + ALERTMANAGER_AFTER}" if _alertmanager() else ""
    try:
        home = _prepare(folder, configuration(running, served.url, alerts))
        commands = [[binary, *_options(home, port)]]
        if alerts:
            commands.append([_alertmanager(), *_options_of_alertmanager(home, alerts)])
        return _run(commands, f"http://127.0.0.1:{port}", f"http://{alerts}" if alerts else "")
    finally:
        served.stop()


def configuration(running: Running, probes_url: str, alerts: str = "") -> dict[str, Any]:
    """What Prometheus is told: the same jobs and labels as in production, on the addresses of this machine.

    ``alerts`` is where Alertmanager listens; empty: there is none.
    """
    targets = {"web": running.web_metrics, "worker": running.worker_metrics}
    processes = [_target(url, process=name) for name, url in targets.items() if url]
    made: dict[str, Any] = {
        "global": {"scrape_interval": "5s", "evaluation_interval": "15s"},
        "rule_files": [str(RULES / "*.yml")],
        "scrape_configs": [
            {"job_name": "leadline", "static_configs": processes},
            # One exposition, asked for what two exporters show elsewhere.
            _probed("leadline-blackbox", "probe_success", probes_url),
            _probed("postgres", "pg_up", probes_url),
        ],
    }
    if alerts:
        made["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [alerts]}]}]}
        made["scrape_configs"].append({"job_name": "alertmanager", "static_configs": [{"targets": [alerts]}]})
    return made


def routes() -> dict[str, Any]:
    """The routes and inhibitions of production, with receivers that tell nobody."""
    made = yaml.safe_load((RULES.parent / "alertmanager.yml").read_text())
    made["receivers"] = [{"name": receiver["name"]} for receiver in made["receivers"]]
    return made


def answers(base: str, path: str, expected: int) -> bool:
    """Whether a GET is answered with ``expected`` within five seconds."""
    address = urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == expected
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def database_answers(url: str) -> bool:
    """Whether PostgreSQL takes a connection and answers within five seconds."""
    try:
        with psycopg.connect(url, connect_timeout=int(PATIENCE_SECONDS), application_name="leadline-observe") as asked:
            return asked.execute("select 1").fetchone() == (1,)
    except psycopg.Error:
        return False


def _probed(job: str, metric: str, url: str) -> dict[str, Any]:
    return {
        "job_name": job,
        "scrape_timeout": "5s",
        "params": {"name[]": [metric]},
        "static_configs": [_target(url, instance="probes")],
    }


def _target(url: str, **labels: str) -> dict[str, Any]:
    return {"targets": [urlsplit(url).netloc], "labels": labels}


def _alertmanager() -> str:
    return next((found for name in ALERTMANAGER if (found := shutil.which(name))), "")


def _prepare(folder: Path, told: dict[str, Any]) -> Path:
    home = folder / "prometheus"
    home.mkdir(exist_ok=True, mode=0o700)
    (home / "prometheus.yml").write_text(yaml.safe_dump(told, sort_keys=False))
    (home / "alertmanager.yml").write_text(yaml.safe_dump(routes(), sort_keys=False))
    return home


def _options(home: Path, port: int) -> list[str]:
    return [
        f"--config.file={home / 'prometheus.yml'}",
        f"--storage.tsdb.path={home / 'data'}",
        "--storage.tsdb.retention.time=30d",
        "--enable-feature=exemplar-storage",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]


def _options_of_alertmanager(home: Path, listens: str) -> list[str]:
    return [
        f"--config.file={home / 'alertmanager.yml'}",
        f"--storage.path={home / 'alertmanager'}",
        f"--web.listen-address={listens}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]


def _run(commands: Sequence[list[str]], prometheus: str, alertmanager: str) -> int:
    """Run them until the first ends or somebody asks to stop; Prometheus's exit code, 0 when asked."""
    running = [subprocess.Popen(command) for command in commands]  # noqa: S603 - programs of the path, options of ours
    asked: list[int] = []

    def stop(number: int, _frame: object) -> None:
        asked.append(number)
        running[0].terminate()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    typer.echo(f"Prometheus runs at {prometheus} (alerts: /alerts). Ctrl-C stops it.")
    if alertmanager:
        typer.echo(f"Alertmanager runs at {alertmanager}: what would be told to whom.")
    try:
        code = running[0].wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for process in running[1:]:
            process.terminate()
            process.wait()
    return 0 if asked else code
