"""The page about metrics is what the catalogue says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_every_metric_is_documented_as_the_catalogue_has_it():
    check = subprocess.run(
        [sys.executable, "scripts/metrics_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stderr
