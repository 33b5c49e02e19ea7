"""What came besides words, in one sentence for the team."""

from __future__ import annotations

import pytest

from app.conversations.enclosures import enclosed, sentence
from app.qualification.dialogue import NOTHING, Enclosed
from app.vocabulary import MessageKind as Kind


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ([Kind.IMAGE], "Sent a photo: look at it."),
        ([Kind.IMAGE, Kind.IMAGE], "Sent 2 photos: look at them."),
        ([Kind.TEXT, Kind.IMAGE, Kind.DOCUMENT], "Sent a photo and a document: look at them."),
        ([Kind.LOCATION, Kind.CONTACT, Kind.VIDEO], "Sent a location, a contact and a video: look at them."),
        ([Kind.OTHER], "Sent something that only the phone can show: look at it."),
        ([Kind.TEXT], None),
        ([Kind.STICKER], None),
        ([Kind.VOICE], None),
    ],
)
def test_the_team_reads_what_was_sent(kinds: list[Kind], said: str | None):
    assert sentence(kinds, ["" for _ in kinds], over=False) == said


def test_after_the_interview_a_voice_note_is_for_a_person():
    assert sentence([Kind.VOICE], [""], over=True) == "Sent a voice note: look at it."
    assert sentence([Kind.VOICE], ["what was heard"], over=True) is None


def test_what_the_agent_is_told_of_it():
    assert enclosed([Kind.TEXT], ["hello"]) == NOTHING
    assert enclosed([Kind.VOICE], ["heard"]) == NOTHING
    assert enclosed([Kind.VOICE, Kind.IMAGE], ["", ""]) == Enclosed(unheard=True, files=True)
    assert enclosed([Kind.STICKER], [""]) == Enclosed(gesture=True)
