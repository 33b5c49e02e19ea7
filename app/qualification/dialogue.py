"""What the agent says next: pure, from what is known, what was just read, and the playbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from app.qualification.extraction.reading import Intent, Reading, Signal
from app.qualification.facts import FactName, display, in_words, label, spoken
from app.qualification.playbook import MOST_ASKS, Choices, Playbook, Question, Said
from app.qualification.progress import Absorbed, Conflict, Progress, absorb
from app.vocabulary import Language, Outcome

__all__ = [
    "NOTHING",
    "Enclosed",
    "Progress",
    "Step",
    "follow_up",
    "next_step",
    "open_questions",
    "told_enough",
    "with_consultant",
]

_STRANGERS = frozenset(
    {Signal.SPAM, Signal.VENDOR, Signal.JOB_SEEKER, Signal.WRONG_NUMBER, Signal.ASKS_MONEY, Signal.ILLEGAL}
)


MOST_GOODBYES = 2
"""How often mere courtesies are returned after the end; two machines would otherwise thank each other for ever."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do after a burst: say ``reply`` (None: stay silent), what it asks for, and how it ended if it did.

    ``calls`` that somebody of the team has to look: they were promised to the lead, or the lead gets no answer.
    ``disputes`` is what the lead said against a fact that the team had set. Which of two answers holds is no new
    question: ``asks`` is None then.
    """

    reply: str | None
    progress: Progress
    asks: FactName | None = None
    outcome: Outcome | None = None
    calls: bool = False
    disputes: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What a burst brought besides words: voice notes that nobody could write down, files for a person to see, and
    gestures, which stickers are.
    """

    unheard: bool = False
    files: bool = False
    gesture: bool = False


NOTHING = Enclosed()


def next_step(
    progress: Progress,
    reading: Reading,
    playbook: Playbook,
    now: datetime,  # noqa: ARG001 - see below
    enclosed: Enclosed = NOTHING,
) -> Step:
    """The step after a burst. ``now`` is part of the port, so that a rule about hours needs no new signature."""
    absorbed = absorb(progress, reading)
    step = _step(progress, absorbed, reading, playbook, enclosed)
    counted = replace(step.progress, shown=progress.shown + enclosed.files)
    return replace(step, progress=counted, disputes=tuple(one for one in absorbed.conflicts if one.locked))


def follow_up(progress: Progress, playbook: Playbook, number: int) -> str | None:
    """What to write to a lead who left a question unanswered, the first or the second time; None: nothing is open, or
    only which of two answers holds, for which nobody is disturbed again.
    """
    asked = progress.last_asked
    question = playbook.question(asked) if asked and progress.finished is None else None
    if asked is None or question is None or progress.in_doubt is not None:
        return None
    language = _language(progress)
    sayings, wordings = playbook.manners.follow_ups[language], question.ask[language]
    saying = sayings[min(number, len(sayings)) - 1].replace("{missing}", in_words(asked, language))
    again = wordings[min(progress.asked.get(asked, 1), len(wordings) - 1)]
    return _fill(saying.replace("{question}", again), progress, playbook)


def with_consultant(progress: Progress, playbook: Playbook) -> str:
    """What to write to a qualified lead to whom no consultant has written yet."""
    return _say(playbook.manners.with_consultant, progress, playbook)


def _step(progress: Progress, absorbed: Absorbed, reading: Reading, playbook: Playbook, enclosed: Enclosed) -> Step:
    heard = absorbed.progress
    if Intent.OPT_OUT in reading.intents:
        return _end(heard, playbook.manners.opt_out, playbook, Outcome.OPTED_OUT)
    if progress.finished is not None:
        return _afterwards(progress, absorbed, reading, playbook)
    if Intent.WANTS_HUMAN in reading.intents:
        return _end(heard, playbook.manners.hand_over, playbook, Outcome.HANDED_OVER)
    if reading.signals & _STRANGERS:
        return _turn_away(progress, heard, playbook)
    if Signal.NO_PLANS in reading.signals and not heard.facts.keys() - progress.facts.keys() - {FactName.TIMELINE}:
        return Step(_say(playbook.manners.no_plans, heard, playbook), replace(heard, greeted=True, last_asked=None))
    return _go_on(progress, absorbed, reading, playbook, enclosed)


def open_questions(progress: Progress, playbook: Playbook) -> list[Question]:
    """What remains to be asked, in the playbook's order; nothing more than twice."""
    return [
        question
        for question in playbook.questions
        if question.fact not in progress.facts and progress.asked.get(question.fact, 0) < MOST_ASKS
    ]


def told_enough(progress: Progress, playbook: Playbook) -> bool:
    """Whether a lead who leaves the last question unanswered has told what a consultant needs: each required fact is
    known, or was asked for twice and passed over.
    """
    left_open = progress.last_asked
    return left_open is not None and all(
        question.fact in progress.facts
        or (question.fact is not left_open and progress.asked.get(question.fact, 0) >= MOST_ASKS)
        for question in playbook.questions
        if question.required
    )


def _take_no(heard: Progress, reading: Reading, playbook: Playbook) -> Progress:
    """A lead who declined to give an optional fact is not asked for it again."""
    declined = {
        question.fact: MOST_ASKS
        for question in playbook.questions
        if not question.required and question.fact in reading.refused and question.fact in heard.asked
    }
    return replace(heard, asked={**heard.asked, **declined}) if declined else heard


def _go_on(before: Progress, absorbed: Absorbed, reading: Reading, playbook: Playbook, enclosed: Enclosed) -> Step:
    heard = _take_no(absorbed.progress, reading, playbook)
    remaining = open_questions(heard, playbook)
    closing = not remaining and absorbed.doubt is None
    lead_in = _lead_in(before, heard, reading, playbook, closing=closing, enclosed=enclosed)
    if absorbed.doubt is not None:
        return _which(absorbed.doubt, lead_in, replace(heard, greeted=True), playbook)
    if not remaining:
        closing = _summary(heard, playbook)
        return Step(
            _join([*lead_in, closing]),
            replace(heard, finished=Outcome.COMPLETED, greeted=True, last_asked=None),
            outcome=Outcome.COMPLETED,
        )
    question = _next_question(remaining, reading)
    times = heard.asked.get(question.fact, 0)
    wordings = question.ask[_language(heard)]
    asked = {**heard.asked, question.fact: times + 1}
    after = replace(heard, asked=asked, last_asked=question.fact, greeted=True)
    return Step(
        _join([*lead_in, _fill(wordings[min(times, len(wordings) - 1)], heard, playbook)]), after, asks=question.fact
    )


def _which(doubt: Conflict, lead_in: Sequence[str], heard: Progress, playbook: Playbook) -> Step:
    """Two answers that cannot both be true: the lead says which holds. Of one fact that is asked once."""
    language = _language(heard)
    words = {
        "fact": in_words(doubt.name, language),
        "first": spoken(doubt.before.value, language),
        "second": spoken(doubt.said.value, language),
    }
    asked = _fill(playbook.manners.doubt[language], heard, playbook, words)
    return Step(_join([*lead_in, asked]), replace(heard, last_asked=doubt.name, doubted=heard.doubted | {doubt.name}))


def _next_question(remaining: Sequence[Question], reading: Reading) -> Question:
    """The first that is open; one that the lead just dodged comes again after the others."""
    fresh = [question for question in remaining if question.fact not in reading.refused]
    return (fresh or remaining)[0]


def _lead_in(
    before: Progress, heard: Progress, reading: Reading, playbook: Playbook, *, closing: bool, enclosed: Enclosed
) -> list[str]:
    """What stands before the question: a greeting, thanks, an answer; never more than the lead's words ask for."""
    parts: list[str] = []
    manners = playbook.manners
    if not before.greeted:
        parts.append(_say(manners.greeting, heard, playbook))
    parts += _about(enclosed, before, heard, playbook)
    if reading.unreadable:
        return parts if enclosed != NOTHING else [*parts, _say(manners.unreadable, heard, playbook)]
    answer = _answer(reading, heard, playbook)
    if answer:
        return [*parts, answer]
    if Intent.ABUSE in reading.intents:
        return [*parts, _say(manners.calm, heard, playbook)]
    if closing:
        return parts  # the summary says thanks itself
    if reading.facts and before.greeted:
        parts.append(_choose(manners.thanks, heard, playbook))
    elif Intent.SMALL_TALK in reading.intents and before.greeted:
        parts.append(_choose(manners.small_talk, heard, playbook))
    return parts


def _about(enclosed: Enclosed, before: Progress, heard: Progress, playbook: Playbook) -> list[str]:
    """What is said of voice notes and files, once for a burst."""
    said: list[str] = []
    if enclosed.files:
        wordings = playbook.manners.shown[_language(heard)]
        said.append(_fill(wordings[min(before.shown, len(wordings) - 1)], heard, playbook))
    if enclosed.unheard:
        said.append(_say(playbook.manners.unreadable, heard, playbook))
    if enclosed.gesture and not said and before.greeted:
        said.append(_choose(playbook.manners.small_talk, heard, playbook))
    return said


def _answer(reading: Reading, heard: Progress, playbook: Playbook) -> str | None:
    if Intent.OFF_TOPIC in reading.intents:
        return _say(playbook.manners.off_topic, heard, playbook)
    if not reading.questions:
        return None
    known = [playbook.answer(question, _language(heard)) for question in reading.questions]
    answers = list(dict.fromkeys(_fill(answer, heard, playbook) for answer in known if answer))
    if answers:
        return " ".join(answers[:2])
    # "Can I start in January?" gives a fact and is answered by taking it up; only a bare question waits for a person.
    return None if reading.facts else _say(playbook.manners.will_answer, heard, playbook)


def _turn_away(before: Progress, heard: Progress, playbook: Playbook) -> Step:
    """Somebody who is no customer hears so once; what they send after that is left unanswered."""
    heard = replace(heard, greeted=True, last_asked=None)
    told = any(before.signals.get(signal) for signal in _STRANGERS)
    return Step(None if told else _say(playbook.manners.not_a_customer, heard, playbook), heard)


def _afterwards(before: Progress, absorbed: Absorbed, reading: Reading, playbook: Playbook) -> Step:
    """A short answer after the end: the interview does not begin again, courtesies end, and an opt-out stays silent.

    Whatever stays without an answer, or is left to a consultant in so many words, calls one.
    """
    heard = replace(absorbed.progress, last_asked=None)
    if before.finished is Outcome.OPTED_OUT:
        return Step(None, heard, calls=True)
    if Intent.WANTS_HUMAN in reading.intents:
        return _end(heard, playbook.manners.hand_over, playbook, Outcome.HANDED_OVER)
    answer = _answer(reading, heard, playbook)
    if absorbed.doubt is not None:
        return _which(absorbed.doubt, [answer or ""], heard, playbook)
    if answer:
        return Step(answer, heard, calls=answer == _say(playbook.manners.will_answer, heard, playbook))
    if dict(heard.facts) != dict(before.facts):
        return Step(_say(playbook.manners.noted, heard, playbook), heard)
    return _courtesy(heard, reading, playbook)


def _courtesy(heard: Progress, reading: Reading, playbook: Playbook) -> Step:
    """What is said to words after the end that tell nothing new, a few times."""
    if heard.goodbyes >= MOST_GOODBYES:
        return Step(None, heard, calls=True)
    heard = replace(heard, goodbyes=heard.goodbyes + 1)
    if Intent.SMALL_TALK in reading.intents:
        return Step(_choose(playbook.manners.small_talk, heard, playbook), heard)
    return Step(_say(playbook.manners.afterwards, heard, playbook), heard, calls=True)


def _end(heard: Progress, said: Said, playbook: Playbook, outcome: Outcome) -> Step:
    return Step(
        _say(said, heard, playbook), replace(heard, finished=outcome, greeted=True, last_asked=None), outcome=outcome
    )


def _summary(progress: Progress, playbook: Playbook) -> str:
    language = _language(progress)
    known = [
        (question.fact, progress.facts[question.fact])
        for question in playbook.questions
        if question.fact in progress.facts
    ]
    lines = "\n".join(f"• {label(name, language)}: {display(fact.value, language)}" for name, fact in known)
    return _fill(playbook.manners.summary[language], progress, playbook, {"summary": lines}).replace("\n\n\n", "\n\n")


def _language(progress: Progress) -> Language:
    return progress.language or Language.EN


def _say(said: Said, progress: Progress, playbook: Playbook) -> str:
    return _fill(said[_language(progress)], progress, playbook)


def _choose(choices: Choices, progress: Progress, playbook: Playbook) -> str:
    wordings = choices[_language(progress)]
    return _fill(wordings[progress.turns % len(wordings)], progress, playbook)


def _fill(text: str, progress: Progress, playbook: Playbook, words: Mapping[str, str] = MappingProxyType({})) -> str:
    """Texts with names filled in. Plain replacement: a brace in what a lead wrote is only a brace."""
    filled = text
    for key, value in playbook.speaks_of(_language(progress)).items():
        filled = filled.replace("{" + key + "}", value)
    name = progress.facts.get(FactName.NAME)
    first = str(name.value).split()[0] if name and str(name.value).split() else ""
    filled = filled.replace(", {name}", f", {first}" if first else "").replace("{name}", first)
    for key, value in words.items():
        filled = filled.replace("{" + key + "}", value)
    return filled.strip()


def _join(parts: Sequence[str]) -> str:
    return " ".join(part for part in parts if part)
