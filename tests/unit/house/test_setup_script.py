"""scripts/setup.py: the environment is made once for each state of the lock, in one place at a time."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def setup():
    spec = importlib.util.spec_from_file_location("leadline_setup", ROOT / "scripts" / "setup.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clone(tmp_path):
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text("six==1.17.0\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def commands(setup, monkeypatch):
    """The commands that the script would have run."""
    ran = []
    monkeypatch.setattr(setup, "_run", ran.append)
    monkeypatch.setattr(setup, "_works", lambda command: True)
    monkeypatch.setattr(setup.shutil, "which", lambda name: "/bin/uv")
    return ran


def test_the_second_time_nothing_is_done(setup, clone, commands):
    setup.ensure(clone, "runtime")
    assert [command[1:3] for command in commands] == [["pip", "install"]]
    commands.clear()
    setup.ensure(clone, "runtime")
    assert commands == []


def test_packages_are_installed_by_their_hashes(setup, clone, commands):
    setup.ensure(clone, "dev")
    assert "--require-hashes" in commands[-1]
    assert commands[-1][-1] == str(clone / "requirements-dev.txt")


def test_a_changed_lock_is_installed_again(setup, clone, commands):
    setup.ensure(clone, "runtime")
    (clone / "requirements.txt").write_text("six==1.18.0\n")
    commands.clear()
    setup.ensure(clone, "runtime")
    assert commands


def test_what_development_needs_contains_what_running_needs(setup, clone, commands):
    setup.ensure(clone, "dev")
    assert setup.is_ready(clone, "runtime")


def test_running_does_not_count_as_ready_for_development(setup, clone, commands):
    setup.ensure(clone, "runtime")
    assert not setup.is_ready(clone, "dev")


def test_a_moved_clone_is_set_up_anew(setup, clone, commands, tmp_path):
    setup.ensure(clone, "runtime")
    moved = clone.rename(tmp_path.with_name("moved"))
    assert not setup.is_ready(moved, "runtime")


def test_a_broken_environment_is_made_again(setup, clone, commands, monkeypatch):
    monkeypatch.setattr(setup, "_works", lambda command: "-c" not in command)
    setup.ensure(clone, "runtime")
    assert commands[0][1] == "venv"


def test_an_index_configured_for_pip_counts_for_uv(setup, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    assert setup._environment()["UV_DEFAULT_INDEX"] == "https://packages.example/simple"


def test_without_uv_pip_and_venv_it_says_what_to_install(setup, clone, monkeypatch):
    monkeypatch.setattr(setup, "_works", lambda command: False)
    with pytest.raises(setup.SetupFailed, match=r"apt-get install python3\.\d+-venv"):
        setup.ensure(clone, "runtime")


def test_a_failed_installation_leaves_no_stamp(setup, clone, commands, monkeypatch):
    def fail(command):
        raise setup.SetupFailed("no network")

    monkeypatch.setattr(setup, "_run", fail)
    with pytest.raises(setup.SetupFailed):
        setup.ensure(clone, "runtime")
    assert not setup.is_ready(clone, "runtime")


def test_a_failing_command_is_tried_twice_and_then_named(setup):
    with pytest.raises(setup.SetupFailed, match="exit code 3"):
        setup._run([sys.executable, "-c", "raise SystemExit(3)"])


def test_the_project_becomes_importable_and_leadline_a_command(setup, clone, commands):
    setup.ensure(clone, "runtime")
    assert (clone / ".venv/lib/python3.11/site-packages/leadline.pth").read_text().strip() == str(clone)
    assert (clone / ".venv/bin/leadline").stat().st_mode & 0o111


def test_an_old_python_is_refused_with_a_sentence(tmp_path):
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    found = subprocess.run(
        ["/bin/sh", ROOT / "scripts" / "find-python", "run"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert "Python 3.11 or newer" in found.stderr
