"""When the lead wants to start or buy: the earliest moment that speaks of it, after what the lead ruled out."""

from __future__ import annotations

import re
from datetime import datetime

from app.qualification.extraction.horizons import Horizon, bucket, horizons, is_vague
from app.qualification.extraction.moments import (
    begins,
    buys,
    clause_of,
    falls_due,
    is_a_state,
    is_an_appointment,
    is_aside,
    is_awaited,
    is_elsewhere,
    is_present,
    speaks_of,
)
from app.qualification.extraction.phrases import pattern
from app.qualification.extraction.text import Text, fold
from app.qualification.facts import Fact, FactName, Timeline
from app.vocabulary import Language

_REMARK = 4
"""Words of a remark that, with a date in it, means the lead's own plans."""
_AMOUNT = re.compile(r"[$€£]|(?<!\d)(?!20[2-4]\d)\d{3,}|\d ?(?:k|mil|lucas|palos)\b")
_NOT_BEFORE = re.compile(
    r"(?:not|nao|no|cant|wont|never|couldnt)(?: \w+){0,2} (?:before|until|til|till|antes|hasta|ate)"
    r" (?:de |del |the |do |that )?$"
)
_TODAY = re.compile(r"today|tonight|this (?:morning|afternoon|evening)|hoje|hoy|now|agora|ahora")
_AT_LAST = re.compile(
    r" (?:e serio|vai|sim|foi|si(?! (?:hay|puede|pueden|se|me|te|tienen|tiene|es|esta|queda))"
    r"|va en serio|es en serio|its serious|for real|que )"
)
_NOT_DONE = re.compile(
    r"(?<!why )\b(?:not|wont|cant|can not|nao|no) (?:going to |want to |able to |do |vou |voy a )*"
    r"(?:posso |puedo |quero |quiero |poder )*"
    r"(?!(?:wait|esperar|before|antes|ate|hasta|until|till|passar|pasar)\b)(?:sign|start|buy|book|do|make|pay|join|poder|assinar|fechar"
    r"|comecar|comprar|pagar|posso|consigo|puedo|firmar|empezar|cerrar|comprar|pagar|ir)? ?(?:it |this |isso |lo )?$"
)
"""Before a day on which the lead says that nothing will be done: "not signing today", "no puedo mañana"."""
_NOT = re.compile(r"(?:\bnot|\bnao|\bno|\bni) (?:this |in |for |em |en |la |el |a |o |para )?$")
_GATE_BEFORE = re.compile(
    r"\b(?:not|nothing|nada|nao|no|ni|never|only|so|solo|recien|apenas|wont|cant|until|till|ate que|hasta que)\b"
    r"(?: [\w,]+){0,6}? ?(?:until|till|til|antes del?|antes d[ao]|ate|hasta|after|depois d[aeo]"
    r"|despues del?|apos|once|on)"
    r" (?:the |o |a |el |la |de |que |dia )?$"
)
_GATE_LEAD = re.compile(r"(?:until|till?|til|after|from|before|antes|hasta|ate|a partir|desde|depois|despues)\b")
_GATE_NOTHING = re.compile(r"\b(?:nothing|not|nada|nao|no|never|only|so|solo|recien) $")
_GATE_AFTER = re.compile(
    r"[^.!?\n]{0,24}?[,;. ]+(?:before that|before then|antes d?isso|antes de eso|antes (?:no|nao|ni|nada|estoy|estou)\b"
    r"|not before|no antes|nao antes|then (?:we|i) (?:start|go|begin|buy|sign)"
    r"|(?:que )?a[ih]i? (?:vai|sim|eu|a gente|si)\b)"
)
_IMPOSSIBLE = re.compile(
    r",? (?:(?:nao|no|not)(?=[,.!]|$)|imposs?i[vb]l?el?|nem pensar|nem a pau|ni pensarlo|ni hablar|no way|no chance"
    r"|no puedo|not happening|nao (?:da|consigo|posso)"
    r"|is (?:impossible|mad|crazy|hectic|busy|full|packed|no good|out)|wont work|does not work"
    r"|i cant|i can not|cant|can not|aperta|corrido|e corrido|complicado|lotado|flat out|salgo tarde)\b"
)
_RATHER = re.compile(
    r", (?:just|only|solo|so|sino|nomas|apenas|somente) (?:the|a|an|my|el|la|los|un|una|o|um|uma|de|por)\b"
)
_MOMENT = re.compile(
    r"\d|(?:janu|febru)ary|march|april|june|july|janeiro|fevereiro|marco|abril|enero|febrero|marzo|next|proxim|que v"
)


def timeline_in(text: Text, now: datetime, *, asked: bool) -> Fact | None:
    """The rubric's bucket for a burst, None when it names no moment of its own."""
    stated = [(horizon, clause_of(text.folded, horizon)) for horizon in horizons(text.folded, now)]
    gates = [horizon for horizon, _ in stated if _is_gate(text, horizon)]
    usable = gates or [horizon for horizon, clause in stated if _counts(text, horizon, clause, asked=asked)]
    if gives_up(text) and not usable:
        return _fact(text, Timeline.NONE, *_span(text, "none"), asked=asked)
    later = pattern("timing", "later").search(text.folded)
    if later and all(is_vague(text.folded, horizon) for horizon in usable):
        return _fact(text, Timeline.LATER, *later.span(), asked=asked)
    if usable:
        soonest = min(_about_buying(text.folded, usable), key=lambda horizon: horizon.days)
        return _fact(text, bucket(max(0, soonest.days)), soonest.start, soonest.end, asked=asked)
    if acting := pattern("timing", "acts_at_once").search(text.folded):
        return _fact(text, Timeline.NOW, *acting.span(), asked=asked)
    if asked and (at_once := pattern("timing", "at_once").match(text.folded)):
        return _fact(text, Timeline.NOW, *at_once.span(), asked=asked)
    return None


def _is_gate(text: Text, horizon: Horizon) -> bool:
    """Whether nothing happens before this moment, so that things start with it: "before that nothing", "so depois"."""
    if horizon.days < 0 or horizon.bare or _ruled_out(text, horizon):
        return False
    start = text.sentence_at(horizon.start)[0]
    before, after = text.folded[start : horizon.start], text.folded[horizon.end :]
    named = text.folded[horizon.start : horizon.end]
    until = _GATE_LEAD.match(named) is not None and _GATE_NOTHING.search(before) is not None
    return until or _GATE_BEFORE.search(before) is not None or _GATE_AFTER.match(after) is not None


def _about_buying(folded: str, usable: list[Horizon]) -> list[Horizon]:
    """Of several moments those that speak of buying, when there are such, and hardly one that is of a visit."""
    usable = [horizon for horizon in usable if not is_aside(folded, horizon)] or usable
    usable = [horizon for horizon in usable if not speaks_of("visit", clause_of(folded, horizon))] or usable
    buying = [horizon for horizon in usable if buys(clause_of(folded, horizon))]
    others = [horizon for horizon in usable if _stands_for_itself(horizon, clause_of(folded, horizon))]
    return [*buying, *(horizon for horizon in others if horizon not in buying)] or usable


def refuses_for_good(text: Text, agent_said: str) -> Fact | None:
    """That nothing will be bought: a lead of former days declines to come back, or agrees that all is over."""
    said = fold(agent_said)
    invited = pattern("timing", "reopens").search(said) and pattern("timing", "refuses_again").search(text.folded)
    over = pattern("timing", "is_it_over").search(said) and pattern("timing", "over").match(text.folded)
    if not (invited or over) or pattern("timing", "not_yet").search(text.folded):
        return None
    return _fact(text, Timeline.NONE, 0, len(text.folded), asked=False)


def gives_up(text: Text) -> bool:
    """Whether the lead says that nothing will be bought."""
    return any(not _for_another(text, found) for found in pattern("timing", "none").finditer(text.folded))


def _for_another(text: Text, found: re.Match[str]) -> bool:
    """Whether something else is wanted instead, or for somebody else: "not for me, for my son", "solo el papel"."""
    rest = text.folded[found.end() : text.sentence_at(found.start())[1]]
    return pattern("timing", "instead").match(rest.strip(" ,")) is not None or _RATHER.search(rest) is not None


def _span(text: Text, section: str) -> tuple[int, int]:
    found = pattern("timing", section).search(text.folded)
    return found.span() if found else (0, len(text.folded))


def _counts(text: Text, horizon: Horizon, clause: str, *, asked: bool) -> bool:
    """Whether a moment is one of starting or buying, rather than of the past, of a call, or one ruled out."""
    if horizon.days < 0 or (horizon.bare and not asked) or _ruled_out(text, horizon):
        return False
    if pattern("timing", "none").search(clause) or pattern("signals", "intents", "opt_out").search(clause):
        return False
    if is_an_appointment(text, horizon, clause):
        return True
    if _is_small_talk_of_today(text, horizon, clause, asked=asked) or is_a_state(text.folded, horizon, clause):
        return False
    if is_elsewhere(text, horizon, clause):
        return False
    return asked or _is_told_unasked(text, horizon, clause)


def _is_told_unasked(text: Text, horizon: Horizon, clause: str) -> bool:
    """Whether a moment that nobody asked for is the lead's own start, deadline, or what the purchase waits for."""
    if begins(text, horizon) or (buys(clause)):
        return True
    if _stands_for_itself(horizon, clause) and not speaks_of("others", clause):
        return True
    if is_present(text.folded, horizon) and speaks_of("acts", clause):
        return True
    return falls_due(text, horizon, clause) or is_awaited(text, horizon)


def _is_small_talk_of_today(text: Text, horizon: Horizon, clause: str, *, asked: bool) -> bool:
    """Whether "today" only belongs to a remark, as one on the weather."""
    today = _TODAY.fullmatch(text.folded[horizon.start : horizon.end]) is not None
    if today and _AT_LAST.match(text.folded, horizon.end):
        return True
    answer = asked and len(clause.split()) <= (_REMARK if is_present(text.folded, horizon) else 2 * _REMARK)
    meant = buys(clause) or (is_present(text.folded, horizon) and speaks_of("acts", clause))
    return today and not answer and not meant


def _stands_for_itself(horizon: Horizon, clause: str) -> bool:
    """Whether hardly anything is said besides the moment, and no amount of money."""
    outside = len(clause.split()) - max(1, (horizon.end - horizon.start) // 6)
    return outside <= _REMARK and not _AMOUNT.search(clause)


def _ruled_out(text: Text, horizon: Horizon) -> bool:
    """Whether the lead says that this moment is not the one ("not before christmas", "enero imposible")."""
    before, after = text.folded[max(0, horizon.start - 24) : horizon.start], text.folded[horizon.end :]
    if text.language is Language.PT:
        # "No" is a negation in Spanish and English; in Portuguese it means "in the".
        before = re.sub(r"\bno\b", "em", before)
    if _NOT_BEFORE.search(before):
        return _MOMENT.search(after) is not None
    negated = _NOT.search(before) or _NOT_DONE.search(before)
    return negated is not None or _IMPOSSIBLE.match(after) is not None


def _fact(text: Text, value: Timeline, start: int, end: int, *, asked: bool) -> Fact:
    quote = text.quote(*text.sentence_at(start)) or text.quote(start, end)
    return Fact(FactName.TIMELINE, value, 0.9 if asked else 0.75, quote)
