"""Playbooks from the command line."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from typer.testing import CliRunner, Result

from app import cli, installation
from app.installation import Running
from app.qualification.playbook import text_of
from app.qualification.playbook_text import read

SCHOOL = text_of("school")


@pytest.fixture
def leadline(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """Types a command, where a demo runs with a database of the test's own."""
    root, config = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(tmp_path))
    # The commands put the address that they found into the environment.
    monkeypatch.setenv("DATABASE_URL", "")
    running: dict[str, Any] = {"web": "", "web_metrics": "", "worker_metrics": ""}
    installation.announce(tmp_path, Running(pid=os.getpid(), database_url=database_url, **running))

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(cli.cli, ["playbook", *arguments])

    yield call
    root.handlers, root.level = handlers, level
    structlog.configure(**config)


@pytest.fixture
def blue(tmp_path: Path) -> Path:
    """A playbook in a file."""
    path = tmp_path / "blue.yaml"
    path.write_text(SCHOOL.replace("Aurora Languages", "Blue Door"), "utf-8")
    return path


def test_a_file_is_checked_without_a_database(leadline: Callable[..., Result], blue: Path):
    assert "can be used: 7 questions, 6 answers" in leadline("check", str(blue)).output

    blue.write_text("id: blue\nquestions: []\n", "utf-8")
    result = leadline("check", str(blue))
    assert "Line 2: questions has nothing in it" in str(result.exception)


def test_a_file_is_published_and_exported_again(leadline: Callable[..., Result], blue: Path, database_url: str):
    assert read(leadline("export").output).data == read(SCHOOL).data, "nothing is published: what ships"

    assert "Version 1 is published" in leadline("publish", str(blue), "--note", "Blue").output
    assert "Version 2 is published" in leadline("publish", "clinic").output

    assert "id: clinic" in leadline("export").output
    assert leadline("export", "1").output == blue.read_text("utf-8")
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("select number, by_name, note, published from playbook_version order by 1").fetchall()
    assert rows == [(1, "Operator", "Blue", False), (2, "Operator", "", True)]


def test_a_file_with_mistakes_is_not_published(leadline: Callable[..., Result], blue: Path):
    blue.write_text("id: [", "utf-8")

    assert "Line 1" in str(leadline("publish", str(blue)).exception)
    assert "id: school" in leadline("export").output
