"""After a day, each business figure that Prometheus tells is the one that the database tells."""

from __future__ import annotations

import pytest

from tests.integration.figures.conftest import Played
from tests.integration.figures.pairs import PAIRS

pytestmark = pytest.mark.needs("prometheus")


@pytest.mark.parametrize("title", [pair.title for pair in PAIRS])
def test_prometheus_tells_what_the_database_tells(played: Played, title: str):
    told = played.told[title]
    assert told.database, "the day must have something to tell"
    assert told.prometheus == pytest.approx(told.database, rel=1e-6)
