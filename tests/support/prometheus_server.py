"""A real Prometheus in a folder of the test, and figures for it to read."""

from __future__ import annotations

import itertools
import json
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from metrics.catalogue import CATALOGUE
from metrics.shape import Kind, Metric, Origin, Unit
from tests.support.ports import free_ports
from tests.support.programs import path_of

READY_SECONDS = 20.0


@dataclass(frozen=True)
class RunningPrometheus:
    """A Prometheus that answers."""

    url: str

    def get(self, path: str, **parameters: str) -> Any:
        """The data of an answer of its API; raises AssertionError with its words when it complains."""
        query = urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{query}", timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def samples(self, query: str) -> list[dict[str, Any]]:
        """What an expression is now."""
        return self.get("query", query=query)["result"]


@contextmanager
def start_prometheus(folder: Path, configuration: dict[str, Any]) -> Iterator[RunningPrometheus]:
    """Run it until the block ends; ready when the block begins."""
    folder.mkdir(exist_ok=True)
    port = free_ports(1, start=43400, end=43499)
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    command = [
        str(path_of("prometheus")),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--rules.alert.resend-delay=1s",
        "--log.level=warn",
    ]
    with (folder / "prometheus.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield ready(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()
            process.wait(20)


def ready(url: str, process: subprocess.Popen[bytes]) -> RunningPrometheus:
    """Wait until it answers."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "Prometheus ended while it started"
        try:
            with urllib.request.urlopen(f"{url}/-/ready", timeout=5):
                return RunningPrometheus(url)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("Prometheus was not ready in time")


class Exhibit:
    """Serves every metric of the catalogue with values that move, and counts who looks."""

    def __init__(self) -> None:
        self.looks = threading.Semaphore(0)
        self._began = time.monotonic()
        exhibit = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = exhibit.text(probes=self.path == "/probes").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                exhibit.looks.release()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait_for_looks(self, count: int) -> None:
        """Return when somebody has looked so often from now on."""
        for _ in range(count):
            assert self.looks.acquire(timeout=10), "Prometheus does not scrape"

    def text(self, *, probes: bool) -> str:
        """The exposition at this moment."""
        elapsed = time.monotonic() - self._began
        metrics = [metric for metric in CATALOGUE.values() if (metric.origin is Origin.PROBE) == probes]
        return "".join(line for metric in metrics for line in _lines(metric, elapsed))


def _lines(metric: Metric, elapsed: float) -> Iterator[str]:
    yield f"# TYPE {metric.name} {metric.kind}\n"
    choices = [label.values or ("one", "two") for label in metric.labels]
    for number, values in enumerate(itertools.product(*choices), 1):
        labels = [f'{name}="{value}"' for name, value in zip(metric.label_names, values, strict=True)]
        if metric.kind is Kind.HISTOGRAM:
            yield from _histogram(metric, labels, elapsed * number)
        else:
            yield f"{metric.name}{{{','.join(labels)}}} {_value(metric, number, elapsed)}\n"


def _histogram(metric: Metric, labels: list[str], seen: float) -> Iterator[str]:
    whole = int(seen * 10)
    for place, bound in enumerate([*map(float, metric.buckets), "+Inf"], 1):
        below = whole * place // (len(metric.buckets) + 1)
        yield f"{metric.name}_bucket{{{','.join([*labels, f'le={chr(34)}{bound}{chr(34)}'])}}} {below}\n"
    told = f"{{{','.join(labels)}}}"
    yield f"{metric.name}_sum{told} {whole * metric.buckets[0]}\n{metric.name}_count{told} {whole}\n"


def _value(metric: Metric, number: int, elapsed: float) -> float:
    if metric.kind is Kind.COUNTER:
        return int(elapsed * number * 10)
    if metric.unit is Unit.TIMESTAMP:
        return time.time() - 30
    if metric.unit is Unit.RATIO:
        return 1 / (number + 1)
    if metric.name.endswith(("_up", "_leader", "probe_success")):
        return 1
    return number + elapsed
