"""How the drawer shows a rating, what people say of it, and the brief: plain values and finished sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from app.classification.verdicts import own
from app.team.viewer import initials_of
from app.vocabulary import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.classification.verdicts import Said
    from app.conversations.brief import BriefView
    from app.conversations.record import ClassificationView, Record

FULL_BAR = 45
"""Points that fill the bar of a reason, unless one of its neighbours weighs more."""
RISK = "risk"
"""The factor that the risk takes from the score."""


class ReasonRow(TypedDict):
    """One factor of the classification with its points; ``width`` is its bar."""

    text: str
    points: str
    width: str
    negative: bool


class OpinionRow(TypedDict):
    """What one person, or the machine, makes of a lead."""

    who: str
    initials: str
    temperature: str
    risk: str
    note: str


class Judgement(TypedDict):
    """How a lead was rated, and what was said of it. ``ask`` is the question to the reader, empty where none is asked.

    ``mine`` is the temperature, ``mine_risk`` the risk that the reader named; ``opinions`` are compared once
    somebody gave one.
    """

    judged: bool
    rating_id: int
    score: str
    reasons: list[ReasonRow]
    risk_because: str
    blind: bool
    may_judge: bool
    ask: str
    mine_said: str
    mine_risk: str
    opinions: list[OpinionRow]


class LineRow(TypedDict):
    """One line of the brief."""

    label: str
    text: str


class Briefed(TypedDict):
    """The brief; ``brief`` is empty until there is one. ``brief_at`` in ms since 1970."""

    brief: list[LineRow]
    suggestion: str
    brief_by: str
    brief_at: int


def first_name(name: str) -> str:
    """``Ana`` of ``Ana Ribeiro``."""
    return name.split(" ", 1)[0]


def judgement(record: Record) -> Judgement:
    """The rating with its reasons, and what people said of it; empty until a lead is rated."""
    judged, mine = record.classification, own(record.verdicts)
    return {
        "judged": judged is not None,
        "rating_id": judged.id if judged else 0,
        "score": f"{judged.score} of 100, {_by(judged.method)}" if judged else "",
        "reasons": reason_rows(judged) if judged else [],
        "risk_because": next((text for factor, _, text in judged.reasons if factor == RISK), "") if judged else "",
        "blind": record.blind,
        "may_judge": record.may_judge,
        "ask": _ask(record, mine),
        "mine_said": mine.temperature if mine else "",
        "mine_risk": mine.risk if mine else "",
        "opinions": list(_opinions(judged, record.verdicts)),
    }


def _by(method: str) -> str:
    return "LLM" if method == "llm" else "rules"


def _ask(record: Record, mine: Said | None) -> str:
    if record.blind:
        return _ask_blindly(record)
    if record.classification is None or not record.may_judge:
        return ""
    if mine is not None:
        return "Your verdict counts. One click changes it."
    return f"Is {record.temperature} right, and the risk? One click says so."


def _ask_blindly(record: Record) -> str:
    if not record.may_judge:
        return "Drawn by chance: the rating is shown to whoever takes this lead, after their own verdict."
    return "Drawn by chance: say what you think first. Then the agent’s rating appears beside it."


def _opinions(judged: ClassificationView | None, verdicts: Sequence[Said]) -> Iterator[OpinionRow]:
    """Everybody's opinion above the machine's; nothing where there is nothing to compare."""
    if judged is None or not any(_differs(one, judged) for one in verdicts):
        return
    for one in verdicts:
        yield {
            "who": "You" if one.mine else first_name(one.by_name),
            "initials": initials_of(one.by_name),
            "temperature": one.temperature,
            "risk": one.risk,
            "note": "blind" if one.sample == Sample.RANDOM else "",
        }
    yield {
        "who": "LLM" if judged.method == "llm" else "Rules",
        "initials": "",
        "temperature": judged.temperature,
        "risk": judged.risk,
        "note": "",
    }


def _differs(said: Said, judged: ClassificationView) -> bool:
    """Whether a verdict says something else than the rating, or was given without knowing it."""
    return (said.temperature, said.risk) != (judged.temperature, judged.risk) or said.sample == Sample.RANDOM


def reason_rows(judged: ClassificationView) -> list[ReasonRow]:
    """The factors with points, each with a bar."""
    full = max([FULL_BAR, *(abs(points) for _, points, _ in judged.reasons)])
    return [
        {
            # Why, stands beside the risk itself.
            "text": "Risk" if factor == RISK else text,
            "points": f"+{points}" if points > 0 else str(points).replace("-", "−"),
            "width": f"{abs(points) / full:.0%}",
            "negative": points < 0,
        }
        for factor, points, text in judged.reasons
    ]


def briefed(brief: BriefView | None) -> Briefed:
    """The brief in its lines; the suggested message stands apart, because it can be used."""
    if brief is None:
        return {"brief": [], "suggestion": "", "brief_by": "", "brief_at": 0}
    lines = {
        "Wants": brief.wants,
        "Money": brief.money,
        "Decides": " ".join(part for part in (brief.decision, brief.risk) if part),
        "Mood": " ".join(part for part in (brief.mood, _said(brief)) if part),
    }
    return {
        "brief": [{"label": label, "text": text} for label, text in lines.items()],
        "suggestion": brief.suggestion,
        "brief_by": "written by the agent" if brief.by_model else "written by rules",
        "brief_at": brief.made_at,
    }


def _said(brief: BriefView) -> str:
    said = ", ".join(f"«{quote}» ({about})" for about, quote in brief.objections)
    return f"Said {said}." if said else "No objections."
