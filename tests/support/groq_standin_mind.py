"""What the stand-in for Groq understands: the project's own rules, in the answers that the prompts ask for."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from app.classification.rubric import Evidence, classify
from app.qualification.extraction.reader import read
from app.qualification.extraction.reading import ReadingContext, Signal
from app.qualification.facts import Budget, DecisionMaker, Fact, FactName, FactValue, Timeline, display, plain
from app.vocabulary import Language, Outcome

_HIDDEN_EMAIL = re.compile(r"\[email \d+\]")
_THANKS = {Language.EN: "Thank you, noted.", Language.PT: "Obrigada, anotado.", Language.ES: "Gracias, anotado."}
_ASKED = {
    Language.EN: "What would you like to know?",
    Language.PT: "O que você gostaria de saber?",
    Language.ES: "¿Qué te gustaría saber?",
}
_DECIDING = {display(value, Language.EN): value for value in (*Timeline, *DecisionMaker)}


def think(shape: str, system: str, said: dict[str, Any]) -> dict[str, Any]:
    """The answer of a model that means well. ``shape`` is the name of the schema."""
    if shape == "briefed":
        return _briefed(said)
    return _understood(system, said) if shape == "understood" else _judged(said)


def _briefed(said: dict[str, Any]) -> dict[str, Any]:
    """A brief that says what the facts say."""
    facts = said["facts"]
    return {
        "wants": f"Wants {facts.get('interest', 'to know more')}.",
        "money": f"Would pay {facts['budget']}." if "budget" in facts else "Named no budget.",
        "decision": "The lead decides." if "decision_maker" in facts else "Not said.",
        "mood": "Friendly.",
        "objections": [],
        "next_message": _ASKED[Language(said["language"])],
    }


def _understood(system: str, said: dict[str, Any]) -> dict[str, Any]:
    burst = list(said["lead_wrote"])
    asked = "\n".join(text for author, text in said["chat"][-2:] if author == "agent")
    business = system.partition("BUSINESS: ")[2].partition("\n")[0]
    now = datetime.strptime(said["today"], "%A %Y-%m-%d").replace(hour=12, tzinfo=UTC)
    reading = read(burst, ReadingContext(business=business, agent_said=asked), now)
    facts = [_stated(fact) for fact in reading.facts if fact.name is not FactName.EMAIL]
    facts += [
        {"name": "email", "value": found, "quote": found, "confidence": 0.95}
        for found in _HIDDEN_EMAIL.findall("\n".join(burst))[:1]
    ]
    language = reading.language or Language.EN
    return {
        "facts": facts,
        "intents": sorted(reading.intents),
        "signals": sorted(reading.signals),
        "refused": sorted(reading.refused),
        "questions": list(reading.questions),
        "language": language,
        "corrected": reading.corrected,
        "reply": _THANKS[language],
    }


def _stated(fact: Fact) -> dict[str, Any]:
    return {
        "name": fact.name,
        "value": _written(fact.value),
        "quote": fact.quote,
        "confidence": fact.confidence,
    }


def _written(value: FactValue) -> str:
    if isinstance(value, Budget):
        return f"{plain(value.amount)} {value.currency or '?'} {value.period}"
    return str(value)


def _judged(said: dict[str, Any]) -> dict[str, Any]:
    names = [FactName(name) for name in said["facts"]]
    facts = {name: Fact(name, _DECIDING.get(said["facts"][name], said["facts"][name]), 0.9, "") for name in names}
    signals = {Signal(name): times for name, times in said["signals"].items()}
    outcome = Outcome(said["ended"]) if said["ended"] else None
    made = classify(Evidence(facts, signals, outcome), datetime.now(UTC))
    return {
        "temperature": made.temperature,
        "risk": made.risk,
        "reasons": [{"factor": one.factor, "points": one.points, "text": one.text} for one in made.reasons],
        "confidence": made.confidence,
    }


def said_in(messages: list[dict[str, str]]) -> tuple[str, dict[str, Any]]:
    """The system prompt and the JSON object of a request."""
    return messages[0]["content"], json.loads(messages[1]["content"])
