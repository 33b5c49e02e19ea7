import threading
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from alembic import command
from app.database import async_url
from app.migrations import DatabaseUnreachable, NotMigrated, pending, upgrade, wait_until_current
from app.schema import METADATA


@pytest.fixture
def empty_url(postgres):
    postgres.create("empty")
    yield postgres.url("empty")
    postgres.drop("empty")


def of_procrastinate(name, kind, _parents):
    return not (kind == "table" and (name or "").startswith("procrastinate"))


def test_the_migrations_make_exactly_what_the_models_say(database_url):
    engine = sa.create_engine(async_url(database_url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        options = {"include_name": of_procrastinate, "compare_type": True, "compare_server_default": False}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_every_migration_is_pending_on_an_empty_database_and_none_afterwards(empty_url):
    missing = pending(empty_url)
    assert len(missing) >= 2
    assert upgrade(empty_url) == missing
    assert pending(empty_url) == []


def test_two_that_migrate_at_the_same_time_do_it_once(empty_url):
    done = []
    threads = [threading.Thread(target=lambda: done.append(upgrade(empty_url))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, done)) == [False, True]


def test_a_database_from_a_newer_version_is_refused(database_url):
    with psycopg.connect(database_url) as connection:
        connection.execute("update alembic_version set version_num = 'from_the_future'")
    with pytest.raises(NotMigrated, match="newer than this version"):
        upgrade(database_url)


def test_who_waits_for_the_schema_goes_on_when_it_is_there(empty_url):
    waiter = threading.Thread(target=wait_until_current, args=(empty_url,))
    waiter.start()
    upgrade(empty_url)
    waiter.join(20)
    assert not waiter.is_alive()


def test_who_waits_in_vain_is_told_to_migrate(empty_url):
    with pytest.raises(NotMigrated, match="leadline migrate"):
        wait_until_current(empty_url, seconds=0)


def test_a_database_that_does_not_answer_is_said_so(tmp_path):
    with pytest.raises(DatabaseUnreachable, match="DATABASE_URL"):
        wait_until_current(f"postgresql://postgres@/leadline?host={tmp_path}", seconds=0)


def test_what_was_counted_of_an_interview_that_had_ended_is_known_after_the_upgrade(empty_url):
    engine = sa.create_engine(async_url(empty_url), poolclass=sa.NullPool)
    config = Config(Path(__file__).resolve().parents[3] / "alembic.ini")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0009")
        connection.execute(
            sa.text("insert into lead (id, source) overriding system value values (1, 'api'), (2, 'api')")
        )
        connection.execute(
            sa.text("""
            insert into qualification (lead_id, playbook, playbook_version, status, started_at, facts, progress)
            values (1, 'school', 1, 'abandoned', now(), '{}', '{}'), (2, 'school', 1, 'active', now(), '{}', '{}')
            """)
        )
        connection.execute(
            sa.text("""
            insert into ledger (kind, labels, lead_id, amount)
            select kind, '{"engagement": "medium"}', 1, amount
              from (values ('facts_expected', 7), ('facts_collected', 3)) as counted (kind, amount)
            """)
        )
        connection.commit()
        upgrade(empty_url)
        rows = connection.execute(sa.text("select counted from qualification order by lead_id")).scalars().all()
    engine.dispose()
    assert rows == [{"engagement": "medium", "expected": 7, "collected": 3}, None]
