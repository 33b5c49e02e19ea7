"""The world of the conversation tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest

from app.bootstrap import blueprints
from app.clock import FixedClock
from app.conversations.intake import SessionWatch
from app.database import Database
from app.jobs.queue import Queue
from app.qualification.interpreter import Interpreter, RuleInterpreter
from app.qualification.playbook import Playbook, load_playbook
from app.registry import override
from app.sessions.service import Watch
from app.settings import Settings
from app.whatsapp.gateway import Gateway, SessionSpec
from app.whatsapp.twin import TwinGateway
from app.whatsapp.twin_payloads import Webhook
from tests.integration.conversations.world import AGENT, CONSULTANT, World


@pytest.fixture
async def world(database: Database, settings: Settings, clock: FixedClock) -> AsyncIterator[World]:
    """Both sessions paired and working, nobody has written yet."""
    queue = Queue.over(database.url, blueprints(), connections=4)
    keys = {name: settings.hmac_key(name) for name in ("agent", "consultant")}

    async def receive(webhook: Webhook) -> None:
        await made.take_in(webhook)

    gateway = TwinGateway(clock, hmac_keys=keys, receiver=receive)
    made = World(gateway, clock, queue)
    with ExitStack() as roles:
        roles.enter_context(override(Queue, queue))
        roles.enter_context(override(Gateway, gateway))
        roles.enter_context(override(SessionWatch, Watch()))
        roles.enter_context(override(Playbook, load_playbook("school")))
        roles.enter_context(override(Interpreter, RuleInterpreter()))
        for session in (AGENT, CONSULTANT):
            await gateway.ensure_session(session, SessionSpec("http://127.0.0.1:1/webhooks"))
            gateway.pair(session)
        await gateway.deliver()
        yield made
