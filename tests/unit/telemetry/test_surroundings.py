"""Each process tells what surrounds it: disks, and the baseline that reductions are measured against."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import Misconfigured
from app.settings import load_settings
from app.telemetry import surroundings
from metrics.registry import REGISTRY


def read(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def test_the_room_of_the_data_and_of_a_database_that_runs_here_is_shown(tmp_path: Path):
    (tmp_path / "pg").mkdir()
    surroundings.tell(load_settings(data_dir=tmp_path))
    for mount in ("data", "database"):
        free, size = read("leadline_disk_free_bytes", mount=mount), read("leadline_disk_size_bytes", mount=mount)
        assert free is not None
        assert size is not None
        assert 0 < free < size


def test_a_folder_that_is_gone_is_not_an_empty_disk(tmp_path: Path):
    surroundings.tell(load_settings(data_dir=tmp_path / "away"))
    free = read("leadline_disk_free_bytes", mount="data")
    assert free != free  # noqa: PLR0124 - only a NaN is not itself


def test_the_demo_measures_itself_against_a_published_figure():
    assert surroundings.baselines(load_settings()) == [("first_contact", surroundings.SOURCE_OF_OTHERS, 151_200.0)]


def test_figures_of_the_team_itself_count_more():
    own = load_settings(baseline_first_contact_seconds=7200, baseline_source="Our own log of May")
    assert surroundings.baselines(own) == [("first_contact", "Our own log of May", 7200)]


def test_a_baseline_without_a_source_is_refused():
    with pytest.raises(Misconfigured, match="LEADLINE_BASELINE_SOURCE"):
        load_settings(baseline_qualification_seconds=600)
