"""Which Leadline this is: its version, and the revision of the source that runs."""

from __future__ import annotations

from pathlib import Path

VERSION = "0.1.0"
ROOT = Path(__file__).resolve().parent.parent
LENGTH = 12
UNKNOWN = "unknown"


def revision(told: str = "", root: Path = ROOT) -> str:
    """What ``LEADLINE_REVISION`` says, else the commit of the clone below ``root``, else ``unknown``."""
    if told:
        return told[:LENGTH]
    try:
        return _commit(root / ".git")[:LENGTH]
    except (OSError, StopIteration):
        return UNKNOWN


def _commit(git: Path) -> str:
    """The commit that a clone has checked out, read from its files: the image has no git, and needs none."""
    if git.is_file():
        git = (git.parent / git.read_text().partition("gitdir:")[2].strip()).resolve()
    head = (git / "HEAD").read_text().strip()
    if not head.startswith("ref:"):
        return head
    name = head.partition(":")[2].strip()
    shared = git / "commondir"
    whole = (git / shared.read_text().strip()).resolve() if shared.is_file() else git
    loose = whole / name
    if loose.is_file():
        return loose.read_text().strip()
    packed = (line.split(" ", 1) for line in (whole / "packed-refs").read_text().splitlines() if " " in line)
    return next(commit for commit, ref in packed if ref == name)
