"""The figures and traces say which Leadline made them."""

from __future__ import annotations

import tomllib
from pathlib import Path

from app.release import VERSION, revision

ROOT = Path(__file__).resolve().parents[3]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_the_version_is_the_one_of_the_project():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_what_the_image_says_counts_more_than_a_clone():
    assert revision("fedcba9876543210") == "fedcba987654"


def test_a_clone_knows_its_commit_wherever_git_keeps_it(tmp_path: Path):
    git = tmp_path / ".git"
    (git / "refs/heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "refs/heads/main").write_text(f"{COMMIT}\n")
    assert revision(root=tmp_path) == COMMIT[:12]
    (git / "refs/heads/main").unlink()
    (git / "packed-refs").write_text(f"# pack-refs with: peeled\n{COMMIT} refs/heads/main\n")
    assert revision(root=tmp_path) == COMMIT[:12]
    (git / "HEAD").write_text(COMMIT)
    assert revision(root=tmp_path) == COMMIT[:12]


def test_a_second_worktree_knows_its_own(tmp_path: Path):
    whole, own = tmp_path / "whole/.git", tmp_path / "whole/.git/worktrees/own"
    own.mkdir(parents=True)
    (whole / "refs/heads").mkdir(parents=True)
    (whole / "refs/heads/side").write_text(COMMIT)
    (own / "HEAD").write_text("ref: refs/heads/side")
    (own / "commondir").write_text("../..")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/.git").write_text(f"gitdir: {own}")
    assert revision(root=tmp_path / "own") == COMMIT[:12]


def test_without_either_it_is_unknown(tmp_path: Path):
    assert revision(root=tmp_path) == "unknown"
