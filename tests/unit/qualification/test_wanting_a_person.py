"""A lead who tells a name is not asking for a call."""

from __future__ import annotations

import pytest

from app.qualification.extraction.signals import wants_human
from app.qualification.extraction.text import read_text


@pytest.mark.parametrize("said", ["call me Bob", "Hi, call me Dave!", "you can call me Ana", "llámame Juan"])
def test_a_name_to_be_called_by_is_no_wish_for_a_call(said: str) -> None:
    assert not wants_human(read_text(said))


@pytest.mark.parametrize(
    "said",
    [
        "call me",
        "please call me tomorrow",
        "call me back",
        "call me on this number",
        "call me urgently",
        "can you call me, I am Bob",
        "llámame mañana",
        "llámame por favor",
    ],
)
def test_a_wish_for_a_call_is_understood(said: str) -> None:
    assert wants_human(read_text(said))


@pytest.mark.parametrize(
    "said",
    [
        "can I talk to the class before I join?",
        "i want to speak english with people",
        "are you a real person?",
        "am I talking to a bot?",
        "I need to speak to my wife first",
        "do you have face to face classes?",
        "stop by the school",
        "posso falar com a turma antes?",
        "quero falar inglês com gente de fora",
        "vc é um robô?",
        "tem professor que fala espanhol?",
        "puedes llamarme Ana",
        "me llamo Ana Lucía pero puedes llamarme Ana",
        "pueden llamarme Ceci 😊 quiero inscribirme",
        "quiero hablar con gente de otros países",
        "¿hay profesor que hable francés?",
        "eres un robot?",
        "put me with the beginners",
        "me gustan mucho los robots, hay curso?",
        "can someone help me with a crown?",
        "me passa pra turma de quinta",
    ],
)
def test_talking_to_others_and_asking_what_we_are_is_no_wish_for_a_person(said: str) -> None:
    assert not wants_human(read_text(said))


@pytest.mark.parametrize(
    "said",
    [
        "can I talk to a real person?",
        "I'd like to speak to an actual human being please, not a robot",
        "just get someone to contact me",
        "can someone ring me first tho? i'd rather explain it by voice",
        "quero falar com alguem de vcs pessoalmente antes",
        "tem gente de verdade aí pra me atender?",
        "prefiro fechar com um consultor, alguém pode me ligar amanhã?",
        "y si me llamas mejor? es que escribo lento",
        "quiero que me llame un abogado",
        "puedo hablar con una persona de verdad?",
        "me pasas con Laura?",
        "can you put me through to Mark",
        "is there somebody I could actually talk to?",
        "¿me puede atender una persona?",
        "dá pra me ligar em vez de mensagem?",
    ],
)
def test_a_wish_for_a_person_is_understood_in_many_words(said: str) -> None:
    assert wants_human(read_text(said))
