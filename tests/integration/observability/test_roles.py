"""The roles that the container of PostgreSQL makes when its volume is made: by its script, on a server of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from app import embedded
from app.embedded import EmbeddedPostgres

DEPLOY = Path(__file__).resolve().parents[3] / "deploy" / "postgres"
PASSWORDS = {
    "LEADLINE_DATABASE_PASSWORD": "it's the owner's",
    "GRAFANA_READER_PASSWORD": 'the "reader"',
    "POSTGRES_MONITOR_PASSWORD": "monitor $HOME",
}
# What the migrations leave behind, as far as it matters here.
SCHEMA = """
    create table lead (phone text);
    create schema reporting;
    create view reporting.lead_count as select count(*) as leads from lead
"""


def psql(server: EmbeddedPostgres, *command: str | Path, user: str = "postgres") -> None:
    """Run a command of the container, with psql on its path and the server behind its socket."""
    told = psycopg.conninfo.conninfo_to_dict(server.url())
    environment = {
        **PASSWORDS,
        "PATH": f"{embedded._programs()}{os.pathsep}{os.environ['PATH']}",
        "PGHOST": str(told["host"]),
        "PGUSER": user,
        "PGDATABASE": "leadline",
        "POSTGRES_USER": "postgres",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server as the image starts it before it opens its port, with the script run and a schema in it."""
    made = EmbeddedPostgres(tmp_path_factory.mktemp("roles") / "pg", durable=False)
    made.start("postgres")
    try:
        psql(made, "sh", DEPLOY / "10-roles.sh")
        with as_role(made, "leadline") as db:
            db.execute(SCHEMA)
        yield made
    finally:
        made.stop()


def as_role(server: EmbeddedPostgres, role: str, database: str = "leadline") -> psycopg.Connection:
    return psycopg.connect(server.url(database), user=role, autocommit=True)


def test_the_owner_of_the_data_is_no_superuser(server: EmbeddedPostgres):
    with as_role(server, "leadline") as db, pytest.raises(errors.InsufficientPrivilege):
        db.execute("create role another")


def test_the_reader_sees_the_views_that_it_was_given_and_writes_nothing(server: EmbeddedPostgres):
    for _ in range(2):
        psql(server, "psql", "--set", "ON_ERROR_STOP=1", "--file", DEPLOY / "reporting.sql", user="leadline")
    with as_role(server, "grafana_reader") as db:
        assert db.execute("select leads from reporting.lead_count").fetchall() == [(0,)]
        with pytest.raises(errors.InsufficientPrivilege):
            db.execute("select phone from lead")
        with pytest.raises(errors.ReadOnlySqlTransaction):
            db.execute("create table note (text text)")


def test_the_monitor_sees_how_the_server_is_and_no_lead(server: EmbeddedPostgres):
    with as_role(server, "leadline_monitor") as db:
        db.execute("select * from pg_stat_database")
        with pytest.raises(errors.InsufficientPrivilege):
            db.execute("select phone from lead")


def test_a_password_is_what_was_given_whatever_signs_it_has(server: EmbeddedPostgres):
    with as_role(server, "postgres", "postgres") as db:
        kept = dict(db.execute("select rolname, rolpassword from pg_authid where rolname <> 'postgres'").fetchall())
    for role, name in zip(("leadline", "grafana_reader", "leadline_monitor"), PASSWORDS, strict=True):
        assert is_hash_of(PASSWORDS[name], kept[role])


def is_hash_of(password: str, kept: str) -> bool:
    """As RFC 5803 describes what PostgreSQL keeps: SCRAM-SHA-256$<rounds>:<salt>$<stored key>:<server key>."""
    _, salted, keys = kept.split("$")
    rounds, salt = salted.split(":")
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    stored = hashlib.sha256(hmac.digest(key, b"Client Key", "sha256")).digest()
    return base64.b64decode(keys.split(":")[0]) == stored


def test_nobody_else_may_connect(server: EmbeddedPostgres):
    with as_role(server, "postgres", "postgres") as db:
        db.execute("create role stranger login")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        as_role(server, "stranger")
