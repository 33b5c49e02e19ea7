"""``leadline evaluate``: how well a method reads labelled conversations, told in figures and misses."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.classification.conversations import Conversation, load, shipped
from app.classification.methods import ByRules, Method, by_model
from app.classification.scoring import MOST_BY_RULES, Miss, Prediction, Report
from app.errors import Invalid, Misconfigured
from app.settings import load_settings
from app.whatsapp.breaker import Breaker

METHODS = ("rules", "llm")
AT_ONCE = 4
"""Conversations that a model reads side by side, unless told otherwise."""
MIXED = (
    f"The rules stood in for more than {MOST_BY_RULES:.0%} of the turns or ratings (the reasons stand above): "
    "these are not the figures of the model, and nobody keeps them."
)
_INTERRUPTED = 130


def evaluate(path: Path, method: str = "rules") -> Report:
    """Replay every conversation of a file turn by turn and compare with its labels.

    Raises UnreadableConversations, which names the line, and Invalid for a method that does not exist or has no key.
    """
    return asyncio.run(_evaluate([path], method, AT_ONCE))[0]


async def _evaluate(paths: Sequence[Path], method: str, at_once: int) -> list[Report]:
    sets = [load(path) for path in paths]
    if method not in METHODS:
        raise Invalid(f"There is no method {method!r}; there is: {', '.join(METHODS)}.")
    stop = asyncio.Event()
    with _interruptible(stop.set):
        if method == "rules":
            rules = ByRules()
            return [_report(method, each, await predictions(rules, each, at_once=1, stop=stop)) for each in sets]
        async with by_model(load_settings(), Breaker) as model:
            return [_report(method, each, await predictions(model, each, at_once=at_once, stop=stop)) for each in sets]


async def predictions(
    method: Method,
    conversations: Sequence[Conversation],
    *,
    at_once: int,
    stop: asyncio.Event | None = None,
) -> dict[int, Prediction]:
    """What a method makes of conversations, by their number from 1; ``at_once`` of them are read side by side.

    When ``stop`` is set, those that are read so far are returned.
    """
    done: dict[int, Prediction] = {}
    turns, ended = asyncio.Semaphore(at_once), stop or asyncio.Event()

    async def one(number: int, conversation: Conversation) -> None:
        async with turns:
            done[number] = await method.predict(conversation, -number)
        await asyncio.sleep(0)

    tasks = [asyncio.create_task(one(number, each)) for number, each in enumerate(conversations, 1)]
    await _all_or(ended, tasks)
    return done


async def _all_or(ended: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for the tasks or for the end, whichever comes first. Raises what a task raised."""
    if not tasks:
        return
    finished, waiting = asyncio.gather(*tasks), asyncio.create_task(ended.wait())
    try:
        await asyncio.wait([finished, waiting], return_when=asyncio.FIRST_COMPLETED)
        if finished.done():
            finished.result()
    finally:
        waiting.cancel()
        # A gathering that failed leaves the others running, and they would go on reading and paying.
        for task in tasks:
            task.cancel()
        await asyncio.gather(finished, *tasks, return_exceptions=True)


def _report(name: str, conversations: Sequence[Conversation], done: dict[int, Prediction]) -> Report:
    report = Report(name, interrupted=len(done) < len(conversations))
    for number, conversation in enumerate(conversations, 1):
        if number in done:
            report.add(conversation, done[number])
    return report


@contextmanager
def _interruptible(end: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C ends the run instead of the program, so that what was paid for is printed."""
    loop = asyncio.get_running_loop()
    held = _takes_interrupts(loop, end)
    try:
        yield
    finally:
        if held:
            loop.remove_signal_handler(signal.SIGINT)


def _takes_interrupts(loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> bool:
    """Whether the loop now hears Ctrl-C; outside the main thread, and on Windows, it cannot."""
    try:
        loop.add_signal_handler(signal.SIGINT, end)
    except (RuntimeError, NotImplementedError, ValueError):
        return False
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """``leadline evaluate [FILE] [--method rules|llm] [--json]``: 0; 2 for what cannot be read; 130 interrupted."""
    options = _parser().parse_args(arguments)
    paths = [options.file] if options.file else list(shipped())
    try:
        reports = asyncio.run(_evaluate(paths, options.method, options.at_once))
    except (Invalid, Misconfigured) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for path, report in zip(paths, reports, strict=True):
        sys.stdout.write(_line(report) if options.json else _for_people(path, report))
    return _INTERRUPTED if any(report.interrupted for report in reports) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="leadline evaluate", description="Score a method on labelled conversations.")
    parser.add_argument("file", nargs="?", type=Path, help="JSON Lines; without it, the shipped sets of invented chats")
    parser.add_argument("--method", default="rules", choices=METHODS, help="llm needs a service to ask and costs money")
    parser.add_argument("--json", action="store_true", help="one JSON object for each file, without the misses")
    parser.add_argument("--at-once", type=_positive, default=AT_ONCE, help="conversations side by side with llm")
    return parser


def _positive(written: str) -> int:
    number = int(written)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _line(report: Report) -> str:
    return json.dumps(report.to_json(), ensure_ascii=False) + "\n"


def _for_people(path: Path, report: Report) -> str:
    figures = json.dumps(report.to_json(), indent=2, ensure_ascii=False)
    warning = [MIXED] if report.method == "llm" and report.is_mixed else []
    return "\n".join([str(path), "Misses (gold -> predicted):", *_rows(report.misses), "", figures, *warning, ""])


def _rows(misses: Iterable[Miss]) -> Iterator[str]:
    for miss in misses:
        gold, guess = (json.dumps(value, ensure_ascii=False) for value in (miss.gold, miss.predicted))
        yield f"  {miss.conversation:12} {miss.what:15} {gold} -> {guess}"
