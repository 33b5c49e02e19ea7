"""Who decides: the lead alone, together with someone, or somebody else."""

from __future__ import annotations

import re

from app.qualification.extraction.phrases import groups, lexicon, pattern
from app.qualification.extraction.questions import about_deciding, decider_if
from app.qualification.extraction.text import Text
from app.qualification.facts import DecisionMaker, Fact, FactName


def decider_in(text: Text, agent_said: str, *, asked: bool) -> Fact | None:
    """The decision maker that a burst names, or that its yes or no means after the agent's question."""
    stated = _stated(text.folded)
    if stated is None and asked:
        stated = _answered(text, agent_said)
    if stated is None:
        return None
    who, start, end = stated
    quote = text.quote(*text.sentence_at(start)) or text.quote(start, end)
    return Fact(FactName.DECISION_MAKER, who, 0.9 if asked else 0.75, quote)


def approval_pending(text: Text) -> bool:
    """Whether somebody else still has to say yes."""
    return pattern("decision", "pending").search(text.folded) is not None


def approval_given(text: Text) -> bool:
    """Whether the other person has said yes."""
    return pattern("decision", "agreed").search(text.folded) is not None


def _stated(folded: str) -> tuple[DecisionMaker, int, int] | None:
    """Another decider outweighs a shared decision, and that outweighs the lead's own "I"."""
    found: dict[DecisionMaker, re.Match[str]] = {}
    for who in (DecisionMaker.OTHER, DecisionMaker.SHARED, DecisionMaker.SELF):
        match = next((m for m in pattern("decision", who.value).finditer(folded) if _holds(folded, who, m)), None)
        if match:
            found[who] = match
    if (
        DecisionMaker.SELF in found
        and DecisionMaker.SHARED in found
        and not _own_names_other(found[DecisionMaker.SHARED])
    ):
        found.pop(DecisionMaker.SHARED)
    if DecisionMaker.SELF in found and _emphatic(found[DecisionMaker.SELF].group()):
        return DecisionMaker.SELF, *found[DecisionMaker.SELF].span()
    return next(((who, *match.span()) for who, match in found.items()), None)


def _emphatic(words: str) -> bool:
    return _EMPHASIS.search(words) is not None


_MINE = re.compile(
    r"\b(?:(?:e|es|its|it is|is) (?:mine|meu|minha|mio|mia)(?! \w+ (?:que|quien|who))|cosa mia)\b"
    r"|^(?:yes|yeah|sim|si|no|nao),? (?:me|eu|yo)\b"
)
_SOMEBODY = re.compile(
    r"(?:he|she|they|him|her|ele|ela|eles|elas|el|ella|ellos|ellas)(?: (?:does|do|will|decides?|mesm[oa]|sim))?(?:,|$)"
)
_TOGETHER = re.compile(
    r"\b(?:both|together|we|us|nos dois|os dois|juntos|juntas|los dos|las dos|ambos|entre|nosotros"
    r"|and i|and me|e eu|y yo)\b"
)
_IN_COMPANY = re.compile(
    r"(?:(?:(?:sim|si|yes|yep|isso|claro|e|com|y|con|bom|pues|well|its|just)[ ,]+)*"
    r"(?:eu (?:e|com|mais)|yo (?:y|con)|(?:me|i|myself) (?:and|&|n|plus|with))"
    r" (?!(?:eu|yo|me|i|so|solo|myself|deus|dios|god)\b)\w+|\w+ (?:e eu|y yo|and (?:me|i|myself))\b)"
)
_PLAINLY_BOTH = re.compile(
    r"(?:(?:yes|no|sim|nao|si)[ ,]+)?"
    r"(?:both|the two|both of us|us both|(?:nos|os|as) (?:dois|duas)|ambos|entre (?:los|nos)? ?dos"
    r"|(?:los|las) dos|juntos|juntas|together)\b"
)
_EMPHASIS = re.compile(
    r"\b(?:alone|only|just|so|solo|sola|sozinh\w|mesm\w|mism\w|solit\w|myself|choose"
    r"|dec\w+ (?:is|e|es) (?:mine|minha|mia)|its me|it is me|is me)\b"
)


def _own_names_other(shared: re.Match[str]) -> bool:
    return re.search(rf"\b(?:{groups('decision')['who']})\b", shared.group()) is not None


def _holds(folded: str, who: DecisionMaker, match: re.Match[str]) -> bool:
    """Whether the words are not denied, and "it's me" is not followed by "and my wife"."""
    joined = who is DecisionMaker.SELF and _AND_WHO.match(folded, match.end()) is not None
    return not joined and not _denied(folded, match.start())


_AND_WHO = re.compile(
    r" ?,? ?(?:and|&|n|plus|with|alongside|e|y|com|con|mais|junto com|junto con) (?:my|our|meu|minha|mi|o|a|el|la) \w+"
)


def _denied(folded: str, start: int) -> bool:
    return re.search(r"\b(?:not|nao|no|isnt|never|nunca) (?:just |only |so |solo )?$", folded[:start]) is not None


def _answered(text: Text, agent_said: str) -> tuple[DecisionMaker, int, int] | None:
    kind = about_deciding(agent_said)
    for start, end in text.sentences:
        sentence = text.folded[start:end].strip(" .!?,\n")
        who = _meaning(sentence, agent_said) or _implied(sentence, kind)
        if who is not None:
            return who, start, end
    return None


def _meaning(sentence: str, agent_said: str) -> DecisionMaker | None:
    """What a short answer says: "me", "my wife", "she does", "it's mine", or yes and no to the question."""
    if _IN_COMPANY.match(sentence):
        return DecisionMaker.SHARED
    if _begins(sentence, "me") or _MINE.search(sentence):
        return DecisionMaker.SELF
    if _SOMEBODY.match(sentence):
        return DecisionMaker.OTHER
    if _PLAINLY_BOTH.match(sentence):
        return DecisionMaker.SHARED
    if len(sentence) < _SHORT and _names_other(sentence):
        together = _TOGETHER.search(sentence) or _WITH.match(sentence) or _begins(sentence, "yes")
        return DecisionMaker.SHARED if together else DecisionMaker.OTHER
    answer = next((word for word in ("yes", "no") if _begins(sentence, word)), None)
    return decider_if(agent_said, yes=answer == "yes") if answer else None


def _implied(sentence: str, kind: str | None) -> DecisionMaker | None:
    """What an answer means that says neither who nor yes or no: "only the cat", "divorced", "the bursar"."""
    if kind is None or kind == "theirs" or _part("wish").search(sentence):
        return None
    sentence, others = _FILLERS.sub("", sentence), _names_other(sentence)
    if not others and (_part("self").match(sentence) or (kind == "together" and _alone_at_heart(sentence))):
        return DecisionMaker.SELF
    if kind == "whose" and len(sentence) < _SHORT and _ROLE.match(sentence) and not _FIRST.search(sentence):
        return DecisionMaker.OTHER
    return None


def _alone_at_heart(sentence: str) -> bool:
    """Whether nobody but a cat or a pillow is asked, or the answer comes down to "no"."""
    return _part("nobody").search(sentence) is not None or _DOWN_TO_NO.search(sentence) is not None


def _names_other(sentence: str) -> bool:
    return re.search(rf"\b(?:{groups('decision')['who']})\b", sentence) is not None


def _part(section: str) -> re.Pattern[str]:
    return pattern("decision", "answers", section)


def _begins(sentence: str, words: str) -> bool:
    return re.match(rf"(?:{'|'.join(lexicon('decision')[words])})(?:\W|$)", sentence) is not None


_FILLERS = re.compile(
    r"^(?:(?:well|oh|ah|eh|bueno|bom|pues|pos|po|uai|ora|ue|then|entao|entonces|lol|jaja\w*|kk+)[ ,]+)+"
)
_SHORT = 40
"""Letters of an answer so short that naming somebody means that person decides."""
_WITH = re.compile(r"(?:with|com|con|also|me and|eu e)\b")
_DOWN_TO_NO = re.compile(
    r"\b(?:no|nope|nah|nao|ninguem|nadie|nobody)(?: (?:jaja\w*|haha\w*|kk+|lol|thanks|gracias|sir|maam))*$"
)
_ROLE = re.compile(
    r"(?:(?:its|it is|thats|that is|that|eso|isso|e|es|seria|would be|sera|ai) )*"
    r"(?:the|our|my|his|her|o|a|os|as|el|la|los|las|mi|nuestr[oa]|meu|minha|nosso|nossa"
    r"|dra?|mrs?|ms|don|dona|sra?|senora?|lic|ing|prof|head|chief) \w+"
)
_FIRST = re.compile(r"\b(?:i|me|myself|mine|eu|mim|yo|mi mism[oa]|decido|escolho|elijo|pago|mando|no idea|not sure)\b")
