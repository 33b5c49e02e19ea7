"""The schema's way to its newest form: Alembic, one migrating process at a time.

``leadline run`` and ``leadline migrate`` upgrade; web and worker only wait until somebody has.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from alembic import command
from app.database import async_url, connecting
from app.errors import LeadlineError

ROOT = Path(__file__).resolve().parent.parent
MIGRATION_LOCK = 0x1EAD11E
WAIT_SECONDS = 60.0
seen_current: set[str] = set()
"""Databases that this process has seen at the newest schema; they stay so for its life."""
POLL_SECONDS = 0.25


class DatabaseUnreachable(LeadlineError):
    """The database cannot be reached; is DATABASE_URL right, and does PostgreSQL run?"""


class NotMigrated(LeadlineError):
    """The database is not at the schema of this version; run: leadline migrate"""


def upgrade(database_url: str) -> list[str]:
    """Bring the database to the newest schema and return the revisions that this took.

    Whoever comes second waits for the first, and then finds nothing to do.
    """
    with _connected(database_url) as connection, _alone(connection):
        missing = _missing(connection)
        if missing:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        return missing


def pending(database_url: str) -> list[str]:
    """The revisions that the database still lacks, oldest first."""
    with _connected(database_url) as connection:
        return _missing(connection)


def wait_until_current(database_url: str, *, seconds: float = WAIT_SECONDS) -> None:
    """Return when the schema is the newest; raises NotMigrated or DatabaseUnreachable after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if not pending(database_url):
                seen_current.add(database_url)
                return
            problem: LeadlineError = NotMigrated()
        except DatabaseUnreachable as error:
            problem = error
        if time.monotonic() >= deadline:
            raise problem
        time.sleep(POLL_SECONDS)


def _config() -> Config:
    return Config(ROOT / "alembic.ini")


def _missing(connection: sa.Connection) -> list[str]:
    scripts = ScriptDirectory.from_config(_config())
    known = set(MigrationContext.configure(connection).get_current_heads())
    connection.rollback()
    every = [script.revision for script in scripts.walk_revisions()]
    if unknown := known - set(every):
        raise NotMigrated(f"The database is newer than this version of Leadline (revision {min(unknown)}).")
    done = scripts.iterate_revisions(tuple(known), "base") if known else ()
    applied = {script.revision for script in done}
    return [revision for revision in reversed(every) if revision not in applied]


@contextmanager
def _connected(database_url: str) -> Iterator[sa.Connection]:
    connect_args = connecting(database_url, "leadline-migrate")
    engine = sa.create_engine(async_url(database_url), poolclass=sa.NullPool, connect_args=connect_args)
    try:
        connection = engine.connect()
    except OperationalError as error:
        raise DatabaseUnreachable from error
    try:
        with connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _alone(connection: sa.Connection) -> Iterator[None]:
    # The lock belongs to the session, so it outlives the commits of the migrations and a crash frees it.
    connection.execute(sa.text("select pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(sa.text("select pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
