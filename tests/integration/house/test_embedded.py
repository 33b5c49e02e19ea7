import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from app import embedded
from app.embedded import DatabaseNotStarted, EmbeddedPostgres

OWNER = """
import sys
from pathlib import Path
from app.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
server.start()
print(server.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "pg"


def fast(folder, **options):
    return EmbeddedPostgres(folder, durable=False, **options)


def write(url, value):
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists note (text text)")
        connection.execute("insert into note values (%s)", [value])


def read(url):
    with psycopg.connect(url) as connection:
        return [text for (text,) in connection.execute("select text from note order by text")]


def test_what_was_stored_is_there_after_a_restart(folder):
    with fast(folder) as server:
        write(server.url(), "kept")
    with fast(folder) as server:
        assert read(server.url()) == ["kept"]


def test_what_was_committed_survives_a_killed_server(folder):
    with EmbeddedPostgres(folder) as server:
        write(server.url(), "committed")
        url = server.url()
        os.kill(server.pid, signal.SIGKILL)
        server._server.wait()
        assert server.pid is None
        server.restart()
        assert server.url() == url
        assert read(url) == ["committed"]


def test_a_killed_owner_takes_its_server_along(folder):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with owner:
        pid = int(owner.stdout.readline())
        owner.kill()
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=20)
    with fast(folder) as server:
        write(server.url(), "works")
    assert [path.name for path in folder.parent.glob("pg-socket-*")] == []


def test_a_server_that_a_killed_owner_left_behind_is_taken_down_first(folder, monkeypatch):
    monkeypatch.setattr(embedded, "die_with_parent", lambda sign: None)
    left = fast(folder)
    write(left.start(), "of the first")
    with fast(folder) as server:
        assert read(server.url()) == ["of the first"]
        assert left._server.wait(5) == 0
    left.stop()


def test_a_pid_file_that_names_somebody_else_is_stale(folder):
    with fast(folder) as server:
        pid_file = (folder / "postmaster.pid").read_text()
        assert embedded._leftover(folder).pid == server.pid
    (folder / "postmaster.pid").write_text(pid_file.replace(pid_file.split()[0], str(os.getpid()), 1))
    assert embedded._leftover(folder) is None
    (folder / "postmaster.pid").unlink()


def test_an_interrupted_first_start_is_begun_anew(folder):
    (folder / "base").mkdir(parents=True)
    (folder / "postgresql.conf").write_text("half")
    with fast(folder) as server:
        write(server.url(), "works")


def test_a_folder_with_a_path_too_long_for_a_socket_works(tmp_path):
    deep = tmp_path / ("long" * 20) / "pg"
    with fast(deep) as server:
        write(server.url(), "works")
        assert len(server.url()) < 200


def test_only_the_owner_may_connect(folder):
    with fast(folder) as server:
        socket_folder = next(folder.parent.glob("pg-socket-*"), None) or server._socket_folder
        assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)


def test_rows_and_statements_stay_out_of_the_log(folder):
    with fast(folder) as server, psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("create table lead (phone text unique)")
        connection.execute("insert into lead values ('+15550100')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into lead values ('+15550100')")
    assert "15550100" not in folder.with_name("pg.log").read_text()


def test_a_full_disk_is_refused_before_anything_breaks(folder, monkeypatch):
    monkeypatch.setattr(embedded, "NEEDED_BYTES", 10**18)
    with pytest.raises(DatabaseNotStarted, match="is full"):
        fast(folder).start()


def test_a_disk_that_fills_up_while_starting_is_named(folder, monkeypatch):
    def fill(self):
        raise OSError(28, "No space left on device", str(folder))

    monkeypatch.setattr(EmbeddedPostgres, "_launch", fill)
    with pytest.raises(DatabaseNotStarted, match="No space left on device"):
        fast(folder).start()


def test_a_damaged_folder_is_explained_with_the_last_words_of_postgres(folder):
    with fast(folder):
        pass
    (folder / "global" / "pg_control").unlink()
    with pytest.raises(DatabaseNotStarted, match="PostgreSQL did not start"):
        fast(folder).start()


def test_a_missing_wheel_is_named(folder, monkeypatch):
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DatabaseNotStarted, match="make setup"):
        fast(folder).start()


def test_a_grown_log_is_put_aside(folder, monkeypatch):
    monkeypatch.setattr(embedded, "LARGEST_LOG", 10)
    log = folder.with_name("server.log")
    log.write_text("x" * 100)
    with fast(folder, log=log):
        pass
    assert Path(folder.with_name("server.old.log")).read_text() == "x" * 100


def test_stopping_twice_is_harmless(folder):
    server = fast(folder)
    server.start()
    server.stop()
    server.stop()
    with pytest.raises(DatabaseNotStarted):
        server.url()
