"""A stand-in for the services behind the drawer: the same names and signatures, kept in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from app.classification.verdicts import Opinion
from app.conversations.brief import BriefView
from app.conversations.chat import Bubble
from app.conversations.record import AssignmentView, ClassificationView, FactView, Record
from app.distribution.fairness import Considered
from app.errors import Invalid, NotAllowed, NotFound, Stale
from app.team.viewer import Viewer
from app.vocabulary import Role

NOON = 1_795_348_800_000
"""A moment to count from, in ms: 22 November 2026, 12:00 UTC."""
MINUTE = 60_000

ANA = Viewer(user_id=1, name="Ana Ribeiro", initials="AR", role=Role.CONSULTANT, email="ana@leadline.demo")
BRUNO = Viewer(user_id=2, name="Bruno Costa", initials="BC", role=Role.CONSULTANT, email="bruno@leadline.demo")
MARA = Viewer(user_id=9, name="Mara Lima", initials="ML", role=Role.MANAGER, email="mara@leadline.demo")


def bubble(number: int, author: str, text: str, **more: Any) -> Bubble:
    """A message; received at noon unless told otherwise."""
    first: dict[str, Any] = {
        "author_name": "",
        "kind": "text",
        "status": "received",
        "error": None,
        "sent_at": NOON,
        "session": "agent",
    }
    return Bubble(id=number, author=author, text=text, **{**first, **more})


def fact(name: str, value: str, sure: float, quote: str = "", message_id: int | None = None) -> FactView:
    """A known fact."""
    label = name.capitalize()
    return FactView(name, label, value, sure, quote, message_id, locked_by=None, known=True)


FACTS = [
    fact("name", "Sofía Castañeda", 0.99),
    fact("interest", "Maestría en finanzas", 0.96, "la maestría en finanzas", 1),
    fact("start", "Within 90 days", 0.91, "podría empezar en enero", 1),
    fact("budget", "US$ 450 a month", 0.62, "unos 450, máximo, creo", 9),
    replace(fact("decides", "With someone", 1.0, "con mi marido", 9), locked_by="Ana Ribeiro"),
    fact("city", "Guadalajara", 0.97, "aquí en Guadalajara", 1),
    FactView("email", "Email", "", 0.0, "", None, None, known=False),
]
JUDGED = ClassificationView(
    id=1,
    temperature="HOT",
    risk="MEDIUM",
    score=78,
    method="rules",
    confidence=1.0,
    reasons=[
        ("need", 35, "Need we serve"),
        ("intent", 30, "Plainly asks to buy or call"),
        ("budget", 18, "Budget near the price"),
        ("authority", -5, "Decides with somebody"),
    ],
    made_at=NOON,
)
GIVEN = AssignmentView(
    consultant="Ana Ribeiro",
    assigned_at=NOON,
    reason="round_robin",
    sentence="Furthest below her share today.",
    considered=[
        Considered(3, "Chloe Martin", 6, 6.1, None),
        Considered(1, "Ana Ribeiro", 5, 6.3, None),
        Considered(2, "Bruno Costa", 12, 12, "at capacity, 12 of 12"),
    ],
)
BRIEF = BriefView(
    wants="Sofía Castañeda, Guadalajara, wants “Maestría en finanzas”. Writes Spanish.",
    money="Would pay up to USD 450 a month; wants to start in one to three months.",
    decision="Decides with someone.",
    risk="Risk: depends on somebody else.",
    mood="Answers freely.",
    suggestion="Hola Sofía, soy Ana. ¿Hablamos todos juntos?",
    objections=[("price", "es un poco caro")],
    by_model=False,
    made_at=NOON,
)
SOFIA = Record(
    lead_id=7,
    name="Sofía Castañeda",
    phones=["+12025550117"],
    language="es",
    source="whatsapp",
    stage="qualified",
    owner_id=1,
    owner_name="Ana Ribeiro",
    automation="human",
    temperature="HOT",
    risk="MEDIUM",
    score=78,
    rated_by=None,
    blind=False,
    may_judge=True,
    version=3,
    reply_session="agent",
    opted_out=False,
    waiting_since=NOON,
    due_at=NOON + 5 * MINUTE,
    window_closes_at=NOON + 24 * 60 * MINUTE,
    created_at=NOON - 60 * MINUTE,
    facts=FACTS,
    classification=JUDGED,
    verdicts=(),
    assignment=GIVEN,
    brief=BRIEF,
    timeline=[(NOON, "Given to Ana Ribeiro by round robin"), (NOON - 60 * MINUTE, "First seen, from WhatsApp")],
)


@dataclass(frozen=True)
class Member:
    """A colleague."""

    id: int
    name: str


@dataclass
class House:
    """One lead, its chat, and everything that was asked of the services."""

    lead: Record = SOFIA
    bubbles: list[Bubble] = field(default_factory=list[Bubble])
    asked: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    refuses: Exception | None = None

    def _authorise(self, viewer: Viewer, lead_id: int) -> None:
        if lead_id != self.lead.lead_id:
            raise NotFound
        if self.lead.owner_id not in {None, viewer.user_id} and not viewer.leads_team:
            raise NotFound

    def _act(self, viewer: Viewer, lead_id: int, *what: Any) -> None:
        self._authorise(viewer, lead_id)
        if self.refuses:
            raise self.refuses
        self.asked.append(what)

    async def record(self, viewer: Viewer, lead_id: int) -> Record:
        self._authorise(viewer, lead_id)
        return self.lead

    async def thread(
        self, viewer: Viewer, lead_id: int, *, before_id: int | None = None, limit: int = 60
    ) -> list[Bubble]:
        self._authorise(viewer, lead_id)
        return [one for one in self.bubbles if before_id is None or one.id < before_id][-limit:]

    async def write(self, viewer: Viewer, lead_id: int, text: str, *, draft_id: str) -> Bubble:
        self._act(viewer, lead_id, "write", text)
        return self.add(bubble(0, "human", text, author_name=viewer.name, status="queued"))

    async def note(self, viewer: Viewer, lead_id: int, text: str, *, draft_id: str) -> Bubble:
        self._act(viewer, lead_id, "note", text)
        return self.add(bubble(0, "human", text, author_name=viewer.name, kind="note"))

    def add(self, new: Bubble) -> Bubble:
        """Put a message at the end of the chat, a minute after the last."""
        last = self.bubbles[-1] if self.bubbles else bubble(0, "lead", "")
        self.bubbles.append(replace(new, id=last.id + 1, sent_at=last.sent_at + MINUTE))
        return self.bubbles[-1]

    async def retry(self, viewer: Viewer, message_id: int) -> None:
        self._act(viewer, self.lead.lead_id, "retry", message_id)

    async def return_to_agent(self, viewer: Viewer, lead_id: int) -> None:
        self._act(viewer, lead_id, "return_to_agent")
        self.lead = replace(self.lead, automation="agent")

    async def pause_agent(self, viewer: Viewer, lead_id: int) -> None:
        self._act(viewer, lead_id, "pause_agent")
        self.lead = replace(self.lead, automation="human")

    async def give(self, viewer: Viewer, lead_id: int, said: Opinion) -> None:
        self._act(viewer, lead_id, "give", said)
        self.lead = replace(self.lead, temperature=said.temperature, risk=said.risk, rated_by=viewer.name)

    async def take_back(self, viewer: Viewer, lead_id: int) -> None:
        self._act(viewer, lead_id, "take_back")
        self.lead = replace(self.lead, temperature="HOT", risk="MEDIUM", rated_by=None)

    async def opt_out(self, viewer: Viewer, lead_id: int) -> None:
        self._act(viewer, lead_id, "opt_out")
        self.lead = replace(self.lead, automation="off")

    async def opt_in(self, viewer: Viewer, lead_id: int) -> None:
        self._act(viewer, lead_id, "opt_in")
        self.lead = replace(self.lead, automation="human")

    async def erase(self, viewer: Viewer, lead_id: int) -> None:
        self._act(viewer, lead_id, "erase")
        if not viewer.leads_team:
            raise NotAllowed
        self.lead = replace(self.lead, lead_id=0)

    async def take(self, viewer: Viewer, lead_id: int) -> None:
        self._act(viewer, lead_id, "take")
        self._own(viewer)

    async def assign(self, viewer: Viewer, lead_id: int, user_id: int) -> None:
        self._act(viewer, lead_id, "assign", user_id)
        new = {one.user_id: one for one in (ANA, BRUNO)}.get(user_id)
        if new is None:
            raise Invalid
        self._own(new)

    def _own(self, viewer: Viewer) -> None:
        self.lead = replace(self.lead, owner_id=viewer.user_id, owner_name=viewer.name)

    async def move(
        self,
        viewer: Viewer,
        lead_id: int,
        stage: str,
        *,
        version: int,
        before: int | None = None,
        after: int | None = None,
    ) -> Record:
        self._act(viewer, lead_id, "move", str(stage), version)
        if version != self.lead.version:
            raise Stale
        self.lead = replace(self.lead, stage=str(stage), version=version + 1)
        return self.lead

    async def mark_read(self, viewer: Viewer, lead_id: int) -> None:
        self._authorise(viewer, lead_id)
        self.asked.append(("mark_read",))

    async def consultants(self) -> list[Member]:
        return [Member(1, "Ana Ribeiro"), Member(2, "Bruno Costa")]
