"""The command line, as an operator types it, against a database of the test's own."""

import os

import psycopg
import pytest
from typer.testing import CliRunner

from app import cli, installation
from app.errors import Invalid, Misconfigured, NotFound
from app.installation import NotRunning, Running

PRODUCTION = {
    "LEADLINE_MODE": "production",
    "LEADLINE_PUBLIC_URL": "https://leads.example.com",
    "DATABASE_URL": "embedded",
    "WAHA_URL": "http://127.0.0.1:3999",
    "WAHA_API_KEY": "a-key-of-sufficient-length",
    "WAHA_HMAC_KEY_AGENT": "one-key-of-sufficient-length",
    "WAHA_HMAC_KEY_CONSULTANT": "two-key-of-sufficient-length",
}


@pytest.fixture
def leadline(tmp_path, monkeypatch, logging_as_before):
    monkeypatch.setenv("LEADLINE_DATA_DIR", str(tmp_path))
    # The commands put the address that they found into the environment.
    monkeypatch.setenv("DATABASE_URL", "")

    def call(*arguments, **options):
        return CliRunner().invoke(cli.cli, list(arguments), **options)

    return call


@pytest.fixture
def running_demo(tmp_path, database_url):
    """A demo's run file that points to the database of the test."""
    installation.announce(
        tmp_path,
        Running(pid=os.getpid(), database_url=database_url, web="", web_metrics="", worker_metrics=""),
    )
    return database_url


def emails(url):
    with psycopg.connect(url) as connection:
        return {email for (email,) in connection.execute("select email from team_user")}


def test_help_lists_every_chore(leadline):
    said = leadline("--help").output
    for command in ("run", "web", "worker", "migrate", "user", "simulate", "evaluate", "replay", "bench"):
        assert command in said


def test_migrating_where_nothing_runs_is_explained(leadline):
    assert isinstance(leadline("migrate").exception, NotRunning)


def test_the_demo_never_touches_the_database_of_the_shell(leadline, monkeypatch, database_url):
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert isinstance(leadline("migrate").exception, NotRunning)


def test_migrating_the_running_demo_says_that_it_is_current(leadline, running_demo):
    assert "current" in leadline("migrate").output


def test_the_demo_data_is_added_once(leadline, running_demo):
    for _ in range(2):
        assert leadline("migrate", "--demo-data").exit_code == 0
    assert emails(running_demo) == {f"{name}@leadline.demo" for name in ("mara", "ana", "bruno", "carla")}


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "add", "rita@example.com", "--name", "Rita", "--password", "long enough 1", "--role", "boss"),
        ("user", "token", "mara@leadline.demo", "--name", "report", "--scope", "boss"),
    ],
)
def test_a_word_that_is_no_choice_is_answered_with_the_choices(leadline, running_demo, arguments):
    leadline("migrate", "--demo-data")
    refusal = leadline(*arguments).exception
    assert isinstance(refusal, Invalid)
    assert "boss is none of" in str(refusal)


def test_production_refuses_the_database_of_a_demo(leadline, running_demo, monkeypatch):
    assert leadline("migrate", "--demo-data").exit_code == 0
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    refusal = leadline("migrate").exception
    assert isinstance(refusal, Misconfigured)
    assert "password everybody knows" in str(refusal)


def test_a_member_is_added_and_gets_a_token_and_a_new_password(leadline, running_demo):
    added = leadline("user", "add", "rita@example.com", "--name", "Rita", "--password", "long enough 1")
    assert added.exit_code == 0, added.output
    assert "rita@example.com" in emails(running_demo)
    token = leadline("user", "token", "rita@example.com", "--name", "reports")
    assert token.output.strip().startswith("leadline_")
    changed = leadline("user", "password", "rita@example.com", input="another one 2\nanother one 2\n")
    assert "The password is set." in changed.output


def test_the_team_is_listed_and_changed(leadline, running_demo):
    leadline("user", "add", "rita@example.com", "--name", "Rita", "--password", "long enough 1")
    changed = leadline("user", "change", "rita@example.com", "--off-duty", "--weight", "0.5", "--capacity", "12")
    assert changed.exit_code == 0, changed.output
    listed = leadline("user", "list").output
    assert "rita@example.com  Rita  consultant, active, off duty, weight 0.5, at most 12 leads" in listed
    leadline("user", "change", "rita@example.com", "--left", "--name", "Rita Moreno", "--role", "manager")
    assert "Rita Moreno  manager, left" in leadline("user", "list").output
    assert isinstance(leadline("user", "change", "rita@example.com", "--role", "boss").exception, Invalid)


def test_tokens_are_listed_and_revoked(leadline, running_demo):
    leadline("user", "add", "rita@example.com", "--name", "Rita", "--password", "long enough 1")
    secret = leadline("user", "token", "rita@example.com", "--name", "reports").output.strip()
    listed = leadline("user", "tokens").output
    assert "reports  read, for rita@example.com" in listed
    assert "never used" in listed
    assert secret not in listed
    assert "not valid any more" in leadline("user", "revoke", listed.split()[0]).output
    assert leadline("user", "tokens").output == ""
    assert isinstance(leadline("user", "revoke", "4711").exception, NotFound)


def test_stored_events_are_replayed(leadline, running_demo):
    assert leadline("replay").output == "0 events were handled, 0 failed again.\n"


def test_a_missing_library_is_a_sentence(leadline, monkeypatch):
    def missing(module):
        raise ModuleNotFoundError(name="picows")

    monkeypatch.setattr(cli.importlib, "import_module", missing)
    said = leadline("bench", "board")
    assert said.exit_code == 1
    assert "needs picows, which is not installed; run: make setup" in said.output


def test_options_are_handed_on_untouched(leadline, monkeypatch):
    seen = []
    monkeypatch.setattr(cli.importlib, "import_module", lambda name: type("M", (), {"main": seen.append}))
    leadline("evaluate", "mine.jsonl", "--json")
    assert seen == [["mine.jsonl", "--json"]]


def test_played_leads_are_told_what_the_business_does(leadline, running_demo, monkeypatch):
    seen = []

    def plays(arguments, business):
        seen.extend([arguments, business()])

    monkeypatch.setattr("app.simulator.simulate.main", plays)
    leadline("simulate", "--leads", "50", "--json")
    assert seen[0] == ["--leads", "50", "--json"]
    assert seen[1]["en"].startswith("language school")
    assert set(seen[1]) == {"en", "pt", "es"}


def test_an_error_of_ours_is_one_sentence_and_exit_code_1(leadline, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["leadline", "migrate"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("leadline: No Leadline runs in")


def test_a_worker_alone_starts_when_the_schema_is_there(leadline, running_demo, monkeypatch):
    started = []
    monkeypatch.setattr(cli.os, "execve", lambda *arguments: started.append(arguments))
    leadline("worker")
    ((_, command, environment),) = started
    assert command[1:] == ["-m", "app.worker"]
    assert environment["DATABASE_URL"] == running_demo


def test_a_web_process_alone_serves_the_page(leadline, running_demo, monkeypatch, tmp_path):
    started = []
    monkeypatch.setattr(cli.os, "execve", lambda *arguments: started.append(arguments))
    monkeypatch.setattr(cli.os, "chdir", lambda path: None)
    monkeypatch.setattr("app.frontend.ensure_built", lambda *arguments: tmp_path)
    leadline("web")
    ((_, command, environment),) = started
    assert "granian" in command
    assert environment["REFLEX_WEB_WORKDIR"] == str(tmp_path)
    assert environment["DATABASE_URL"] == running_demo
