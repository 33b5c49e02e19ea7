"""What commands of the command line share: which database is meant, and doing something with it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TypeVar

from app.errors import Invalid

Word = TypeVar("Word", bound=StrEnum)


def database_url() -> str:
    """The database that is meant: that of the Leadline that runs in the data folder, else DATABASE_URL.

    The demo knows the first alone: it never touches a database that the shell happens to name.
    """
    from app.installation import EMBEDDED, NotRunning, running_in
    from app.settings import load_settings

    settings = load_settings()
    given = settings.database_url.get_secret_value()
    try:
        return running_in(settings.data_dir).database_url
    except NotRunning:
        if settings.demo or given == EMBEDDED:
            raise
    return given


def with_database(action: Callable[[], Awaitable[None]]) -> None:
    """Run ``action`` with everything that a command needs: settings, the database, the queue."""

    async def act() -> None:
        from app.bootstrap import command_context
        from app.telemetry.logs import set_up_logging

        # What is asked for goes to standard output; the log keeps out of its way.
        set_up_logging(style="console", level="warning")
        async with command_context():
            await action()

    # The composition root reads the environment, as every process of ours does.
    os.environ["DATABASE_URL"] = database_url()
    asyncio.run(act())


def one_of(words: type[Word], said: str) -> Word:
    """The word that was typed; raises Invalid, which names the choices."""
    try:
        return words(said)
    except ValueError:
        raise Invalid(f"{said} is none of {', '.join(words)}.") from None
