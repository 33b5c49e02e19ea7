"""``leadline``: one command for each thing that an operator does, importing what it needs when called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli_users import users
from app.commands import database_url, with_database
from app.errors import Invalid, LeadlineError

if TYPE_CHECKING:
    from app.settings import Settings

cli = typer.Typer(
    name="leadline",
    help="Leads on WhatsApp, qualified in seconds, shared fairly, on one live board.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
cli.add_typer(users, name="user")
playbooks = typer.Typer(help="Playbooks: what the agent asks and says.", no_args_is_help=True)
cli.add_typer(playbooks, name="playbook")

# These bring their own options; `leadline bench --help` is answered by the bench itself.
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": list[str]()}


def main() -> None:
    """The entry of the command line: an error of ours is one sentence and exit code 1, never a traceback."""
    try:
        cli()
    except LeadlineError as error:
        _complain(str(error))


@cli.command()
def run() -> None:
    """Start everything that is configured; with nothing configured, the demo. Ctrl-C stops it."""
    from app.supervisor import run as run_all

    raise typer.Exit(run_all())


@cli.command()
def web() -> None:
    """Start a web process alone: pages, webhooks, API. For production, behind a proxy."""
    from app import frontend

    settings = _ready_to_serve()
    build = frontend.ensure_built()
    command = frontend.serve_command(settings.host, settings.port)
    _become(command, frontend.serve_environment(build))


@cli.command()
def worker() -> None:
    """Start a worker alone: turns, sends, due work. For production; as many as you like."""
    _ready_to_serve()
    _become([sys.executable, "-m", "app.worker"], {})


@cli.command()
def page() -> None:
    """Build the page, unless it is built already, and print its folder."""
    from app import frontend

    typer.echo(frontend.ensure_built(typer.echo))


@cli.command()
def migrate(
    demo_data: Annotated[bool, typer.Option(help="also add the demo's team and token")] = False,  # noqa: FBT002 - so typer declares a flag
) -> None:
    """Bring the database to the newest schema: that of DATABASE_URL, or of the demo that runs."""
    from app.migrations import upgrade

    done = upgrade(database_url())
    typer.echo(f"The schema is current; {len(done)} migrations were run." if done else "The schema is current.")
    if demo_data:
        from app.bootstrap import seed_demo

        with_database(seed_demo)
    _keep_demo_out()


def _keep_demo_out() -> None:
    from app.bootstrap import refuse_demo_team
    from app.settings import load_settings

    if not load_settings().demo:
        with_database(refuse_demo_team)


@playbooks.command("check")
def check_playbook(
    file: Annotated[str, typer.Argument(help="a YAML file, or the name of a playbook that ships")],
) -> None:
    """Say whether a file can be used as a playbook, and if not, why, line by line."""
    from app.qualification.playbook import load_playbook

    playbook = load_playbook(file)
    typer.echo(f"{file} can be used: {len(playbook.questions)} questions, {len(playbook.fact_sheet)} answers.")


@playbooks.command("export")
def export_playbook(
    number: Annotated[int, typer.Argument(help="a version; 0 for the one by which the agent talks")] = 0,
) -> None:
    """Print a version of the playbook as YAML."""

    async def export() -> None:
        from app.qualification import published
        from app.team.viewer import OPERATOR

        running = [version.number for version in await published.versions(OPERATOR) if version.published]
        chosen = number or next(iter(running), 0)
        text = await published.text(OPERATOR, chosen) if chosen else published.starting_text(OPERATOR)
        typer.echo(text, nl=False)

    with_database(export)


@playbooks.command("publish")
def publish_playbook(
    file: Annotated[str, typer.Argument(help="a YAML file, or the name of a playbook that ships")],
    note: Annotated[str, typer.Option(help="what changed, for the list of versions")] = "",
) -> None:
    """Let the agent talk by a file from its next turn on."""
    from app.qualification.playbook import load_playbook, text_of

    load_playbook(file)

    async def publish() -> None:
        from app.qualification import published
        from app.team.viewer import OPERATOR

        version = await published.publish_text(OPERATOR, text_of(file), note)
        typer.echo(f"Version {version.number} is published.")

    with_database(publish)


@cli.command(context_settings=PASS_ON)
def simulate(context: typer.Context) -> None:
    """Play leads against a running demo and count what came of them (--leads, --per-hour, --seed, --json)."""
    _hand_to("app.simulator.simulate", context, _business)


def _business() -> dict[str, str]:
    """What the business that runs does, in each language: it is what played leads write about."""
    told: dict[str, str] = {}

    async def ask() -> None:
        from app.qualification import published

        told.update({language.value: does for language, does in (await published.current()).business.items()})

    with_database(ask)
    return told


@cli.command(context_settings=PASS_ON)
def evaluate(context: typer.Context) -> None:
    """Score extraction and classification on labelled conversations."""
    from app.telemetry.logs import set_up_logging

    # The figures go to standard output; the log keeps out of their way.
    set_up_logging(style="console", level="warning")
    _hand_to("app.classification.evaluation", context)


@cli.command()
def replay() -> None:
    """Process the stored webhook events that failed again, after a fix. Repeating it is harmless."""

    async def again() -> None:
        from app.conversations.replay import replay as replay_stored

        summary = await replay_stored()
        typer.echo(f"{summary.handled} events were handled, {summary.failed} failed again.")

    with_database(again)


@cli.command(context_settings=PASS_ON)
def doctor(context: typer.Context) -> None:
    """Look at the whole installation: 0 all is well, 1 worth a look, 2 broken (--json)."""
    _hand_to("app.status.doctor", context)


@cli.command()
def erase(
    lead: Annotated[int | None, typer.Option(help="the lead's number, as in the address of its chat")] = None,
    phone: Annotated[str, typer.Option(help="or the telephone number, with its country code")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,  # noqa: FBT002 - so typer declares a flag
) -> None:
    """Erase a person for good: messages, facts, numbers. It cannot be undone; the figures stay."""
    if (lead is None) == (not phone):
        raise Invalid("Name the lead by --lead or by --phone.")

    async def forget() -> None:
        from app.privacy.service import erase as erase_lead
        from app.privacy.service import lead_with_phone
        from app.team.viewer import OPERATOR

        found = lead if lead is not None else await lead_with_phone(phone)
        if not yes:
            typer.confirm(f"Erase lead {found} for good?", abort=True)
        done = await erase_lead(OPERATOR, found)
        typer.echo(
            f"Lead {found} is erased: {done.messages} messages are gone, {done.raw_events} stored webhooks emptied."
        )

    with_database(forget)


@cli.command(context_settings=PASS_ON)
def observe(context: typer.Context) -> None:
    """Run Prometheus with the rules of production beside the Leadline that runs here (--port)."""
    _hand_to("app.observe", context)


@cli.command(context_settings=PASS_ON)
def bench(context: typer.Context) -> None:
    """Measure: bench board, bench webhook, bench flow, bench all (--json)."""
    _hand_to("app.bench", context)


def _hand_to(module: str, context: typer.Context, *more: object) -> None:
    """Let ``module.main(arguments, *more)`` do it; a library that is not installed becomes a sentence."""
    try:
        entry: Callable[..., int | None] = importlib.import_module(module).main
    except ModuleNotFoundError as missing:
        _complain(f"`leadline {context.info_name}` needs {missing.name}, which is not installed; run: make setup")
        return
    raise typer.Exit(entry(context.args, *more) or 0)


def _ready_to_serve() -> Settings:
    from app.migrations import wait_until_current
    from app.settings import load_settings

    os.environ["DATABASE_URL"] = database_url()
    wait_until_current(os.environ["DATABASE_URL"])
    _keep_demo_out()
    return load_settings()


def _become(command: list[str], environment: dict[str, str]) -> None:
    """Go on as another program of ours, under the same process id: signals reach it directly."""
    root = Path(__file__).resolve().parent.parent
    os.chdir(root)
    os.execve(command[0], command, {**os.environ, "PYTHONPATH": str(root), **environment})  # noqa: S606 - our own


def _complain(sentence: str) -> None:
    typer.echo(f"leadline: {sentence}", err=True)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
