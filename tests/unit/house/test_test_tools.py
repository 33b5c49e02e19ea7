"""scripts/test-tools: what the tests drive is installed where that is possible, and named where it is not."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "test-tools"
PROGRAMS = ("chromium", "redis-server", "promtool", "amtool")


class Machine:
    """A machine with only the programs that a test puts on it."""

    def __init__(self, folder):
        self._folder = folder
        for tool in ("mktemp", "rm", "tail", "sleep"):
            (folder / tool).symlink_to(shutil.which(tool))

    def put(self, name, text="exit 0"):
        program = self._folder / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)

    def __call__(self, **environment):
        return subprocess.run(
            ["/bin/sh", SCRIPT],
            env={"PATH": str(self._folder), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_nothing_is_done_where_everything_is_installed(machine):
    for program in PROGRAMS:
        machine.put(program)
    done = machine()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_root_the_missing_ones_are_named_and_the_rest_goes_on(machine):
    machine.put("id", "echo 1000")
    machine.put("chromium")
    done = machine()
    assert done.returncode == 0
    assert "not installed: redis-server prometheus" in done.stderr


def test_in_ci_a_missing_program_is_a_failure(machine):
    machine.put("id", "echo 1000")
    assert machine(CI="true").returncode == 1


def test_root_on_debian_gets_them_installed(machine, tmp_path):
    machine.put("id", "echo 0")
    machine.put("apt-get", f'echo "$@" >> {tmp_path}/calls')
    assert machine().returncode == 0
    update, install = (tmp_path / "calls").read_text().splitlines()
    assert update.startswith("update")
    assert install.endswith("chromium redis-server prometheus prometheus-alertmanager")


def test_a_failed_installation_says_why(machine):
    machine.put("id", "echo 0")
    machine.put("apt-get", 'case "$1" in update) exit 0;; *) echo "no such package"; exit 100;; esac')
    done = machine(CI="true")
    assert done.returncode == 1
    assert "no such package" in done.stderr
