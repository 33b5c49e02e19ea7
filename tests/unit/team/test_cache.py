from datetime import UTC, datetime, timedelta

import pytest

from app.team import cache
from app.team.cache import REMEMBERED, ViewerCache
from app.team.viewer import Viewer
from app.vocabulary import Role

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANA = Viewer(user_id=2, name="Ana Ribeiro", initials="AR", role=Role.CONSULTANT, email="ana@leadline.demo")
MARA = Viewer(user_id=1, name="Mara Lind", initials="ML", role=Role.MANAGER, email="mara@leadline.demo")


@pytest.fixture
def viewers():
    made = ViewerCache()
    made.remember(b"ana", ANA, NOW, generation=made.generation)
    made.remember(b"mara", MARA, NOW, generation=made.generation)
    return made


def test_a_viewer_is_remembered_for_five_seconds(viewers):
    assert viewers.recall(b"ana", NOW + timedelta(seconds=4.9)) == ANA
    assert viewers.recall(b"ana", NOW + REMEMBERED) is None
    assert timedelta(seconds=5) == REMEMBERED


def test_forgetting_one_user_keeps_the_others(viewers):
    viewers.forget(ANA.user_id)
    assert viewers.recall(b"ana", NOW) is None
    assert viewers.recall(b"mara", NOW) == MARA


def test_forgetting_without_a_name_forgets_everybody(viewers):
    viewers.forget()
    assert viewers.recall(b"ana", NOW) is None
    assert viewers.recall(b"mara", NOW) is None


def test_what_was_read_before_a_revocation_is_not_remembered_after_it(viewers):
    generation = viewers.generation
    viewers.forget(ANA.user_id)
    viewers.remember(b"ana", ANA, NOW, generation=generation)
    assert viewers.recall(b"ana", NOW) is None


def test_the_memory_is_bounded(viewers, monkeypatch):
    monkeypatch.setattr(cache, "MOST", 2)
    viewers.remember(b"third", MARA, NOW, generation=viewers.generation)
    assert viewers.recall(b"ana", NOW) is None
    assert viewers.recall(b"third", NOW) == MARA
