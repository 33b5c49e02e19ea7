"""What an operator sees: start, look, stop; two at a time; crashes of each part."""

import asyncio
import os
import signal
import subprocess
import urllib.request

import psutil
import pytest

from tests.support.leadline import launch, start_leadline, stop
from tests.support.ports import free_ports

pytestmark = pytest.mark.timeout(400)


def fetch(url, headers=None):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=20) as answer:
        return answer.status, answer.read().decode()


async def until(condition, seconds=60):
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.1)


def test_everything_that_the_start_promises_answers(running_leadline):
    now = running_leadline.now
    for url in (
        f"{now.web}/healthz",
        f"{now.web}/api/docs",
        now.web_metrics,
        now.worker_metrics,
        f"{now.simulator}/phone",
    ):
        assert fetch(url)[0] == 200, url
    assert fetch(f"{now.web}/api/v1/leads", running_leadline.api_headers)[0] == 200


def test_what_is_secret_is_readable_by_the_owner_alone(running_leadline):
    for name in ("run.json", "secrets.json", "lock"):
        assert (running_leadline.folder / name).stat().st_mode & 0o077 == 0, name
    assert running_leadline.now.api_token not in running_leadline.said()


async def test_a_killed_part_comes_back(running_leadline):
    for name in ("web", "worker", "simulator"):
        before = running_leadline.kill(name)
        await until(lambda name=name, before=before: running_leadline.now.processes[name] != before)
    await until(lambda: _answers(f"{running_leadline.web}/healthz"))
    await until(lambda: _answers(running_leadline.now.worker_metrics))


async def test_a_killed_database_comes_back_and_the_rest_goes_on(running_leadline):
    web = running_leadline.now.processes["web"]
    before = running_leadline.kill("database")
    await until(lambda: running_leadline.now.processes["database"] != before)
    await until(lambda: _answers(f"{running_leadline.web}/readyz"))
    assert running_leadline.now.processes["web"] == web


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_the_page_opens_its_socket_where_it_came_from(running_leadline, browser, host):
    port = running_leadline.web.rpartition(":")[2]
    page = await browser.new_page()
    async with page.expect_websocket() as socket:
        await page.goto(f"http://{host}:{port}/sign-in")
    assert (await socket.value).url.startswith(f"ws://{host}:{port}/_event")


@pytest.mark.needs("chromium")
async def test_two_demos_run_side_by_side_and_share_the_build(running_leadline, browser, tmp_path):
    with start_leadline(tmp_path / "second", ports=free_ports(4)) as second:
        assert "Building the page" not in second.said()
        assert fetch(f"{running_leadline.web}/healthz")[0] == 200
        page = await browser.new_page()
        async with page.expect_websocket() as socket:
            await page.goto(f"{second.web}/sign-in")
        assert second.web.removeprefix("http") in (await socket.value).url


def test_ctrl_c_stops_all_of_it(tmp_path):
    with start_leadline(tmp_path / "data") as leadline:
        processes = [psutil.Process(pid) for pid in leadline.now.processes.values()]
        leadline.process.send_signal(signal.SIGINT)
        assert leadline.process.wait(70) == 0
    _, alive = psutil.wait_procs(processes, timeout=1)
    assert alive == []
    assert leadline.said().rstrip().endswith("leadline: stopped")
    assert "killed" not in leadline.said()
    assert not (leadline.folder / "run.json").exists()


def test_a_killed_start_leaves_nothing_behind_that_keeps_the_next_one(tmp_path):
    ports = free_ports(4)
    with start_leadline(tmp_path / "data", ports=ports) as leadline:
        processes = [psutil.Process(pid) for pid in leadline.now.processes.values()]
        leadline.process.kill()
        leadline.process.wait()
        psutil.wait_procs(processes, timeout=40)
    with start_leadline(tmp_path / "data", ports=ports) as again:
        assert fetch(f"{again.web}/readyz")[0] == 200


def test_a_second_start_in_the_same_folder_is_refused(running_leadline, tmp_path):
    said = tmp_path / "said"
    second = launch(running_leadline.folder, said, LEADLINE_PORT=str(free_ports(4)))
    assert second.wait(60) == 1
    assert said.read_text().startswith(f"leadline: Another Leadline runs in {running_leadline.folder}")


def test_a_start_on_taken_ports_is_refused(running_leadline, tmp_path):
    said = tmp_path / "said"
    port = running_leadline.web.rpartition(":")[2]
    assert launch(tmp_path / "data", said, LEADLINE_PORT=port).wait(60) == 1
    assert said.read_text().startswith(f"leadline: Port {port} is taken")


def test_a_start_that_is_stopped_at_once_stops(tmp_path):
    process = launch(tmp_path / "data", tmp_path / "said", LEADLINE_PORT=str(free_ports(4)))
    while "starting" not in (tmp_path / "said").read_text():
        os.sched_yield()
    assert stop(process) == 0
    assert subprocess.run(["pgrep", "-f", str(tmp_path)], check=False).returncode == 1


def _answers(url):
    try:
        return fetch(url)[0] == 200
    except OSError:
        return False
