"""The HTTP edge over a real database, called in the process: a team, its tokens, leads, and a client."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from app.api import front_door
from app.database import transaction
from app.distribution.models import Assignment
from app.leads.models import Lead, LeadIdentity
from app.leads.search import searchable
from app.messages.models import Message
from app.qualification.models import Qualification
from app.team.auth import Scope, forget_viewers
from app.team.service import create_token
from app.team.viewer import OPERATOR, Viewer
from app.vocabulary import Role
from tests.support.team import join

PASSWORD = "leadline-demo"
ADDRESS = "http://127.0.0.1:3000"


@dataclass(frozen=True)
class Team:
    """Two consultants and a manager."""

    ana: Viewer
    bruno: Viewer
    mara: Viewer


@dataclass(frozen=True)
class Tokens:
    """API tokens, by who they act for."""

    mara: str
    mara_reads: str
    ana: str


@pytest.fixture
async def team(database, clock, settings):
    forget_viewers()

    own = {"at": "leadline.demo", "password": PASSWORD}
    return Team(
        ana=await join("Ana Ribeiro", Role.CONSULTANT, **own),
        bruno=await join("Bruno Costa", Role.CONSULTANT, **own),
        mara=await join("Mara Lindqvist", Role.MANAGER, **own),
    )


@pytest.fixture
async def tokens(team):
    async def make(viewer, scope):
        return await create_token(OPERATOR, acts_for=viewer.user_id, name="test", scope=scope)

    return Tokens(
        mara=await make(team.mara, Scope.WRITE),
        mara_reads=await make(team.mara, Scope.READ),
        ana=await make(team.ana, Scope.WRITE),
    )


async def pages(scope, receive, send):
    """Stands for everything that is not the API."""
    await PlainTextResponse("a page")(scope, receive, send)


@pytest.fixture
async def browser(database, clock, settings):
    """A client without a token that keeps cookies and follows nothing."""
    forget_viewers()
    transport = httpx.ASGITransport(front_door()(pages), client=("192.0.2.1", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield client


@pytest.fixture
async def api(browser, tokens):
    """A client whose token may write, as a manager."""
    browser.headers["Authorization"] = f"Bearer {tokens.mara}"
    return browser


@pytest.fixture
def add_lead(clock):
    """A factory of leads, each a minute newer than the one before."""
    count = 0

    async def make(name="Lia Prado", phone="15550100110", **values):
        nonlocal count
        count += 1
        at = clock.now() + timedelta(minutes=count)
        lead = Lead(name=name, search=searchable(name, phone), created_at=at, updated_at=at, **values)
        async with transaction() as db:
            db.add(lead)
            await db.flush()
            assert lead.id is not None
            db.add(LeadIdentity(lead_id=lead.id, gateway="waha", kind="phone", value=f"{phone}{count:03}"))
            db.add(LeadIdentity(lead_id=lead.id, gateway="waha", kind="lid", value=f"9{count:09}"))
        return lead.id

    return make


@pytest.fixture
def add_interview(clock):
    async def make(lead_id, status="active", **facts):
        done = None if status == "active" else clock.now()
        known = {name: {"value": value, "confidence": 0.9, "quote": "…"} for name, value in facts.items()}
        interview = Qualification(
            lead_id=lead_id,
            playbook="school",
            playbook_version="1",
            facts=known,
            progress={},
            status=status,
            started_at=clock.now(),
            finished_at=done,
        )
        async with transaction() as db:
            db.add(interview)

    return make


@pytest.fixture
def add_assignment(clock):
    async def make(lead_id, consultant, *, released=False):
        given = Assignment(
            lead_id=lead_id,
            consultant_id=consultant.user_id,
            reason="fair_share",
            why={},
            assigned_at=clock.now(),
            released_at=clock.now() if released else None,
        )
        async with transaction() as db:
            db.add(given)

    return make


@pytest.fixture
def add_message(clock):
    count = 0

    async def make(lead_id, body="Hello", **values):
        nonlocal count
        count += 1
        row: dict[str, Any] = {"direction": "in", "author": "lead", "status": "received", **values}
        message = Message(lead_id=lead_id, session="agent", body=body, at=clock.now(), created_at=clock.now(), **row)
        async with transaction() as db:
            db.add(message)
            await db.flush()
        return message.id

    return make
