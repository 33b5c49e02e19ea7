"""What leads want of different businesses: their wishes, what they would pay, and how they speak of it.

The words of the school stand in ``phrases``. A business of no known trade is asked for what it says that it does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.simulator import phrases
from app.simulator.lexicon import Slot, plain
from app.simulator.phrases import Phrases


@dataclass(frozen=True, eq=False)
class Trade:
    """One kind of business as its leads see it.

    ``{i}`` is the interest, ``{v}`` the time in ``starts``; ``amounts`` are in the money of ``phrases.CURRENCIES``.
    """

    interests: Phrases
    openings: Phrases
    asks_back: Phrases
    starts: Phrases
    amounts: Mapping[str, tuple[int, ...]]
    periods: tuple[str, ...] = ("once",)


def _openings(**last: str) -> Phrases:
    """How leads of any business begin, and in each language how those of this one may."""
    usual = {
        "en": ("Hi, I saw your ad about {i}", "hello, I'd like to know about {i}"),
        "pt": ("Oi, vi o anúncio de vocês sobre {i}", "olá, queria saber sobre {i}"),
        "es": ("Hola, vi su anuncio sobre {i}", "buenas, quería información sobre {i}"),
    }
    return {language: (*usual[language], own) for language, own in last.items()}


def _asks_back(**more: tuple[str, ...]) -> Phrases:
    """The price is asked for everywhere, the rest by leads of this business."""
    usual = {"en": "how much is it?", "pt": "quanto custa?", "es": "¿cuánto cuesta?"}
    return {language: (usual[language], *own) for language, own in more.items()}


def _starts(**wish: str) -> Phrases:
    """When it shall begin: the time alone, as one wishes for it here, and as an ideal."""
    ideal = {"en": "ideally {v}", "pt": "o ideal é {v}", "es": "lo ideal sería {v}"}
    return {language: ("{v}", own, ideal[language]) for language, own in wish.items()}


SCHOOL = Trade(
    phrases.INTERESTS,
    phrases.OPENINGS,
    phrases.ASKS_BACK,
    {language: tells[Slot.TIMELINE] for language, tells in phrases.TELLS.items()},
    phrases.AMOUNTS,
    ("month", "once"),
)
CLINIC = Trade(
    interests={
        "en": ("dental implants", "teeth whitening", "braces", "laser hair removal"),
        "pt": ("implante dentário", "clareamento", "aparelho", "depilação a laser"),
        "es": ("un implante dental", "blanqueamiento dental", "ortodoncia", "depilación láser"),
    },
    openings=_openings(
        en="Good morning! Could I get an appointment for {i}?",
        pt="Bom dia! Tem horário para {i}?",
        es="¡Buenos días! ¿Tienen cita para {i}?",
    ),
    asks_back=_asks_back(
        en=("does it hurt?", "are you open on Saturdays?"),
        pt=("dói?", "vocês atendem no sábado?"),
        es=("¿duele?", "¿atienden los sábados?"),
    ),
    starts=_starts(en="I'd like to come {v}", pt="queria ir {v}", es="me gustaría ir {v}"),
    amounts={"en": (300, 900, 2500, 6000), "pt": (450, 1800, 4500, 12000), "es": (200, 700, 1800, 4500)},
)
SOLAR = Trade(
    interests={
        "en": ("solar panels for my house", "panels and a battery", "solar panels for our shop", "a home battery"),
        "pt": ("placas solares para minha casa", "placas e bateria", "energia solar para a loja", "energia solar"),
        "es": ("paneles solares para mi casa", "paneles y batería", "energía solar para el negocio", "paneles solares"),
    },
    openings=_openings(
        en="Good morning! Could you quote me {i}?",
        pt="Bom dia! Vocês fazem orçamento de {i}?",
        es="¡Buenos días! ¿Hacen presupuesto de {i}?",
    ),
    asks_back=_asks_back(
        en=("how long does the installation take?", "does it work on cloudy days?"),
        pt=("quanto tempo leva a instalação?", "funciona em dia nublado?"),
        es=("¿cuánto tarda la instalación?", "¿funciona con días nublados?"),
    ),
    starts=_starts(en="I'd like it installed {v}", pt="queria instalar {v}", es="me gustaría instalarlo {v}"),
    amounts={"en": (6000, 9000, 14000, 25000), "pt": (15000, 25000, 40000, 60000), "es": (5000, 8000, 12000, 20000)},
)
_SIGNS = (
    (CLINIC, re.compile(r"\b(?:clinic|dent|odonto|doctor|medic|salud\b|saude\b|health|ortodon|implant)")),
    (SOLAR, re.compile(r"\b(?:solar|photovolt|fotovolt)")),
    (SCHOOL, re.compile(r"\b(?:school|escola|escuela|academ|course|curso|lesson|english|ingles)")),
)
MOST_WISHES = 6
LONGEST_WISH = 60


def trade_of(business: Mapping[str, str]) -> Trade:
    """The trade of a business that says in each language what it does, such as ``gym, classes, massage``."""
    said = plain(" ".join(business.values()))
    signs = {trade: len(pattern.findall(said)) for trade, pattern in _SIGNS} if said else {}
    best = max(signs, key=lambda trade: signs[trade], default=None)
    return best if best and signs[best] else _unknown(business)


def _unknown(business: Mapping[str, str]) -> Trade:
    """A trade whose leads want what the business says that it does."""
    return Trade(
        interests={language: _wishes(business.get(language, "")) or usual for language, usual in _SERVICES.items()},
        openings=_OPENINGS,
        asks_back=_ASKS_BACK,
        starts=_STARTS,
        amounts=phrases.AMOUNTS,
        periods=("month", "once"),
    )


def _wishes(does: str) -> tuple[str, ...]:
    """The offers in ``gym, classes, massage``: what comes behind the kind of business, or all of it."""
    parts = [part.strip() for part in re.split(r"[,;]", does) if part.strip()]
    return tuple(part for part in (parts[1:] or parts)[:MOST_WISHES] if len(part) <= LONGEST_WISH)


_SERVICES: Phrases = {"en": ("your services",), "pt": ("os serviços de vocês",), "es": ("sus servicios",)}
_OPENINGS = _openings(
    en="Good morning! I'm interested in {i}", pt="Bom dia! Tenho interesse em {i}", es="¡Buenos días! Me interesa {i}"
)
_ASKS_BACK = _asks_back(
    en=("how does it work?", "when are you open?"),
    pt=("como funciona?", "qual é o horário de vocês?"),
    es=("¿cómo funciona?", "¿qué horario tienen?"),
)
_STARTS = _starts(en="I'd like to start {v}", pt="queria começar {v}", es="me gustaría empezar {v}")
