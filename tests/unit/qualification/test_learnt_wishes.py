"""Wishes told by what they sound like, where no rule spells them out, and rules overruled that only look alike."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.qualification.extraction import learnt, signals
from app.qualification.extraction.learnt import Wish, chance, features
from app.qualification.extraction.signals import opts_out, wants_human
from app.qualification.extraction.text import read_text

SENTENCES = Path(__file__).parents[3] / "scripts" / "wishes"
LABELS = {"opt_out", "wants_human", "neither"}


def labelled() -> list[tuple[str, str]]:
    lines = [line for file in sorted(SENTENCES.glob("*.tsv")) for line in file.read_text("utf-8").splitlines()]
    return [(label, said) for label, said in (line.split("\t", 1) for line in lines)]


def test_the_shipped_weights_were_learnt_from_the_sentences_that_stand_here():
    held = hashlib.sha256()
    for file in sorted(SENTENCES.glob("*.tsv")):
        held.update(file.read_bytes())
    assert learnt._learnt().sentences == held.hexdigest(), "uv run scripts/learn_wishes.py"


def test_each_sentence_has_one_label_and_stands_once():
    said = [sentence for _, sentence in labelled()]
    assert {label for label, _ in labelled()} == LABELS
    assert len(said) == len(set(said))


def test_a_wish_is_likelier_in_what_makes_it_than_in_everything_else():
    told = labelled()
    for wish in Wish:
        meant = [chance(said, wish) for label, said in told if label == wish]
        others = [chance(said, wish) for label, said in told if label != wish]
        assert sum(likely >= 0.5 for likely in meant) > 0.9 * len(meant)
        assert sum(likely >= 0.5 for likely in others) < 0.02 * len(others)


@given(st.text(max_size=600))
def test_any_text_has_a_chance(said: str):
    assert all(0 <= chance(said, wish) <= 1 for wish in Wish)


def test_a_message_is_weighed_without_its_capitals_accents_and_numbers():
    assert features("Não 12 ligue!") == features("nao 99 LIGUE!")


def test_what_words_nobody_ever_learnt_is_no_wish():
    assert all(chance("zzyzx qwrtp", wish) < 0.2 for wish in Wish)


@pytest.mark.parametrize(("likely", "understood"), [(signals.SURE, True), (signals.SURE - 0.01, False)])
def test_a_wish_that_no_rule_spells_out_counts_when_it_sounds_like_nothing_else(
    monkeypatch: pytest.MonkeyPatch, likely: float, understood: bool
):
    monkeypatch.setattr(signals, "chance", lambda _said, _wish: likely)
    assert opts_out(read_text("the weather is fine")) is understood
    assert wants_human(read_text("the weather is fine")) is understood


@pytest.mark.parametrize(("likely", "understood"), [(signals.UNLIKE, True), (signals.UNLIKE - 0.01, False)])
def test_a_wish_that_a_rule_sees_is_none_when_it_sounds_like_none(
    monkeypatch: pytest.MonkeyPatch, likely: float, understood: bool
):
    monkeypatch.setattr(signals, "chance", lambda _said, _wish: likely)
    assert opts_out(read_text("I'd rather you lot did not text me again")) is understood
    assert wants_human(read_text("please let me talk to a human")) is understood


@pytest.mark.parametrize("said", ["stop", "STOP!", "please stop messaging me"])
def test_a_stop_word_and_a_plain_sentence_need_no_second_opinion(monkeypatch: pytest.MonkeyPatch, said: str):
    monkeypatch.setattr(signals, "chance", lambda _said, _wish: 0.0)
    assert opts_out(read_text(said))


def test_who_says_how_to_go_on_is_not_silenced_however_it_sounds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(signals, "chance", lambda _said, _wish: 1.0)
    assert not opts_out(read_text("don't send the leaflet, just tell me the price"))
