"""What a moment in a sentence is of: a beginning, a deadline, an appointment, or something that is not for sale."""

from __future__ import annotations

import re
from functools import cache

from app.qualification.extraction.horizons import Horizon
from app.qualification.extraction.phrases import all_languages, compile_phrases, lexicon, pattern
from app.qualification.extraction.text import Text

_CLAUSE = re.compile(r"\n|[.!?;]+(?=\s|$)|,(?=\s)|\b(?:but|because|cos|mas|pero|porque|then|pois|por causa)\b|[()]| - ")
_PRESENT = re.compile(r"now|ahora|agora|right now|ahora mismo|agora mesmo|at the moment")
_SINCE_ABOUT = 120
"""Days ahead within which "desde marzo" is yet to come; a month further away was last meant."""
_SINCE = re.compile(r"\b(?:desde|since)\b")
_UNTIL = re.compile(r"\b(?:until|till?|ate|hasta)\b")
_IN_MARCH = re.compile(r"\b(?:em|de|ate|para|desde|no mes de) marco\b")
"""The Portuguese month, which is also "I make an appointment"."""
_SOON = 14
"""Days ahead in which an hour is agreed."""
_AFTERWARDS = 100
"""Letters behind a third person's arrival in which that person's purchase is told."""
_FEW = 3


def clause_of(folded: str, horizon: Horizon) -> str:
    """The part of the sentence that holds the moment."""
    start = max((found.end() for found in _CLAUSE.finditer(folded, 0, horizon.start)), default=0)
    end = next((found.start() for found in _CLAUSE.finditer(folded, horizon.end)), len(folded))
    return folded[start:end]


def speaks_of(section: str, clause: str) -> bool:
    """Whether words of a section of the lexicon of timing stand in the clause."""
    return phrases(section).search(clause) is not None


def buys(clause: str) -> bool:
    """Whether the clause is of buying or starting that is still to come."""
    return speaks_of("purchase", phrases("done").sub(" ", _IN_MARCH.sub(" ", clause)))


def is_present(folded: str, horizon: Horizon) -> bool:
    """Whether the moment is no more than "now", which people say of all that lasts."""
    return _PRESENT.fullmatch(folded[horizon.start : horizon.end]) is not None


def is_a_state(folded: str, horizon: Horizon, clause: str) -> bool:
    """Whether "now" tells how things are ("paying 1,900 now") rather than what shall be done ("can I book now?")."""
    if not is_present(folded, horizon):
        return False
    others = len(clause.split()) - len(folded[horizon.start : horizon.end].split())
    return others > _FEW - 1 and not speaks_of("acts", clause)


def is_aside(folded: str, horizon: Horizon) -> bool:
    """Whether "now" is said beside another moment without a deed: "mid january. christmas is mad right now"."""
    return is_present(folded, horizon) and horizon.start > 0 and not speaks_of("acts", clause_of(folded, horizon))


def is_over(clause: str) -> bool:
    """Whether the clause tells what has happened: "I moved in september", "a casa foi vendida em agosto"."""
    return speaks_of("done", clause) and not buys(clause)


def is_elsewhere(text: Text, horizon: Horizon, clause: str) -> bool:
    """Whether the moment is of other people, of the past, of a call, or of what somebody else offers."""
    if begins(text, horizon) or falls_due(text, horizon, clause):
        return False
    if (
        speaks_of("their_hours", clause)
        or _is_absent(text, horizon, clause)
        or speaks_of("past", clause)
        or is_over(clause)
        or speaks_of("offers", clause)
    ):
        return True
    if _has_lasted(text, horizon) or _is_of_a_call(text, horizon, clause):
        return True
    return speaks_of("elsewhere", clause) and not buys(clause) and not is_awaited(text, horizon)


def _is_absent(text: Text, horizon: Horizon, clause: str) -> bool:
    """Whether the lead is away then, or prices change, and not only until then."""
    near = text.folded[max(0, horizon.start - 10) : horizon.end]
    return speaks_of("absent", clause) and not speaks_of("acts", clause) and _UNTIL.search(near) is None


def _is_of_a_call(text: Text, horizon: Horizon, clause: str) -> bool:
    """Whether a call is asked for then, in these words or in the question just before: "can she ring me? saturday"."""
    if buys(clause):
        return False
    if speaks_of("contact", clause):
        return True
    start = text.sentence_at(horizon.start)[0]
    before = text.folded[:start].rstrip()
    asked_before = before[max(before.rfind(mark, 0, -1) for mark in ".!?\n") + 1 :] if before else ""
    return before.endswith("?") and speaks_of("contact", asked_before) and len(clause.split()) <= 2 * _FEW


def begins(text: Text, horizon: Horizon) -> bool:
    """Whether something is wanted from this moment on: "desde el 1 de diciembre", "starting monday"."""
    if not 0 <= horizon.days <= _SINCE_ABOUT:
        return False
    named = phrases("from").match(text.folded[horizon.start : horizon.end])
    before = text.folded[max(0, horizon.start - 24) : horizon.start].rstrip(" ,")
    led = next((found for found in phrases("from").finditer(before) if found.end() == len(before)), None)
    return (named or led) is not None and not speaks_of("lasts", clause_of(text.folded, horizon))


def _has_lasted(text: Text, horizon: Horizon) -> bool:
    """Whether something has gone on since then: "no entreno desde marzo"."""
    near = text.folded[max(0, horizon.start - 12) : horizon.end]
    return _SINCE.search(near) is not None and speaks_of("lasts", clause_of(text.folded, horizon))


def falls_due(text: Text, horizon: Horizon, clause: str) -> bool:
    """Whether the moment is a deadline: something ends then, or must be done before it."""
    start, end = text.sentence_at(horizon.start)
    ahead = speaks_of("until", text.folded[start : horizon.end])
    return speaks_of("ends", clause) or (ahead and speaks_of("must", text.folded[start:end]))


def is_awaited(text: Text, horizon: Horizon) -> bool:
    """Whether somebody's arrival or pay is what the purchase waits for: "he is home in february, then he signs"."""
    start, _ = text.sentence_at(horizon.start)
    rest = text.folded[horizon.end : horizon.end + _AFTERWARDS].partition("\n")[0]
    return speaks_of("arrives", text.folded[start : horizon.end]) and speaks_of("afterwards", rest)


def is_an_appointment(text: Text, horizon: Horizon, clause: str) -> bool:
    """Whether a day that is near is offered or asked for with an hour: "hoy después de las 6 se puede?"."""
    if not 0 <= horizon.days <= _SOON or speaks_of("others", clause) or is_elsewhere(text, horizon, clause):
        return False
    start, end = text.sentence_at(horizon.start)
    sentence, rest = text.folded[start:end], text.folded[start:]
    asks = "?" in rest or speaks_of("suits", sentence)
    return asks and speaks_of("hour", rest) and not pattern("signals", "intents", "wants_human").search(sentence)


@cache
def phrases(section: str) -> re.Pattern[str]:
    """The compiled phrases of a section of the lexicon of timing."""
    return compile_phrases(all_languages(lexicon("timing")[section]))
