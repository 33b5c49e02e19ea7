"""Each alert has a runbook, and what a runbook tells somebody to type exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.main import get_command

from app.cli import cli
from app.database import Database, reading
from tests.support import promql
from tests.support.settings import settings_by_name

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs" / "runbooks"
RULES = ROOT / "prometheus" / "rules"
RUNBOOKS = {path.stem: path.read_text() for path in sorted(FOLDER.glob("Leadline*.md"))}
ALERTS = {rule["alert"] for rule in promql.rules(RULES) if "alert" in rule}
HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Escalation"]
OF_OTHERS = {"up", "scrape_samples_scraped", "alertmanager_notifications_failed_total"}
OF_THE_STACK = re.compile(r"^(ALERT|LEADLINE|WAHA|GROQ|REDIS|DATABASE)_[A-Z_]+$")


def blocks(language: str) -> list[tuple[str, str]]:
    found = {name: re.findall(rf"```{language}\n(.*?)\n```", text, re.DOTALL) for name, text in RUNBOOKS.items()}
    return [(name, block) for name, every in found.items() for block in every]


def test_each_alert_has_a_runbook_and_each_runbook_an_alert():
    assert set(RUNBOOKS) == ALERTS


def test_the_list_of_runbooks_is_complete():
    listed = set(re.findall(r"\]\((Leadline\w+)\.md\)", (FOLDER / "README.md").read_text()))
    assert listed == ALERTS


@pytest.mark.parametrize("name", RUNBOOKS)
def test_a_runbook_is_written_in_the_usual_order(name: str):
    text = RUNBOOKS[name]
    assert text.startswith(f"# {name}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert re.search(r"```(sh|sql|promql)", text), "a diagnosis needs something to run"


@pytest.mark.parametrize("name", RUNBOOKS)
def test_a_runbook_points_at_what_exists(name: str):
    text = RUNBOOKS[name]
    assert set(re.findall(r"\]\((\w+)\.md\)", text)) <= set(RUNBOOKS)
    example = (ROOT / "deploy" / "compose.env.example").read_text()
    for setting in re.findall(r"\$?\b([A-Z]+(?:_[A-Z]+)+)\b", text):
        if OF_THE_STACK.match(setting):
            assert setting in settings_by_name() or f"\n{setting}=" in example, f"{setting} is no setting"


@pytest.mark.parametrize("name", RUNBOOKS)
def test_commands_of_ours_in_a_runbook_exist(name: str):
    command = get_command(cli)
    for words in re.findall(r"`leadline ([a-z ]+)`", RUNBOOKS[name]):
        found = command
        for word in words.split()[:2]:
            found = found.commands[word]


def test_promql_in_runbooks_asks_for_what_is_measured():
    for name, block in blocks("promql"):
        for selector in promql.selectors(promql.parse(block)):
            known = not selector.name or promql.is_known(selector.name, promql.recorded(RULES))
            assert known or selector.name in OF_OTHERS, f"{name}: {selector.name}"


async def test_sql_in_runbooks_runs_on_our_schema(database: Database):
    for _, block in blocks("sql"):
        async with reading() as db:
            await db.execute(sa.text("set transaction read only"))
            await db.execute(sa.text(block))
