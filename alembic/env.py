"""How Alembic reaches the database: on the connection it is handed, else at DATABASE_URL."""

import os
from typing import Any

import sqlalchemy as sa

from alembic import context
from app.schema import METADATA


def belongs_to_us(name: str | None, kind: str, _parents: Any) -> bool:
    """Procrastinate brings its own tables as SQL; they are no business of autogenerate."""
    return not (kind == "table" and (name or "").startswith("procrastinate"))


def migrate(connection: sa.Connection) -> None:
    """Run the migrations in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        include_name=belongs_to_us,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    """Use the connection of the caller, or make one."""
    given = context.config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
    with sa.create_engine(url).connect() as connection:
        migrate(connection)


main()
