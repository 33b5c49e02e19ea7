"""How the simulator and the simulation are started."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from app.installation import RUN_FILE
from app.simulator import __main__ as program
from app.simulator import simulate as command
from app.simulator.clients import PartMissing
from app.simulator.drive import SimulateOptions
from app.simulator.measure import assess

RUNNING = {
    "pid": 1,
    "database_url": "",
    "web": "http://127.0.0.1:3000",
    "web_metrics": "",
    "worker_metrics": "",
    "simulator": "http://127.0.0.1:3003",
    "api_token": "api",
    "simulator_token": "sim",
}


def test_secrets_may_come_by_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, variable in program.SECRETS.items():
        monkeypatch.setenv(variable, f"hush {name}")
    options, host, port = program.options_from(["--data-dir", str(tmp_path), "--port", "43101", "--auto-pair"])
    assert (options.token, options.api_key) == ("hush token", "hush api_key")
    assert options.hmac_keys == {"agent": "hush hmac_agent", "consultant": "hush hmac_consultant"}
    assert (host, port, options.public_url) == ("127.0.0.1", 43101, "http://127.0.0.1:43101")
    assert options.auto_pair
    assert "hush" not in repr(options)


def test_a_missing_secret_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        program.options_from(["--data-dir", str(tmp_path), "--token", "t"])
    assert "WAHA_API_KEY" in capsys.readouterr().err


def test_a_port_that_is_taken_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def taken(*_anything: object) -> None:
        raise OSError("Address already in use")

    monkeypatch.setattr(program, "run", taken)
    arguments = ["simulator", "--data-dir", str(tmp_path), "--token", "t", "--api-key", "k"]
    monkeypatch.setattr("sys.argv", arguments)
    assert program.main() == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_page_links_to_the_board(tmp_path: Path):
    plain = ["--data-dir", str(tmp_path), "--token", "t", "--api-key", "k", "--webhook-base", "http://web"]
    assert program.options_from(plain)[0].board() == "http://web"
    assert program.options_from([*plain, "--board-url", "http://board"])[0].board() == "http://board"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(tmp_path))
    return tmp_path


def announce(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    from app.installation import Running

    running = Running(**(RUNNING | changes))  # pyright: ignore[reportArgumentType]
    (folder / RUN_FILE).write_text(json.dumps(asdict(running)))
    monkeypatch.setattr(command, "running_in", lambda _folder: running)


def test_the_simulation_plays_against_what_runs_in_the_data_folder(folder: Path, monkeypatch: pytest.MonkeyPatch):
    announce(folder, monkeypatch, quiet_seconds=1.5)
    monkeypatch.setenv("LEADLINE_QUIET_SECONDS", "9")
    options, as_json = command.options_from(["--leads", "5", "--per-hour", "3600", "--seed", "9", "--json"])
    assert as_json
    assert (options.leads, options.per_hour, options.seed) == (5, 3600.0, 9)
    assert (options.web, options.simulator) == ("http://127.0.0.1:3000", "http://127.0.0.1:3003")
    assert (options.quiet_seconds, options.abandon_after_seconds) == (1.5, 20.0), "of what runs, not of this shell"


def test_without_a_simulator_there_is_nobody_to_play(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    announce(folder, monkeypatch, simulator="")
    assert command.main([]) == 1
    said = capsys.readouterr().err
    assert said.startswith("leadline: ")
    assert "without the WhatsApp simulator" in said


def test_where_nothing_runs_one_sentence_says_so(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert command.main([]) == 1
    assert "make run" in capsys.readouterr().err


@pytest.mark.parametrize("wish", [["--leads", "0"], ["--per-hour", "0"]])
def test_a_simulation_of_nobody_is_refused(folder: Path, wish: list[str]):
    with pytest.raises(SystemExit):
        command.options_from(wish)


@pytest.mark.parametrize(("arguments", "first"), [(["--json"], "{"), ([], "l")])
def test_the_figures_are_printed_as_table_or_as_json(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    first: str,
):
    announce(folder, monkeypatch)

    async def played(_options: SimulateOptions, say: object) -> object:
        return assess([], [], {}, {}, [], quiet_seconds=3.0, abandon_after_seconds=20.0, pacing="off")

    monkeypatch.setattr(command, "simulate", played)
    assert command.main(arguments) == 0
    assert capsys.readouterr().out.startswith(first)


def test_a_part_that_does_not_answer_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    announce(folder, monkeypatch)

    async def broken(_options: SimulateOptions, say: object) -> object:
        raise PartMissing("http://127.0.0.1:3003 cannot be reached")

    monkeypatch.setattr(command, "simulate", broken)
    assert command.main([]) == 1
    assert capsys.readouterr().err == "leadline: http://127.0.0.1:3003 cannot be reached\n"


def test_a_run_has_a_longest_time():
    options = SimulateOptions("http://web", "http://sim", "a", "b", leads=847, per_hour=847.0)
    assert 3600 < options.longest_seconds() < 4000
    human = SimulateOptions("http://web", "http://sim", "a", "b", human_pace=True)
    assert human.longest_seconds() > 7200
