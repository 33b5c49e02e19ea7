"""What came of a replay: today's reading beside the changed one, and both beside what people said. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.classification.conversations import Conversation
from app.classification.scoring import Miss, Prediction, Report, agreement
from app.llm.masking import Mask
from app.qualification.facts import FactName
from app.studio.replay_chats import Chat

MOST_MISSES = 60
"""Differences that are kept to read."""
_TEMPERATURES, _RISKS = ("HOT", "WARM", "COLD"), ("LOW", "MEDIUM", "HIGH")


def result_of(
    method: str, chats: Sequence[Chat], before: Sequence[Prediction], after: Sequence[Prediction]
) -> dict[str, Any]:
    """The figures of a run as JSON; ``before`` is what holds today, ``after`` what the change makes of it."""
    report = Report(method)
    for chat, today, changed in zip(chats, before, after, strict=True):
        report.add(_labelled(chat, today), _comparable(chat, changed))
    said = [(chat.verdict, old, new) for chat, old, new in zip(chats, before, after, strict=True) if chat.verdict]
    figures = report.to_json()
    return {
        "chats": report.conversations,
        "temperature": _changed(report.pairs["temperature"], _TEMPERATURES),
        "risk": _changed(report.pairs["risk"], _RISKS),
        "facts": _facts(report),
        "verdicts": _beside_people(said),
        "cost_usd": figures["cost_usd"],
        "latency_ms": figures["latency_ms"],
        "fallback": figures.get("fallback"),
        "misses": [_masked(miss) for miss in report.misses[:MOST_MISSES]],
        "more_misses": max(0, len(report.misses) - MOST_MISSES),
    }


def _labelled(chat: Chat, today: Prediction) -> Conversation:
    """The conversation, labelled with what is read of it today."""
    gold = chat.conversation.gold
    slots = {name.value: today.slots.get(name.value) for name in FactName if name in chat.comparable}
    labelled = gold.model_copy(
        update={
            "slots": type(gold.slots).model_validate(slots),
            "temperature": type(gold.temperature)(today.temperature),
            "risk": type(gold.risk)(today.risk),
            "opt_out": today.opt_out,
            "wants_human": today.wants_human,
        }
    )
    return chat.conversation.model_copy(update={"gold": labelled})


def _comparable(chat: Chat, predicted: Prediction) -> Prediction:
    kept = {name: value for name, value in predicted.slots.items() if FactName(name) in chat.comparable}
    return replace(predicted, slots=kept)


def _changed(pairs: Sequence[tuple[str, str]], labels: Sequence[str]) -> dict[str, Any]:
    """How many stayed the same, and the table of before (rows) against after (columns)."""
    count = Counter(pairs)
    table = [[count[before, after] for after in labels] for before in labels]
    return {"same": sum(before == after for before, after in pairs), "labels": list(labels), "table": table}


def _facts(report: Report) -> dict[str, dict[str, int]]:
    """For each fact: found as before, gained, lost, and read differently."""
    changed: dict[str, Counter[str]] = {name: Counter() for name in report.slots}
    for miss in report.misses:
        if miss.what in changed:
            kind = "gained" if miss.gold is None else "lost" if miss.predicted is None else "different"
            changed[miss.what][kind] += 1
    return {
        name: {"same": tally.right, **{kind: changed[name][kind] for kind in ("gained", "lost", "different")}}
        for name, tally in report.slots.items()
    }


def _beside_people(said: Sequence[tuple[tuple[str, str] | None, Prediction, Prediction]]) -> dict[str, Any]:
    """Agreement with people's verdicts, today and by the change, on the conversations that have one."""
    known = [(verdict, old, new) for verdict, old, new in said if verdict]
    figures: dict[str, Any] = {"n": len(known)}
    for at, what in enumerate(("temperature", "risk")):
        old = agreement([(verdict[at], str(getattr(before, what))) for verdict, before, _ in known])
        new = agreement([(verdict[at], str(getattr(after, what))) for verdict, _, after in known])
        figures[what] = {"before": old["accuracy"], "after": new["accuracy"]}
    return figures


def _masked(miss: Miss) -> dict[str, Any]:
    """A difference as it may be kept: without addresses and numbers of people, names by their first letters alone."""
    return {
        "chat": miss.conversation,
        "what": miss.what,
        "before": _shown(miss.what, miss.gold),
        "after": _shown(miss.what, miss.predicted),
    }


def _shown(what: str, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values() if part is not None)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if what in {FactName.NAME.value, FactName.EMAIL.value}:
        return " ".join(f"{word[0]}…" for word in str(value).split())
    return Mask().hide(str(value))
