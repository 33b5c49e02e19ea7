"""How a lead understands what a business writes: which fact is asked for, and when the conversation is over.

Words only, in three languages, as a person skims a chat. Nothing is known of the agent but its text.
"""

import re
import unicodedata
from enum import StrEnum


class Slot(StrEnum):
    """A fact that a business asks a lead for."""

    NAME = "name"
    EMAIL = "email"
    INTEREST = "interest"
    CITY = "city"
    BUDGET = "budget"
    TIMELINE = "timeline"
    DECISION_MAKER = "decision_maker"


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})")


ASKS = {
    Slot.NAME: _words(
        r"your (?:full |first )?name\b",
        r"call you\b",
        r"who am i (?:speaking|talking|chatting)",
        r"what name\b",
        r"who should i put\b",
        r"(?:qual|em) nome\b",
        r"(?:que|a) nombre\b",
        r"(?:seu|teu) nome",
        r"nome completo",
        r"(?:te|lhe) chamar?\b",
        r"voce se chama",
        r"(?:com )?quem (?:eu )?(?:falo|estou falando)",
        r"(?:tu|su) nombre",
        r"nombre completo",
        r"te llamas",
        r"se llama\b",
        r"te llamo\b",
        r"(?:te|le|lo|la) puedo llamar",
        r"llamarte",
        r"con quien (?:hablo|tengo)",
    ),
    Slot.EMAIL: _words(r"e-?mails?\b", r"correo"),
    Slot.INTEREST: _words(
        r"interested in",
        r"looking for",
        r"(?:what|which) (?:course|program|product|service|plan|option)",
        r"what (?:do you need|would you like|brings you|can we|can i|are you after)",
        r"(?:help|assist) you",
        r"(?:have|had) in mind",
        r"(?:se )?interess",
        r"t(?:em|inha) em mente",
        r"t(?:ienes|enias|iene|enia) en mente",
        r"que (?:te|le) gustaria",
        r"que quieres?\b",
        r"procura",
        r"(?:te|le|lhe) ajudar",
        r"ajudar (?:voce|com)",
        r"(?:qual|que) (?:curso|produto|servico|plano|programa)",
        r"o que voce (?:precisa|quer|gostaria)",
        r"interesa",
        r"buscas?\b",
        r"(?:en que|como) (?:te|le) (?:puedo|podemos) ayudar",
        r"ayudarte",
        r"(?:cual|que) (?:curso|producto|servicio|plan|programa)",
        r"que necesitas?\b",
    ),
    Slot.CITY: _words(
        r"city\b",
        r"town\b",
        r"where (?:are|do) you (?:based|located|live|writing|from)",
        r"where are you\b",
        r"cidade",
        r"onde (?:voce )?(?:mora|esta|fica|fala)",
        r"de onde",
        r"ciudad",
        r"donde (?:vives?|estas?|te encuentras|resides?|escribes?)",
        r"de donde",
    ),
    Slot.BUDGET: _words(
        r"budget",
        r"how much",
        r"price range",
        r"(?:you )?(?:spend|invest|pay)\b",
        r"figure",
        r"amount",
        r"paying\b",
        r"stay (?:under|within)",
        r"valor\b",
        r"cifra",
        r"orcamento",
        r"quanto\b",
        r"investir",
        r"faixa de (?:preco|valor)",
        r"pagar\b",
        r"presupuesto",
        r"cuanto (?!antes|tiempo)",
        r"invertir",
        r"rango de precio",
    ),
    Slot.TIMELINE: _words(
        r"when\b",
        r"how soon",
        r"timeline",
        r"start date",
        r"quando\b",
        r"prazo",
        r"para que (?:mes|data)",
        r"em quanto tempo",
        r"cuando\b",
        r"plazo",
        r"fecha",
        r"en cuanto tiempo",
        r"que tan pronto",
    ),
    Slot.DECISION_MAKER: _words(
        r"(?:who|anyone|anybody|someone|somebody)(?: else)?\b[^?]*\b(?:decid|decision|involved|sign|say|approv|agree)",
        r"decid",
        r"decision",
        r"sign off",
        r"your call",
        r"decisao",
        r"mais alguem",
        r"outra pessoa participa",
        r"alguien mas",
        r"otra persona participa",
    ),
}
NOT_MEANT = {
    Slot.BUDGET: re.compile(r"em quanto tempo|o quanto antes"),
    Slot.INTEREST: re.compile(r"what would you like to (?:stay|spend|pay)"),
}
"""Words of one question that look like another's."""
MONEY = re.compile(r"\b(?:figure|amount|valor|cifra|price|preco|precio)\b")
IN_MIND = re.compile(r"\b(?:in|em|en) (?:mind|mente)\b")

CONFIRMS = _words(
    r"(?:is|are) (?:that|this|it|these|all)[^?]*(?:right|correct|ok)",
    r"(?:sound|look)s? (?:right|good|correct)",
    r"did i get",
    r"can you confirm",
    r"(?:esta|ta) (?:tudo )?(?:certo|correto)",
    r"confirma",
    r"(?:es|esta) (?:todo )?(?:correcto|bien)",
)
CLOSES = _words(
    r"(?:consultant|colleague|specialist|adviser|advisor|team|person|human|someone)[^.?!]*"
    r"(?:contact|touch|write|call|reach|take over|message|with you|soon|shortly)",
    r"(?:pass|hand)(?:ing|ed)? you",
    r"(?:will not|won.t) (?:write|contact|message)",
    r"unsubscribed",
    r"off our list",
    r"all the best\b",
    r"tudo de bom",
    r"nao vai receber",
    r"que te vaya",
    r"no more messages",
    r"(?:consultor|colega|especialista|pessoa|equipe|atendente|alguem)[^.?!]*"
    r"(?:contato|falar|escrever|chamar|ligar|continua|assum|em breve)",
    r"nao (?:vou|vamos|iremos|enviaremos|voltaremos)[^.?!]*(?:mais|mensag|escrev|contat)",
    r"(?:consultor|asesor|companer|especialista|persona|equipo|alguien)[^.?!]*"
    r"(?:contacto|contactar|escribir|llamar|hablar|sigue|continu|pronto|breve)",
    r"no (?:te|le) (?:escribir|volver|contactar|enviar|molestar)",
    r"no (?:voy|vamos) a (?:escribir|contactar|enviar|molestar)",
    r"(?:have|got) (?:all|everything) (?:i|we) need",
    r"(?:tenho|temos) tudo",
    r"(?:tengo|tenemos) todo",
)

SENTENCE = re.compile(r"[^.?!\n]*[.?!\n]?")


def plain(text: str) -> str:
    """Lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def questions(text: str) -> str:
    """The questions of a text; all of it when nothing is marked as one."""
    # Dots inside an e-mail address or a number end no sentence.
    marked = re.sub(r"(?<=\w)\.(?=\w)", "\u2024", plain(text))
    asked = [sentence for sentence in SENTENCE.findall(marked) if sentence.rstrip().endswith("?")]
    return " ".join(asked) or marked


def asked_for(text: str) -> list[Slot]:
    """The facts that a text asks for, in the order in which it does."""
    asked = questions(text)
    found: dict[Slot, int] = {}
    for slot, pattern in ASKS.items():
        meant = NOT_MEANT[slot].sub(" ", asked) if slot in NOT_MEANT else asked
        match = pattern.search(meant)
        if match:
            found[slot] = match.start()
    if IN_MIND.search(asked) and MONEY.search(plain(text)):
        # "A rough figure helps. What did you have in mind?" is about the figure.
        found[Slot.BUDGET] = found.pop(Slot.INTEREST, 0)
    return sorted(found, key=lambda slot: found[slot])


def asks_anything(text: str) -> bool:
    """Whether there is a question at all."""
    return "?" in text


def asks_to_confirm(text: str) -> bool:
    """Whether a yes is wanted."""
    return asks_anything(text) and CONFIRMS.search(questions(text)) is not None


def closes(text: str) -> bool:
    """Whether the business says goodbye, hands over, or promises silence."""
    return CLOSES.search(plain(text)) is not None
