"""What says that a consultant's time is at risk, in words that many people use, and what only sounds like it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.qualification.extraction import ReadingContext, Signal, read

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _signals(agent: str, lead: str) -> frozenset[Signal]:
    return read([lead], ReadingContext(agent_said=agent), NOW).signals


@pytest.mark.parametrize(
    ("agent", "lead", "signal"),
    [
        ("It comes to £2,400.", "for that I could buy a car", Signal.PRICE_OBJECTION),
        ("It comes to R78 400.", "eish", Signal.PRICE_OBJECTION),
        ("Fica R$ 900.", "com isso compro uma moto", Signal.PRICE_OBJECTION),
        ("Fica R$ 900.", "salgadíssimo", Signal.PRICE_OBJECTION),
        ("Son S/ 4,800.", "con eso me compro un auto", Signal.PRICE_OBJECTION),
        ("Where do you live?", "next question", Signal.EVASIVE),
        ("What is your budget?", "wouldn't you like to know", Signal.EVASIVE),
        ("Qual a sua idade?", "pula essa", Signal.EVASIVE),
        ("¿En qué ciudad está?", "eso no viene al caso", Signal.EVASIVE),
        ("Hi again!", "I forgot both appointments, sorry", Signal.MISSED_APPOINTMENTS),
        ("Oi!", "furei com vocês em agosto", Signal.MISSED_APPOINTMENTS),
        ("¡Hola!", "les quedé debiendo dos reuniones", Signal.MISSED_APPOINTMENTS),
        ("Are you new here? Oh, so you have trained before?", "hehe yes", Signal.CONTRADICTION),
        ("¿150? Antes apunté 60.", "por ahí", Signal.CONTRADICTION),
        ("We don't buy contact lists.", "free sample then", Signal.VENDOR),
        ("Our office hires, here is the careers address.", "thanks sir", Signal.JOB_SEEKER),
        ("Não fazemos empréstimos por aqui.", "100 então", Signal.ASKS_MONEY),
        ("Eso sería un delito.", "todos lo hacen", Signal.ILLEGAL),
        ("Anyone buying along with you?", "my partner Cian. hes not sold on it at all yet", Signal.THIRD_PERSON),
        ("Has he agreed?", "Not yet. He has to come see it himself first", Signal.THIRD_PERSON),
        ("E sua esposa?", "Ela ainda não bateu o martelo. Sem o ok dela não ando", Signal.THIRD_PERSON),
        ("Quem resolve aí?", "eu e meu sócio, e ele por enquanto torce o nariz", Signal.THIRD_PERSON),
        ("¿Y su esposo?", "mi esposo todavía no está convencido", Signal.THIRD_PERSON),
        ("It came to £9,400.", "panels at that price is daft money", Signal.PRICE_OBJECTION),
        ("O orçamento ficou em R$ 18.500.", "achei um assalto", Signal.PRICE_OBJECTION),
        ("R$ 219 mensais.", "me faz por 110 que fecho na hora", Signal.PRICE_OBJECTION),
        ("R$ 95 por mês.", "quero metade disso", Signal.LARGE_DISCOUNT),
        ("Hello!", "bailed 3 times i know", Signal.MISSED_APPOINTMENTS),
        ("Hi!", "on behalf of BrightReach Media, we generate exclusive leads for brokers", Signal.VENDOR),
        ("Mas este número é só para clientes.", "Segue tabela", Signal.VENDOR),
        ("We can only submit genuine documents.", "everybody do it", Signal.ILLEGAL),
        ("Hi!", "final warning: verify your account with the 6 digit code", Signal.SPAM),
    ],
)
def test_a_danger_is_seen(agent: str, lead: str, signal: Signal) -> None:
    assert signal in _signals(agent, lead)


@pytest.mark.parametrize(
    ("agent", "lead", "signal"),
    [
        ("Hello!", "wow what a lovely place", Signal.PRICE_OBJECTION),
        ("Hello!", "my renewal is a joke, find me something better", Signal.PRICE_OBJECTION),
        ("Where to?", "Norway, my late husband always promised me", Signal.ASKS_MONEY),
        ("So you have time to prepare. When would you apply?", "in 2029", Signal.CONTRADICTION),
        ("Which course?", "to pass the exam in May", Signal.EVASIVE),
        ("É casa?", "casa. conta vindo 780 reais um absurdo", Signal.PRICE_OBJECTION),
        ("¡Hola!", "aún hay promo de inscripción gratis?", Signal.PRICE_OBJECTION),
        ("Hi!", "Looking for a job management app for my electricians", Signal.JOB_SEEKER),
        ("Has he agreed?", "he is in Germany", Signal.APPROVED),
        ("Hi!", "our customers get confused booking by phone, we need an app", Signal.VENDOR),
        ("Oi!", "represento a empresa Sol e preciso de um sistema", Signal.VENDOR),
        ("O que houve?", "foi um assalto, levaram o carro", Signal.PRICE_OBJECTION),
        ("¿Cuándo?", "mañana, y si está bonito firmo ahí nomás", Signal.NO_PLANS),
    ],
)
def test_what_only_sounds_dangerous_is_none(agent: str, lead: str, signal: Signal) -> None:
    assert signal not in _signals(agent, lead)
