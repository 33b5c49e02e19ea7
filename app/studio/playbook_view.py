"""What the playbook page shows, worked out from playbooks and versions: finished words in plain lists and groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.clock import epoch_ms
from app.qualification.facts import FactName, label
from app.qualification.playbook import Checked, Manners, usual_manners
from app.qualification.published import Version
from app.studio.playbook_cast import Played
from app.studio.playbook_preview import Turn
from app.vocabulary import Language

LANGUAGES = {Language.EN: "English", Language.PT: "Português", Language.ES: "Español"}
TALK, CANNOT, END, LATER = "Tone", "When it cannot help", "At the end", "When a lead falls silent"
MANNERS: Mapping[str, tuple[str, str, str]] = {
    "greeting": (TALK, "Greeting", "Stands before the first question."),
    "thanks": (TALK, "Thanks", "After an answer, in turn."),
    "small_talk": (TALK, "Small talk", "When a lead is only being friendly."),
    "doubt": (TALK, "Two answers", "They contradict each other. {fact}, {first} and {second} become what it is about."),
    "will_answer": (CANNOT, "Question for a person", "The fact sheet has no answer."),
    "off_topic": (CANNOT, "Off topic", "The lead asks for something else altogether."),
    "unreadable": (CANNOT, "Voice note", "Where nobody can write it down."),
    "shown": (CANNOT, "Picture or file", "The first time, then each further time."),
    "calm": (CANNOT, "Calming words", "The lead is angry."),
    "not_a_customer": (CANNOT, "Not a customer", "Sellers, job seekers, wrong numbers; said once."),
    "no_plans": (CANNOT, "No plans", "The lead does not want to buy."),
    "summary": (END, "Closing words", "All is asked. {summary} becomes the list of facts."),
    "hand_over": (END, "Over to a person", "The lead asked for somebody."),
    "afterwards": (END, "After the end", "The lead writes again."),
    "noted": (END, "Correction noted", "The lead corrects something after the end."),
    "opt_out": (END, "Farewell", "The lead wants no more messages; the last words they get."),
    "follow_ups": (
        LATER,
        "Follow-ups",
        "The first, then the last. {missing} becomes what is asked for, {question} the question.",
    ),
    "with_consultant": (LATER, "While a consultant has the lead", "And nobody has written yet."),
}
GROUPS = (TALK, CANNOT, END, LATER)
OUTCOMES = {"completed": "All asked", "handed_over": "Over to a person", "opted_out": "Opted out"}


def form() -> dict[str, Any]:
    """What the form needs to know besides the playbook: fields and languages."""
    return {
        "languages": [{"code": code.value, "name": name} for code, name in LANGUAGES.items()],
        "facts": [{"name": name.value, "label": label(name, Language.EN)} for name in FactName],
        "groups": [{"name": group, "manners": _manners(group)} for group in GROUPS if _manners(group)],
        "usual": dict(usual_manners()),
    }


def _manners(group: str) -> list[dict[str, Any]]:
    return [_manner(name) for name in Manners.model_fields if _words_of(name)[0] == group]


def _words_of(name: str) -> tuple[str, str, str]:
    return MANNERS.get(name) or (LATER, name.replace("_", " ").capitalize(), "")


def _manner(name: str) -> dict[str, Any]:
    _, title, hint = _words_of(name)
    many = isinstance(usual_manners()[name]["en"], list)
    return {"name": name, "label": title, "hint": hint, "many": many}


def version_row(version: Version) -> dict[str, Any]:
    """A version of the list; moments in ms since 1970."""
    return {
        "number": version.number,
        "playbook": version.playbook,
        "note": version.note,
        "by": version.by,
        "at": epoch_ms(version.created_at),
        "published": version.published,
        "published_at": epoch_ms(version.published_at),
    }


def checked_view(text: str, checked: Checked) -> dict[str, Any]:
    """A draft and what is wrong with it."""
    problems = [
        {
            "path": list(problem.path),
            "name": problem.name,
            "message": problem.message,
            "line": problem.line or 0,
            "language": problem.language.value if problem.language else "",
        }
        for problem in checked.problems
    ]
    return {"text": text, "data": checked.data, "problems": problems}


def turn_rows(turns: Iterable[Turn]) -> list[dict[str, Any]]:
    """A conversation as bubbles: what the lead said, what was noted, the agent's answer, how it ended."""
    return [
        {
            "said": list(turn.said),
            "reply": turn.reply or "",
            "noted": [{"label": noted.label, "value": noted.value} for noted in turn.noted],
            "language": turn.language.value if turn.language else "",
            "outcome": OUTCOMES.get(turn.outcome or "", ""),
        }
        for turn in turns
    ]


def played_row(played: Played) -> dict[str, Any]:
    """A played lead in a line, with the talk behind it."""
    return {
        "temper": played.temper,
        "language": played.language,
        "leaves": played.leaves,
        "got": len(played.expected & played.collected),
        "of": len(played.expected),
        "missing": ", ".join(sorted(label(fact, Language.EN).lower() for fact in played.missing)),
        "outcome": OUTCOMES.get(played.outcome or "", "Open"),
        "stuck": played.stuck,
        "turns": turn_rows(played.turns),
    }


def played_words(cast: Sequence[Played]) -> dict[str, Any]:
    """The whole play in figures: facts collected, and talks of leads who stay that came to their end."""
    stay = [played for played in cast if not played.leaves]
    return {
        "got": sum(len(played.expected & played.collected) for played in cast),
        "of": sum(len(played.expected) for played in cast),
        "done": sum(played.outcome == "completed" for played in stay),
        "stay": len(stay),
    }
