"""`leadline simulate`: plays leads against the Leadline that runs in the data folder."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from app.errors import LeadlineError
from app.installation import running_in
from app.settings import load_settings
from app.simulator.drive import SimulateOptions, simulate
from app.simulator.trades import trade_of


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="leadline simulate", description=__doc__)
    parser.add_argument("--leads", type=int, default=50, help="how many (%(default)s)")
    parser.add_argument("--per-hour", type=float, default=847.0, help="how fast they come (%(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed plays the same leads (%(default)s)")
    parser.add_argument("--human-pace", action="store_true", help="answer as slowly as people do")
    parser.add_argument(
        "--abandon-after", type=float, default=20.0, help="seconds of silence that count as abandoned in this run"
    )
    parser.add_argument("--json", action="store_true", help="print one object")
    return parser


def options_from(arguments: Sequence[str]) -> tuple[SimulateOptions, bool]:
    """What the command line asks for, with the addresses of the running Leadline; and whether to print JSON.

    Raises:
        LeadlineError: nothing runs, or it runs without a simulator.
    """
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.leads < 1 or asked.per_hour <= 0:
        parser.error("--leads and --per-hour must be positive")
    running = running_in(load_settings().data_dir)
    if not running.simulator:
        raise LeadlineError("This Leadline runs without the WhatsApp simulator, so no leads can be played.")
    options = SimulateOptions.against(
        running,
        leads=asked.leads,
        per_hour=asked.per_hour,
        seed=asked.seed,
        human_pace=asked.human_pace,
        abandon_after_seconds=asked.abandon_after,
    )
    return options, asked.json


def main(arguments: list[str], business: Callable[[], Mapping[str, str]] | None = None) -> int:
    """Play, and print the figures; 1 with a sentence when that is not possible.

    ``business`` tells in each language what the business does, so that the leads want that; without it they want
    courses of a language school.
    """
    try:
        options, as_json = options_from(arguments)
        if business is not None:
            options = replace(options, trade=trade_of(business()))
        result = asyncio.run(simulate(options, lambda sentence: print(sentence, file=sys.stderr)))  # noqa: T201  (for the person at the terminal)
    except LeadlineError as error:
        sys.stderr.write(f"leadline: {error}\n")
        return 1
    sys.stdout.write(f"{json.dumps(result.to_json()) if as_json else result.table()}\n")
    return 0
