"""The label values of the catalogue are the words of the application."""

from __future__ import annotations

from enum import StrEnum

import pytest

from app import vocabulary as words
from app.leads.ledger import Kind
from app.whatsapp.events import SessionStatus
from metrics import vocabulary
from metrics.catalogue import CATALOGUE
from metrics.collector import BY_EVENT
from metrics.shape import Label

TRANSITIONS = "leadline_whatsapp_session_transitions_total"


@pytest.mark.parametrize(
    ("label", "enum"),
    [
        (vocabulary.SESSION, words.SessionName),
        (vocabulary.DIRECTION, words.Direction),
        (vocabulary.SOURCE, words.Source),
        (vocabulary.OUTCOME, words.Outcome),
        (vocabulary.METHOD, words.Method),
        (vocabulary.STAGE, words.Stage),
        (vocabulary.TEMPERATURE, words.Temperature),
        (vocabulary.MESSAGE_TYPE, words.MessageKind),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_label_has_the_values_of_its_enumeration(label: Label, enum: type[StrEnum]):
    assert set(label.values) == set(enum)


def test_a_session_has_the_statuses_of_the_gateway_port():
    label = next(each for each in CATALOGUE[TRANSITIONS].labels if each.name == "status")
    assert set(SessionStatus) <= set(label.values)


def test_every_event_that_is_written_to_the_ledger_is_counted_or_left_out_on_purpose():
    uncounted = {Kind.STAGE_CHANGED, Kind.OPTED_OUT, Kind.VERDICT_WITHDRAWN, Kind.EVALUATION_REFUSED}
    assert set(Kind) - uncounted <= set(BY_EVENT)
