import json

import pytest

from app import frontend
from app.frontend import PageNotBuilt


@pytest.fixture
def sources(tmp_path, monkeypatch):
    for name, text in {
        "rxconfig.py": "config = 1",
        "requirements.txt": "reflex==0.10.1",
        "app/board/page.py": "page = 1",
        "app/worker.py": "worker = 1",
        "app/simulator/server.py": "server = 1",
        "assets/ui.css": "a {}",
        "reflex.lock/bun.lock": "{}",
        "reflex.lock/package.json": '{\n "name": "reflex"\n}',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(frontend, "ROOT", tmp_path)
    monkeypatch.setattr(frontend, "SHELF", tmp_path / ".cache" / "page")
    monkeypatch.setattr(frontend, "WORKSHOP", tmp_path / ".web")
    return tmp_path


@pytest.fixture
def builds(sources, monkeypatch):
    """The number of builds so far; each writes what a real one would."""
    made = []

    def build(command, **options):
        made.append(command)
        client = sources / ".web" / "build" / "client"
        client.mkdir(parents=True, exist_ok=True)
        (client / "index.html").write_text(f"build {len(made)}")
        (sources / "reflex.lock" / "package.json").write_text('{"name": "reflex"}')
        return type("Done", (), {"returncode": 0})

    monkeypatch.setattr(frontend.subprocess, "run", build)
    return made


def silent(text):
    """Nobody listens."""


def test_the_same_sources_are_built_once(builds):
    first = frontend.ensure_built(silent)
    assert frontend.ensure_built(silent) == first
    assert len(builds) == 1
    assert (first / "build" / "client" / "index.html").read_text() == "build 1"


@pytest.mark.parametrize("changed", ["app/board/page.py", "assets/ui.css", "rxconfig.py", "reflex.lock/bun.lock"])
def test_changed_sources_are_built_again_and_the_old_build_stays(builds, sources, changed):
    first = frontend.ensure_built(silent)
    (sources / changed).write_text("other")
    second = frontend.ensure_built(silent)
    assert second != first
    assert (first / "build" / "client" / "index.html").exists()


@pytest.mark.parametrize("changed", ["app/worker.py", "app/simulator/server.py"])
def test_what_the_page_never_imports_needs_no_new_page(builds, sources, changed):
    before = frontend.fingerprint()
    (sources / changed).write_text("other")
    assert frontend.fingerprint() == before


def test_a_start_leaves_the_committed_lock_as_it_was(builds, sources):
    before = (sources / "reflex.lock" / "package.json").read_bytes()
    frontend.ensure_built(silent)
    assert (sources / "reflex.lock" / "package.json").read_bytes() == before


def test_a_lock_that_really_changed_is_kept(builds, sources, monkeypatch):
    path = sources / "reflex.lock" / "package.json"
    build = frontend.subprocess.run

    def update(command, **options):
        done = build(command, **options)
        path.write_text(json.dumps({"name": "reflex", "dependencies": {"a": "1"}}))
        return done

    monkeypatch.setattr(frontend.subprocess, "run", update)
    frontend.ensure_built(silent)
    assert "dependencies" in path.read_text()


def test_only_the_newest_builds_are_kept(builds, sources):
    for number in range(frontend.KEPT_BUILDS + 2):
        (sources / "assets" / "ui.css").write_text(f"a {{ order: {number} }}")
        frontend.ensure_built(silent)
    assert len([path for path in frontend.SHELF.iterdir() if path.is_dir()]) == frontend.KEPT_BUILDS


def test_a_failed_build_is_tried_once_more_and_then_explained(sources, monkeypatch):
    tries = []

    def fail(command, stdout, **options):
        tries.append(command)
        stdout.write(b"Compiling\nerror: no registry\n")
        return type("Done", (), {"returncode": 1})

    monkeypatch.setattr(frontend.subprocess, "run", fail)
    with pytest.raises(PageNotBuilt, match="no registry"):
        frontend.ensure_built(silent)
    assert len(tries) == 2


def test_a_full_disk_is_named(sources, monkeypatch):
    def fail(command, stdout, **options):
        stdout.write(b"ENOSPC: no space left on device\n")
        return type("Done", (), {"returncode": 1})

    monkeypatch.setattr(frontend.subprocess, "run", fail)
    with pytest.raises(PageNotBuilt, match="the disk is full"):
        frontend.ensure_built(silent)


def test_a_missing_bun_is_named(sources, monkeypatch):
    monkeypatch.setattr(frontend.shutil, "which", lambda name, path: None)
    with pytest.raises(PageNotBuilt, match="make setup"):
        frontend.ensure_built(silent)


def test_a_build_without_a_page_is_refused(sources, monkeypatch):
    monkeypatch.setattr(frontend.subprocess, "run", lambda *args, **options: type("Done", (), {"returncode": 0}))
    with pytest.raises(PageNotBuilt, match=r"index\.html"):
        frontend.ensure_built(silent)


def test_settings_of_the_operator_have_no_say_in_the_build(monkeypatch):
    monkeypatch.setenv("LEADLINE_MODE", "production")
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    environment = frontend._build_environment()
    assert "LEADLINE_MODE" not in environment
    assert "DATABASE_URL" not in environment
