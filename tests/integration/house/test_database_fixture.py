import sqlalchemy as sa

from app.database import reading, transaction
from app.migrations import pending, upgrade


async def test_what_a_transaction_commits_is_there_afterwards(database):
    async with transaction() as db:
        await db.execute(sa.text("create table note (text text)"))
        await db.execute(sa.text("insert into note values ('hello')"))
    async with reading() as db:
        assert await db.scalar(sa.text("select text from note")) == "hello"


async def test_each_test_has_an_empty_database_of_its_own(database):
    async with reading() as db:
        assert await db.scalar(sa.text("select to_regclass('note')")) is None
        assert await db.scalar(sa.text("select count(*) from lead")) == 0


def test_migrating_a_current_database_takes_nothing(database_url):
    assert pending(database_url) == []
    assert upgrade(database_url) == []
