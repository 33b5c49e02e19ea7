import asyncio
import os
import sys

import pytest

from app import processes
from app.processes import Keeper, KeepsDying, Program, Terminal

FOREVER = "import time\nprint('up', flush=True)\ntime.sleep(600)"
STUBBORN = f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{FOREVER}"
CHATTY = "print('x' * 400_000, flush=True)\nprint('after', flush=True)\nimport time\ntime.sleep(600)"


class Recorder(Terminal):
    def __init__(self):
        super().__init__()
        self.said = []
        self.heard = asyncio.Condition()

    def say(self, text):
        self.said.append(text)


@pytest.fixture
def terminal():
    return Recorder()


@pytest.fixture
def keeper_of(tmp_path, terminal):
    def make(code, **options):
        pids = []
        program = Program("child", (sys.executable, "-c", code), dict(os.environ), tmp_path, **options)
        keeper = Keeper(program, logs=tmp_path, terminal=terminal, changed=lambda name, pid: pids.append(pid))
        keeper.pids = pids
        return keeper

    return make


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def no_pauses(monkeypatch):
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.01)


async def test_what_a_child_says_is_shown_under_its_name_and_kept_in_a_file(keeper_of, terminal, tmp_path):
    keeper = keeper_of(FOREVER)
    task = asyncio.create_task(keeper.keep())
    await until(lambda: terminal.said)
    assert terminal.said == ["child     | up"]
    assert (tmp_path / "child.log").read_text() == "up\n"
    await keeper.stop()
    await task


async def test_a_crashed_child_is_started_again(keeper_of, no_pauses):
    keeper = keeper_of(FOREVER)
    task = asyncio.create_task(keeper.keep())
    await until(lambda: keeper.pids)
    keeper.kill()
    await until(lambda: len(keeper.pids) == 2)
    await keeper.stop()
    await task


async def test_a_child_that_keeps_dying_is_given_up_with_its_last_words(keeper_of, no_pauses):
    keeper = keeper_of("raise SystemExit('no such table')")
    with pytest.raises(KeepsDying, match=r"child ended with code 1 5 times in a row: no such table"):
        await keeper.keep()


async def test_a_child_that_does_not_stop_is_killed_after_its_time(keeper_of, terminal):
    keeper = keeper_of(STUBBORN, stop_seconds=0.05)
    task = asyncio.create_task(keeper.keep())
    await until(lambda: terminal.said)
    await keeper.stop()
    await task
    assert "did not stop within 0.05 s" in terminal.said[-1]


async def test_what_a_dead_child_started_is_ended_with_it(keeper_of, terminal, no_pauses):
    code = f"import subprocess, sys, time\np = subprocess.Popen([sys.executable, '-c', {FOREVER!r}])\nprint(p.pid, flush=True)\ntime.sleep(600)"  # noqa: E501
    keeper = keeper_of(code)
    task = asyncio.create_task(keeper.keep())
    await until(lambda: len(terminal.said) >= 2)
    grandchild = int(min(terminal.said, key=lambda line: line.endswith("up")).split()[-1])
    os.kill(keeper.pids[0], 9)
    await until(lambda: not _runs(grandchild))
    await keeper.stop()
    await task


async def test_an_endless_line_is_dropped_and_the_next_one_read(keeper_of, terminal):
    keeper = keeper_of(CHATTY)
    task = asyncio.create_task(keeper.keep())
    await until(lambda: any(line.endswith("after") for line in terminal.said))
    await keeper.stop()
    await task


async def test_a_full_disk_stops_no_child(keeper_of, terminal, monkeypatch):
    keeper = keeper_of(FOREVER)

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeper._log, "_open", full)
    task = asyncio.create_task(keeper.keep())
    await until(lambda: terminal.said)
    await keeper.stop()
    await task


async def test_a_child_told_to_stop_while_it_starts_ends_too(keeper_of):
    keeper = keeper_of(FOREVER)
    task = asyncio.create_task(keeper.keep())
    await asyncio.sleep(0)
    await keeper.stop()
    await task
    assert not _runs(keeper.pids[0])


async def test_a_child_that_ends_while_everything_stops_is_not_started_again(keeper_of, terminal, no_pauses):
    keeper = keeper_of(FOREVER)
    task = asyncio.create_task(keeper.keep())
    await until(lambda: terminal.said)
    keeper.start_no_more()
    assert not task.done()
    keeper.kill()
    await task
    assert len(keeper.pids) == 1
    await keeper.stop()


def test_nobody_reading_the_terminal_is_no_error(monkeypatch):
    class Closed:
        def isatty(self):
            return False

        def write(self, text):
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Closed())
    Terminal().say("hello")


def test_names_have_colours_on_a_terminal_only(monkeypatch, capsys):
    Terminal().relay("web", "plain")
    assert capsys.readouterr().out == "web       | plain\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    Terminal().relay("web", "coloured")
    assert "\033[36m" in capsys.readouterr().out


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as status:  # noqa: PTH123 - a zombie counts as ended
        return status.read().split()[2] != "Z"
