"""A process sets its telemetry up in one call and takes it down in one."""

from __future__ import annotations

import socket

import httpx
import pytest

from app.errors import Misconfigured
from app.release import VERSION
from app.settings import load_settings
from app.telemetry import start
from tests.support.ports import free_ports

pytestmark = pytest.mark.usefixtures("logging_as_before")


@pytest.mark.parametrize(("role", "offset"), [("web", 1), ("worker", 2)])
def test_a_process_serves_its_metrics_beside_the_port_of_the_application(role, offset):
    port = free_ports(3, start=43400, end=43450)
    telemetry = start(role, load_settings(port=port, revision="abc123"))
    assert telemetry.metrics_url == f"http://127.0.0.1:{port + offset}/metrics"
    running = f'leadline_build_info{{revision="abc123",version="{VERSION}"}} 1.0'
    assert running in httpx.get(telemetry.metrics_url).text
    telemetry.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(telemetry.metrics_url)


def test_a_taken_metrics_port_is_one_clear_sentence():
    port = free_ports(3, start=43450, end=43480)
    sentence = f"metrics cannot be served on 127.0.0.1:{port + 1}"
    with socket.create_server(("127.0.0.1", port + 1)), pytest.raises(Misconfigured, match=sentence):
        start("web", load_settings(port=port))


def test_a_receiver_of_traces_without_a_scheme_is_one_clear_sentence():
    with pytest.raises(Misconfigured, match="OTEL_EXPORTER_OTLP_ENDPOINT is no address such as http://"):
        load_settings(otlp_endpoint="localhost:4318")
