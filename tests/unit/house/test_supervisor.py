import socket

import pytest

from app import supervisor
from app.errors import Misconfigured
from app.processes import Terminal
from app.settings import load_settings
from app.supervisor import PortTaken
from tests.support.ports import free_ports

PRODUCTION = {
    "mode": "production",
    "database_url": "postgresql://leadline@db/leadline",
    "public_url": "https://leads.example.com",
    "waha_url": "http://waha:3000",
    "waha_api_key": "a-key-of-sufficient-length",
    "waha_hmac_key_agent": "one-key-of-sufficient-length",
    "waha_hmac_key_consultant": "two-key-of-sufficient-length",
}


@pytest.fixture
def production(tmp_path):
    return load_settings(**PRODUCTION, data_dir=tmp_path)


def test_free_ports_are_accepted(tmp_path):
    supervisor.check_ports(load_settings(port=free_ports(4), data_dir=tmp_path))


@pytest.mark.parametrize("offset", [0, 1, 2, 3])
def test_a_taken_port_is_named_with_the_setting_that_changes_it(tmp_path, offset):
    first = free_ports(4)
    with socket.create_server(("127.0.0.1", first + offset)), pytest.raises(PortTaken) as refusal:
        supervisor.check_ports(load_settings(port=first, data_dir=tmp_path))
    assert f"Port {first + offset} is taken" in str(refusal.value)
    assert "LEADLINE_PORT" in str(refusal.value)


def test_a_port_that_needs_more_rights_is_said_so(tmp_path, monkeypatch):
    def refuse(self, address):
        raise PermissionError

    monkeypatch.setattr("app.supervisor.socket.socket.bind", refuse)
    with pytest.raises(PortTaken, match="above 1023"):
        supervisor.check_ports(load_settings(port=80, data_dir=tmp_path))


def test_the_demo_listens_on_this_machine_alone(tmp_path):
    with pytest.raises(Misconfigured, match=r"0\.0\.0\.0"):
        supervisor.check_host(load_settings(host="0.0.0.0", data_dir=tmp_path))


def test_production_may_listen_anywhere(production):
    supervisor.check_host(production.model_copy(update={"host": "0.0.0.0"}))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:3000"),
        ("::", "http://[::1]:3000"),
        ("::1", "http://[::1]:3000"),
        ("10.0.0.5", "http://10.0.0.5:3000"),
        ("localhost", "http://localhost:3000"),
    ],
)
def test_what_runs_is_looked_for_where_it_listens(production, host, address):
    settings = production.model_copy(update={"host": host, "metrics_host": host})
    running = supervisor.running(settings, {}, "postgresql://x")
    assert running.web == address
    assert running.web_metrics == address.replace("3000", "3001/metrics")
    assert running.worker_metrics == address.replace("3000", "3002/metrics")


def test_the_demo_brings_database_and_simulator(tmp_path):
    demo = load_settings(data_dir=tmp_path)
    assert supervisor.uses_embedded(demo)
    assert {program.name for program in supervisor.background_programs(demo, {})} == {"worker", "simulator"}


def test_the_demo_with_a_gateway_of_its_own_has_no_simulator(tmp_path):
    demo = load_settings(data_dir=tmp_path, waha_url="http://127.0.0.1:3999")
    assert [program.name for program in supervisor.background_programs(demo, {})] == ["worker"]


def test_production_brings_neither_database_nor_simulator(production):
    assert not supervisor.uses_embedded(production)
    assert [program.name for program in supervisor.background_programs(production, {})] == ["worker"]


def test_production_on_one_machine_can_bring_its_database(tmp_path):
    assert supervisor.uses_embedded(load_settings(**{**PRODUCTION, "database_url": "embedded"}, data_dir=tmp_path))


def test_the_web_process_serves_the_build_and_compiles_nothing(production, tmp_path):
    program = supervisor.web_program(production, {"DATABASE_URL": "x"}, tmp_path)
    assert program.environment["REFLEX_WEB_WORKDIR"] == str(tmp_path)
    assert program.environment["__REFLEX_SKIP_COMPILE"] == "true"
    assert program.command[program.command.index("--workers") + 1] == "1"


def test_who_starts_the_demo_is_told_where_everything_is(tmp_path):
    demo = load_settings(port=3100, data_dir=tmp_path)
    text = supervisor.welcome(demo, supervisor.running(demo, {}, "postgresql://x"))
    for part in ("http://localhost:3100", "http://localhost:3103/phone", "3101/metrics", "leadline-demo", "/api/docs"):
        assert part in text


def test_production_tells_no_passwords(production):
    text = supervisor.welcome(production, supervisor.running(production, {}, "postgresql://x"))
    assert "https://leads.example.com" in text
    assert "password" not in text
    assert "phone" not in text


def test_a_wrong_setting_is_one_sentence_and_exit_code_1(monkeypatch, capsys):
    monkeypatch.setenv("LEADLINE_PORT", "many")
    assert supervisor.run() == 1
    said = capsys.readouterr().out
    assert said.startswith("leadline: LEADLINE_PORT")
    assert said.count("\n") == 1


def test_production_without_its_settings_names_them(monkeypatch, capsys):
    monkeypatch.setenv("LEADLINE_MODE", "production")
    assert supervisor.run() == 1
    assert "DATABASE_URL is not set" in capsys.readouterr().out


def test_a_folder_on_a_full_disk_is_one_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LEADLINE_PORT", str(free_ports(4)))
    monkeypatch.setattr("app.embedded.NEEDED_BYTES", 10**18)
    assert supervisor.run() == 1
    assert "is full" in capsys.readouterr().out


class Recorded:
    """A keeper that writes down what it is told."""

    def __init__(self, name, told):
        self.name, self.told = name, told

    def start_no_more(self):
        self.told.append(("start no more", self.name))

    async def stop(self):
        self.told.append(("stop", self.name))


async def test_nothing_is_started_again_once_the_stopping_begins_and_all_stop_in_order(tmp_path):
    told = []
    stopped = supervisor.Supervisor(load_settings(data_dir=tmp_path), Terminal())
    stopped._keepers = {name: Recorded(name, told) for name in ("worker", "simulator", "web")}
    await stopped._shut_down()
    assert {what for what, _ in told[:3]} == {"start no more"}
    assert told[3:] == [("stop", "web"), ("stop", "worker"), ("stop", "simulator")]
