"""What a burst tells besides facts: what the lead does with it, and what it says of the chance and risk of a sale."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.qualification.extraction.concepts import expresses
from app.qualification.extraction.decision import approval_given, approval_pending
from app.qualification.extraction.language import detect
from app.qualification.extraction.learnt import Wish, chance
from app.qualification.extraction.phrases import lexicon, pattern
from app.qualification.extraction.questions import is_question, notices
from app.qualification.extraction.reading import Intent, Signal
from app.qualification.extraction.text import Text, fold
from app.qualification.extraction.timeline import gives_up
from app.vocabulary import Language

SURE, UNLIKE = 0.8, 0.03
"""From which chance on a learnt wish counts by itself, and below which a spelt-out one does not."""
_ENDS = " .!,;\n"
_SHOUTED = re.compile(r"(?:[^\w\s,.!?'\"-]{2,}.*){2}")
_PRICE = re.compile(r"(?:[$€£₦₹₱₵₺¥₲₡]|\b[A-Z]{2,3}\$? ?)\d|\d[\d.,]+\d(?!\d)(?!/)")
_MEANT = {
    Signal.THIRD_PERSON: "awaits",
    Signal.MISSED_APPOINTMENTS: "missed",
    Signal.EVASIVE: "keeps_back",
    Signal.COMPARES_FIRST: "compares_first",
    Signal.LARGE_DISCOUNT: "large_cut",
    Signal.PRICE_REFUSED: "stays_away",
}
"""Signals that are understood from concepts too, with the meaning that the lexicon gives rules for."""
_LINK = re.compile(r"(?:https?://|www\.|bit[-. ]?ly|\w+ ?\. ?(?:top|xyz|click|vip|icu|info)(?!\w))", re.IGNORECASE)
_EMPTY = re.compile(r"^\W*(?:h+m+|ok+|k|uh+|ah+|eh+|mm+|👍|\[?(?:audio|voice|sticker|image|document|gif)\]?)?\W*$")


def signals_in(text: Text, agent_said: str, language: Language | None) -> frozenset[Signal]:
    """The signals of a burst, read with what the business wrote just before."""
    return frozenset(_signals(text, agent_said, language))


def _signals(text: Text, agent_said: str, language: Language | None) -> Iterator[Signal]:
    for signal in _WORDED:
        found = pattern("signals", "signals", signal.value, language=language).finditer(text.folded)
        if any(not _only_looks(signal, text, match) for match in found):
            yield signal
    for signal, meaning in _MEANT.items():
        if _means(text, meaning, language):
            yield signal
    if approval_pending(text):
        yield Signal.THIRD_PERSON
    if approval_given(text):
        yield Signal.APPROVED
    if gives_up(text):
        yield Signal.NO_PLANS
    if _LINK.search(text.folded) and _SHOUTED.search(text.raw):
        yield Signal.SPAM
    yield from _noticed(text, agent_said)


def _only_looks(signal: Signal, text: Text, match: re.Match[str]) -> bool:
    """Whether the sentence is about something else: what other things cost ("está carísima la luz"), what a customer
    who runs an agency needs.
    """
    if signal.value not in lexicon("signals")["unlike"]:
        return False
    start, end = text.sentence_at(match.start())
    return pattern("signals", "unlike", signal.value).search(text.folded[start:end]) is not None


def _means(text: Text, meaning: str, language: Language | None) -> bool:
    return any(expresses(text.folded[start:end].strip(), meaning, language) for start, end in text.sentences)


def _noticed(text: Text, agent_said: str) -> Iterator[Signal]:
    if _is_somebody_else(text, agent_said):
        yield Signal.WRONG_NUMBER
    if notices(agent_said, "contradiction"):
        yield Signal.CONTRADICTION
    if notices(agent_said, "missed"):
        yield Signal.MISSED_APPOINTMENTS
    if notices(agent_said, "discount"):
        yield Signal.LARGE_DISCOUNT
    if notices(agent_said, "outside") and pattern("signals", "not_served").search(text.folded):
        yield Signal.ILLEGAL
    if notices(agent_said, "unlawful"):
        yield Signal.ILLEGAL
    if _is_shocked(text, agent_said):
        yield Signal.PRICE_OBJECTION
    yield from _turned_away(agent_said)
    if is_question(agent_said) and _EMPTY.match(text.folded):
        yield Signal.EVASIVE


def _is_shocked(text: Text, agent_said: str) -> bool:
    """Whether the lead cries out at a price that the business just told, and not with delight."""
    if _PRICE.search(agent_said) is None:
        return False
    outcry = pattern("signals", "shock").match(text.folded.strip()) or pattern("signals", "outcry").search(text.folded)
    delight = pattern("signals", "unlike", Signal.PRICE_OBJECTION.value).search(text.folded)
    return outcry is not None and delight is None


def _turned_away(agent_said: str) -> Iterator[Signal]:
    """What the business made of the lead: "we do not buy lists" was said to somebody who sells them."""
    said = fold(agent_said)
    for signal in (Signal.VENDOR, Signal.JOB_SEEKER, Signal.ASKS_MONEY, Signal.ILLEGAL):
        if pattern("signals", "turned_away", signal.value).search(said):
            yield signal


def _is_somebody_else(text: Text, agent_said: str) -> bool:
    """Whether the lead says not to be the person whom the business addressed by name."""
    named = {found["name"] for found in _NOT_ME.finditer(text.folded)}
    addressed = {fold(word) for word in re.findall(r"(?<![.!?] )(?<!^)[A-ZÀ-Þ][^\W\d_]+", agent_said)}
    return not named.isdisjoint(addressed)


_NOT_ME = re.compile(r"(?:i am not|this is not|im not|no soy|nao sou|aqui nao e) (?:o |a |la |el )?(?P<name>\w+)")
_WORDED = tuple(signal for signal in Signal if signal not in {Signal.THIRD_PERSON, Signal.APPROVED, Signal.NO_PLANS})


def intents_in(text: Text, agent_said: str, *, answers: bool, abusive: bool) -> frozenset[Intent]:
    """What the lead does. ``answers`` says that the burst gave at least one fact."""
    return frozenset(_intents(text, agent_said, answers=answers, abusive=abusive))


def _intents(text: Text, agent_said: str, *, answers: bool, abusive: bool) -> Iterator[Intent]:
    if opts_out(text) or _will_not_be_kept(text, agent_said) or _wants_silence(text, agent_said):
        yield Intent.OPT_OUT
    if wants_human(text):
        yield Intent.WANTS_HUMAN
    if abusive:
        yield Intent.ABUSE
    if answers:
        yield Intent.ANSWER
    if _asks(text):
        yield Intent.QUESTION
    if pattern("signals", "off_topic").search(text.folded):
        yield Intent.OFF_TOPIC
    if not answers and _all_small_talk(text):
        yield Intent.SMALL_TALK


def _will_not_be_kept(text: Text, agent_said: str) -> bool:
    """Whether the lead declines to stay in the address book: "may I keep your number?", "better not"."""
    return (
        _only_question(agent_said) is not None
        and notices(agent_said, "keeps")
        and any(
            pattern("signals", "erase").match(text.folded[start:end].strip(" .!,\n")) for start, end in text.sentences
        )
        and not _goes_on(text)
    )


def _wants_silence(text: Text, agent_said: str) -> bool:
    """Whether the lead's first words answer no to "may we stay in touch?", or yes to "shall we leave you alone?".

    The only question of the business counts: of two, nobody knows which the answer is for.
    """
    question = _only_question(agent_said)
    if question is None or not text.sentences or _goes_on(text):
        return False
    start, end = text.sentences[0]
    first = text.folded[start:end].strip(" .!,\n")
    language = detect(agent_said, guess=text.language)
    for offer, answer in (("offers_more", "declines"), ("offers_silence", "agrees")):
        if expresses(question, offer, language) and pattern("signals_wishes", answer).match(first):
            return True
    return False


def _only_question(agent_said: str) -> str | None:
    """The folded question that the business asks; None when it asks nothing, or more than one."""
    asked = [part for part in re.split(r"(?<=[.!?])\s", fold(agent_said)) if "?" in part]
    return asked[0] if len(asked) == 1 else None


def opts_out(text: Text) -> bool:
    """Whether the lead asks not to be contacted any more.

    Who says as well when or how to write ("don't text me at work. chat me from the 28th") does not, and neither does
    who goes on with the matter ("don't send the leaflet, tell me the price"), unless it stands there plainly as well.
    """
    said = [text.folded[start:end].strip() for start, end in text.sentences if not _gives_name(text, start, end)]
    spelt_out = any(_ends_contact(sentence, text.language) for sentence in said)
    if not _agreed(Wish.OPT_OUT, text, spelt_out=spelt_out, plain=_plain(text) or _is_stop_word(text)):
        return False
    if any(expresses(sentence, "invites", text.language) for sentence in said):
        return False
    return not _goes_on(text) or _plain(text)


def _agreed(wish: Wish, text: Text, *, spelt_out: bool, plain: bool = False) -> bool:
    """Whether a wish is there by both opinions: what the lexicon spells out counts unless it sounds like none, and what
    it does not when it sounds like nothing else.
    """
    likely = max((chance(line, wish) for line in text.raw.split("\n")), default=0.0)
    return plain or likely >= (UNLIKE if spelt_out else SURE)


def opts_out_plainly(text: Text) -> bool:
    """Whether an opt-out cannot be meant otherwise: a stop word alone, or a plain sentence and nothing against it."""
    return opts_out(text) and (_is_stop_word(text) or (_plain(text) and not _goes_on(text)))


def _is_stop_word(text: Text) -> bool:
    return pattern("signals", "intents", "stop_word").fullmatch(text.folded.strip(_ENDS)) is not None


def _plain(text: Text) -> bool:
    """Whether a sentence of the burst is an opt-out from its first word to its last."""
    plain = pattern("signals", "intents", "opt_out_plain")
    return any(plain.fullmatch(text.folded[start:end].strip(_ENDS)) for start, end in text.sentences)


def _goes_on(text: Text) -> bool:
    """Whether the lead says in the same burst how to be reached, or what is still wanted."""
    return any(expresses(text.folded[start:end].strip(), "goes_on", text.language) for start, end in text.sentences)


def _ends_contact(sentence: str, language: Language | None) -> bool:
    said = pattern("signals", "intents", "opt_out").search(sentence) is not None
    wished = said or expresses(sentence, "opt_out", language)
    return wished and not expresses(sentence, "still_open", language)


def wants_human(text: Text) -> bool:
    """Whether the lead asks for a person or a call."""
    return _agreed(Wish.WANTS_HUMAN, text, spelt_out=_spells_out_person(text))


def _spells_out_person(text: Text) -> bool:
    for start, end in text.sentences:
        sentence = text.folded[start:end]
        if _asks_for_person(sentence, text.language) and not pattern("signals", "intents", "human_denied").search(
            sentence
        ):
            return not _gives_name(text, start, end)
    return False


def _asks_for_person(sentence: str, language: Language | None) -> bool:
    said = pattern("signals", "intents", "wants_human").search(sentence) is not None
    return expresses(sentence, "person", language) or (said and not expresses(sentence, "calls_of_others", language))


def _gives_name(text: Text, start: int, end: int) -> bool:
    """Whether "call me ..." is followed by a word with a capital that only a name has: "pueden llamarme Ceci"."""
    for found in _CALL_ME.finditer(text.folded, start, end):
        written = text.quote(*found.span("name"))
        if written.istitle() and fold(written) not in _NO_NAMES:
            return True
    return False


_CALL_ME = re.compile(r"(?:call me|llam[ae](?:r|n)?me|me llam[ae][ns]|me puedes llamar|me pueden llamar) (?P<name>\w+)")
_NO_NAMES = frozenset(
    {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
    | {"again", "anymore", "any", "ever", "back", "please", "mas", "nunca", "jamas"}
)


def questions_in(text: Text) -> tuple[str, ...]:
    """The lead's own sentences that ask something."""
    spans = [(start, end) for start, end in text.sentences if _is_question(text.folded[start:end])]
    return tuple(text.quote(start, end) for start, end in spans)


def _is_question(sentence: str) -> bool:
    asks = "?" in sentence and re.search(r"\w", sentence) is not None
    return asks or _QUESTION.match(sentence.strip()) is not None


def _asks(text: Text) -> bool:
    return bool(questions_in(text))


def _all_small_talk(text: Text) -> bool:
    small = pattern("signals", "small_talk")
    if text.raw and not re.search(r"\w|\?", text.folded):
        return True  # a thumb up, a heart
    return bool(text.sentences) and all(
        small.fullmatch(text.folded[start:end].strip()) for start, end in text.sentences
    )


_QUESTION = re.compile(
    r"(?:what|whats|when|where|which|who|why|how|hows|is|are|do|does|did|can|could|will|would|qual|quais|quanto|quantos|quando|onde|quem|como|"
    r"tem|teria|pode|posso|voces|cual|cuales|cuanto|cuantos|cuando|donde|quien|hay|"
    r"tienen|puedo|pueden|aceptan|aceitam) \w+"
)
