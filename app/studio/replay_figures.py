"""What came of a replay: today's reading beside the changed one, and both beside what people said. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, cast

from app.classification.conversations import Conversation
from app.classification.scoring import FLAGS, Miss, Prediction, Report, agreement, latency
from app.llm.masking import Mask
from app.qualification.facts import FactName
from app.studio.replay_chats import Chat
from app.studio.replay_talk import Talk

MOST_MISSES = 60
"""Differences that are kept to read."""
MOST_ANSWERS = 20
"""Kinds of answers said differently that are kept to read, the most frequent first."""
RESULT_FORM = 2
"""Goes up when results are kept in another form, so that those of before are not misread."""
_LABELS = {"temperature": ("HOT", "WARM", "COLD"), "risk": ("LOW", "MEDIUM", "HIGH")}


@dataclass(frozen=True)
class Compared:
    """What came of one conversation, as it may be kept: no text of the lead, names by their first letters.

    ``facts`` says of each fact whether it was found the same, gained, lost or read differently; ``answers`` are
    how many bursts there were, how many are answered alike, and some that are not.
    """

    temperature: tuple[str, str]
    risk: tuple[str, str]
    verdict: tuple[str, str] | None
    facts: Mapping[str, str]
    misses: Sequence[Mapping[str, str]]
    turn_ms: Sequence[float] = ()
    usd: float | None = 0.0
    fallbacks: Sequence[str] = ()
    judged_by_rules: str | None = None
    answers: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def to_json(self) -> dict[str, Any]:
        """The JSON form, for a JSONB column."""
        return asdict(self)


def compare(chat: Chat, before: Prediction, after: Prediction, talk: Talk | None = None) -> Compared:
    """Put what holds today (``before``) beside what the change makes of a conversation (``after``)."""
    report = Report("")
    report.add(_labelled(chat, before), _comparable(chat, after))
    return Compared(
        temperature=report.pairs["temperature"][0],
        risk=report.pairs["risk"][0],
        verdict=chat.verdict,
        facts=_facts(report),
        misses=[_masked(miss) for miss in report.misses],
        turn_ms=[round(each, 2) for each in after.turn_ms],
        usd=None if after.usd is None else float(after.usd),
        fallbacks=after.fallbacks,
        judged_by_rules=after.judged_by_rules,
        answers=_answers(talk) if talk else {},
    )


def result_of(method: str, chats: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """The figures of a run as JSON, from the JSON of its conversations; ``more`` stands beside them."""
    misses = [miss for chat in chats for miss in chat["misses"]]
    costs = [chat["usd"] for chat in chats]
    turn_ms = [each for chat in chats for each in chat["turn_ms"]]
    return {
        "form": RESULT_FORM,
        "chats": len(chats),
        **{what: _changed([chat[what] for chat in chats], labels) for what, labels in _LABELS.items()},
        "facts": {name.value: _kinds([chat["facts"].get(name.value) for chat in chats]) for name in FactName},
        "flags": {flag: sum(miss["what"] == flag for miss in misses) for flag in FLAGS},
        "verdicts": _beside_people([chat for chat in chats if chat["verdict"]]),
        "cost_usd": None if None in costs else round(sum(costs), 6),
        "latency_ms": latency(turn_ms),
        "fallback": None if method == "rules" else _fallback(chats, len(turn_ms)),
        "misses": misses[:MOST_MISSES],
        "more_misses": max(0, len(misses) - MOST_MISSES),
        "answers": _all_answers([chat["answers"] for chat in chats if chat["answers"]]),
        **more,
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


def _facts(report: Report) -> dict[str, str]:
    found = {name: "same" for name, tally in report.slots.items() if tally.right}
    for miss in report.misses:
        if miss.what in report.slots:
            found[miss.what] = "gained" if miss.gold is None else "lost" if miss.predicted is None else "different"
    return found


def _answers(talk: Talk) -> dict[str, Any]:
    return {"n": talk.bursts, "same": talk.same, "shown": [list(pair) for pair in talk.shown]}


def _changed(pairs: Sequence[Sequence[str]], labels: Sequence[str]) -> dict[str, Any]:
    """How many stayed the same, and the table of before (rows) against after (columns)."""
    count = Counter((before, after) for before, after in pairs)
    table = [[count[before, after] for after in labels] for before in labels]
    return {"same": sum(count[label, label] for label in labels), "labels": list(labels), "table": table}


def _kinds(found: Sequence[str | None]) -> dict[str, int]:
    count = Counter(found)
    return {kind: count[kind] for kind in ("same", "gained", "lost", "different")}


def _beside_people(chats: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Agreement with people's verdicts, today and by the change, on the conversations that have one."""
    figures: dict[str, Any] = {"n": len(chats)}
    for at, what in enumerate(_LABELS):
        old, new = (agreement([(chat["verdict"][at], chat[what][when]) for chat in chats]) for when in (0, 1))
        figures[what] = {"before": old["accuracy"], "after": new["accuracy"]}
    return figures


def _fallback(chats: Sequence[Mapping[str, Any]], turns: int) -> dict[str, Any]:
    """How often the rules read, and how often they judged, in place of the model."""
    read = Counter(reason for chat in chats for reason in chat["fallbacks"])
    judged = Counter(chat["judged_by_rules"] for chat in chats if chat["judged_by_rules"])
    share = round(read.total() / turns, 4) if turns else 0.0
    return {"share": share, "reasons": dict(read), "judged": judged.total(), "judged_reasons": dict(judged)}


def _all_answers(talks: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not talks:
        return None
    n, same = (sum(talk[what] for talk in talks) for what in ("n", "same"))
    kinds = Counter((before, after) for talk in talks for before, after in talk["shown"]).most_common(MOST_ANSWERS)
    shown = [{"before": before, "after": after, "times": times} for (before, after), times in kinds]
    return {"n": n, "same": same, "shown": shown, "more": n - same - sum(times for _, times in kinds)}


def _masked(miss: Miss) -> dict[str, str]:
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
        return " ".join(str(part) for part in cast("dict[str, Any]", value).values() if part is not None)
    if what in {FactName.NAME.value, FactName.EMAIL.value}:
        return " ".join(f"{word[0]}…" for word in str(value).split())
    return Mask().hide(str(value))
