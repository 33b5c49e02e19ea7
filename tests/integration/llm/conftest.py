"""The world of the conversation tests, with a language model in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any, cast

import pytest
from pydantic import SecretStr

from app.bootstrap import understanding
from app.classification.llm import Judge
from app.conversations.brief_llm import BriefWriter
from app.llm.transcription import Transcriber
from app.qualification.interpreter import Interpreter
from app.registry import override, use
from app.settings import Settings
from tests.integration.conversations.conftest import world
from tests.support.groq_standin import Standin, standing_in

__all__ = ["world"]


@asynccontextmanager
async def with_model(standin: Standin, **changes: object) -> AsyncIterator[None]:
    """Run the block with the model that ``standin`` plays, put together as the program does it."""
    async with standing_in(standin) as url:
        wanted = {"groq_base_url": url, "llm_try_seconds": 0.5} | changes
        changed = use(Settings).model_copy(update={**wanted, "groq_api_key": SecretStr(standin.key)})
        with ExitStack() as roles:
            roles.enter_context(override(Settings, changed))
            for role in (Interpreter, Judge, Transcriber, BriefWriter):
                # Whoever takes the place inside leaves it again with the block.
                roles.enter_context(override(role, cast("Any", None)))
            async with understanding(changed):
                yield


@pytest.fixture
def standin() -> Standin:
    """A model that means well."""
    return Standin()
