import json
import os
import stat
import subprocess
import sys

import pytest

from app import installation
from app.installation import AlreadyRunning, FolderUnusable, NotRunning, Running


def running(**changes):
    values = {"pid": os.getpid(), "database_url": "postgresql://x", "web": "http://127.0.0.1:1"}
    return Running(**{**values, "web_metrics": "", "worker_metrics": "", **changes})


def test_only_one_leadline_runs_in_a_folder(tmp_path):
    with (
        installation.alone_in(tmp_path),
        pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"),
        installation.alone_in(tmp_path),
    ):
        pass


def test_a_killed_leadline_leaves_no_lock(tmp_path):
    code = f"import os; from pathlib import Path; from app.installation import alone_in\nwith alone_in(Path({str(tmp_path)!r})): os.kill(os.getpid(), 9)"  # noqa: E501
    subprocess.run([sys.executable, "-c", code], check=False)
    with installation.alone_in(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable, match="file/data"), installation.alone_in(tmp_path / "file" / "data"):
        pass


def test_each_installation_has_secrets_of_its_own(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = installation.demo_secrets(tmp_path / "a"), installation.demo_secrets(tmp_path / "b")
    assert not set(first.values()) & set(second.values())
    assert all(len(value) >= 32 for value in first.values())


def test_secrets_are_kept_and_readable_by_the_owner_alone(tmp_path):
    first = installation.demo_secrets(tmp_path)
    assert installation.demo_secrets(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_damaged_secrets_file_is_made_anew(tmp_path):
    (tmp_path / "secrets.json").write_text('{"WAHA_API')
    assert installation.demo_secrets(tmp_path)["WAHA_API_KEY"]


def test_what_runs_can_be_looked_up_by_the_owner_alone(tmp_path):
    installation.announce(tmp_path, running(processes={"web": 7}))
    assert installation.running_in(tmp_path).processes == {"web": 7}
    assert stat.S_IMODE((tmp_path / "run.json").stat().st_mode) == 0o600


def test_the_file_of_a_killed_leadline_does_not_count(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    installation.announce(tmp_path, running(pid=dead.pid))
    with pytest.raises(NotRunning, match="make run"):
        installation.running_in(tmp_path)


@pytest.mark.parametrize("content", [None, "", "[]", json.dumps({"pid": 1})])
def test_without_a_proper_file_nothing_runs(tmp_path, content):
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(NotRunning):
        installation.running_in(tmp_path)


def test_a_stopped_leadline_withdraws_its_file(tmp_path):
    installation.announce(tmp_path, running())
    installation.withdraw(tmp_path)
    assert not (tmp_path / "run.json").exists()


def test_secrets_do_not_show_in_a_printed_object():
    assert "hidden" not in repr(running(api_token="hidden", database_url="hidden", simulator_token="hidden"))
