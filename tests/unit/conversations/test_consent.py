"""Who wants to be erased."""

from __future__ import annotations

import pytest

from app.conversations.consent import asks_for_erasure


@pytest.mark.parametrize(
    "text",
    [
        "Please delete my data",
        "I want you to erase everything you have about me",
        "remove all my personal information",
        "Apague meus dados, por favor",
        "quero que excluam as minhas informações",
        "Elimine todos os meus dados",
        "Borren mis datos",
        "quiero que eliminen todo lo que tienen de mí",
    ],
)
def test_who_asks_for_it(text: str):
    assert asks_for_erasure(["hello", text])


@pytest.mark.parametrize(
    "text", ["STOP", "Please remove my number", "I sent you my data", "forget it", "mis datos son correctos", ""]
)
def test_who_does_not_ask_for_erasure(text: str):
    assert not asks_for_erasure([text])
