"""What a Prometheus server reads from the private port."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from metrics import (
    assignment,
    board,
    db,
    http,
    jobs,
    messages,
    qualification,
    service,
    sessions,
    turns,
    whatsapp,
)
from metrics.exposition import Exposition, PortTaken, start
from metrics.registry import exemplars_from
from tests.support.programs import path_of

STAGES = (assignment, board, db, http, jobs, messages, qualification, service, sessions, turns, whatsapp)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}
# The name stands so in the semantic conventions, which promtool does not know.
KNOWN_COMPLAINT = "db_client_connection_count"


@pytest.fixture
def served() -> Iterator[Exposition]:
    exposition = start(0)
    yield exposition
    exposition.stop()


def test_openmetrics_parses_and_carries_the_trace_as_exemplar(served: Exposition):
    exemplars_from(lambda: {"trace_id": TRACE})
    http.request("GET", "/healthz", 200, 0.003)
    exemplars_from(None)
    answer = httpx.get(served.url, headers=OPENMETRICS)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    families = list(text_string_to_metric_families(answer.text))
    assert len(families) > len(STAGES)
    exemplars = [sample.exemplar for family in families for sample in family.samples if sample.exemplar]
    assert TRACE in {exemplar.labels["trace_id"] for exemplar in exemplars}


def test_an_old_scraper_gets_the_plain_text_format(served: Exposition):
    answer = httpx.get(served.url)
    assert answer.headers["content-type"].startswith("text/plain")
    assert "# TYPE leadline_webhooks_total counter" in answer.text
    assert "_created" not in answer.text


def test_the_process_itself_is_measured(served: Exposition):
    assert "process_resident_memory_bytes" in httpx.get(served.url).text


@pytest.mark.needs("promtool")
def test_promtool_finds_nothing_wrong(served: Exposition):
    text = httpx.get(served.url).text
    done = subprocess.run(
        [str(path_of("promtool")), "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = (done.stdout + done.stderr).splitlines()
    assert [line for line in complaints if KNOWN_COMPLAINT not in line] == []


def test_a_taken_port_is_said_in_one_sentence(served: Exposition):
    port = httpx.URL(served.url).port
    assert port is not None
    with pytest.raises(PortTaken, match=rf"metrics cannot be served on 127\.0\.0\.1:{port}"):
        start(port)


def test_the_port_is_free_again_after_the_stop(served: Exposition):
    first = start(0)
    port = httpx.URL(first.url).port
    assert port is not None
    first.stop()
    start(port).stop()
