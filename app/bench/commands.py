"""``leadline bench board | webhook | flow | instruments | ledger | all``: what to measure, within limits that keep a
mistake harmless.
"""

from __future__ import annotations

import json
from collections.abc import Coroutine
from typing import Annotated, Any

import typer
import uvloop

from app.bench import board as board_bench
from app.bench import flow as flow_bench
from app.bench import instruments as instruments_bench
from app.bench import ledger as ledger_bench
from app.bench import webhook as webhook_bench
from app.bench.figures import Object, lines
from app.bench.target import Target, running_target, target_of_our_own

cli = typer.Typer(
    name="leadline bench",
    help="Measure a running Leadline on this machine. It leaves leads behind: use a demo you can throw away.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Clients = Annotated[int, typer.Option(min=1, max=1000, help="browsers that show the board")]
Rate = Annotated[float, typer.Option(min=0.1, max=1000, help="how many a second")]
Seconds = Annotated[float, typer.Option(min=0.1, max=120, help="for how long")]
PerHour = Annotated[float, typer.Option(min=1, max=50_000, help="new leads an hour")]
Minutes = Annotated[float, typer.Option(min=0.05, max=30, help="for how long")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object")]


def main(arguments: list[str]) -> int:
    """Measure what the arguments ask for; returns the exit code."""
    try:
        cli(arguments, prog_name="leadline bench")
    except SystemExit as done:
        return int(done.code or 0)
    return 0


@cli.command()
def webhook(rate: Rate = 100, seconds: Seconds = 15, as_json: Json = False) -> None:  # noqa: FBT002 - a flag
    """Signed webhooks: how many were stored, how fast they were answered."""
    _tell("webhook", _run(webhook_bench.measure(running_target(), rate=rate, seconds=seconds)), as_json=as_json)


@cli.command()
def board(
    clients: Clients = 200,
    rate: Rate = 20,
    seconds: Seconds = 15,
    as_json: Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Changes on the board: from commit to every browser, beside plain sockets."""
    measured = board_bench.measure(running_target(), clients=clients, rate=rate, seconds=seconds)
    _tell("board", _run(measured), as_json=as_json)


@cli.command()
def flow(per_hour: PerHour = 8470, minutes: Minutes = 5, as_json: Json = False) -> None:  # noqa: FBT002 - a flag
    """Simulated leads: what became of them, and the memory of web and worker."""
    measured = flow_bench.measure(running_target(), per_hour=per_hour, minutes=minutes)
    _tell("flow", _run(measured), as_json=as_json)


@cli.command()
def instruments(
    pairs: Annotated[int, typer.Option(min=4, max=5000, help="pairs of runs, with and without")] = 150,
    as_json: Json = False,  # noqa: FBT002 - a flag
) -> None:
    """What the instruments cost on the hot path, and what a scrape costs; on a database of its own."""
    _tell("instruments", _run(instruments_bench.measure(pairs=pairs)), as_json=as_json)


@cli.command()
def ledger(
    rows: Annotated[int, typer.Option(min=1000, max=50_000_000, help="events")] = 5_000_000,
    as_json: Json = False,  # noqa: FBT002 - a flag
) -> None:
    """Reading the totals of a long ledger, before and after folding; on a database of its own."""
    _tell("ledger", _run(ledger_bench.measure(rows=rows)), as_json=as_json)


@cli.command("all")
def everything(as_json: Json = False) -> None:  # noqa: FBT002 - a flag
    """All of it, with the usual numbers; starts a Leadline of its own when none runs here."""
    with target_of_our_own() as target:
        measured = {name: _run(measurement) for name, measurement in _usual(target)}
    if as_json:
        typer.echo(json.dumps(measured))
        return
    for name, figures in measured.items():
        _tell(name, figures, as_json=False)


def _usual(target: Target) -> list[tuple[str, Coroutine[Any, Any, Object]]]:
    # The flow first: the others leave leads behind whose turns would run beside it.
    return [
        ("flow", flow_bench.measure(target, per_hour=8470, minutes=5)),
        ("webhook", webhook_bench.measure(target, rate=100, seconds=15)),
        ("board", board_bench.measure(target, clients=200, rate=20, seconds=15)),
    ]


def _run(measurement: Coroutine[Any, Any, Object]) -> Object:
    return uvloop.run(measurement)


def _tell(name: str, figures: Object, *, as_json: bool) -> None:
    typer.echo(json.dumps(figures) if as_json else "\n".join(lines(name, figures)))
