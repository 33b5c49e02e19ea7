"""The whole program with a language model that is slow and fails now and then, and one that fails for a while.

``python -m tests.bench.chaos`` starts a program of its own in a data folder that it throws away, and a stand-in for
Groq beside it. It plays leads against both, prints what came of them, then lets the model fail for good and recover.
The figures need a machine with nothing else to do. About nine minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.bench.answers import left_by
from tests.support.groq_standin import EACH, Fault, Standin, standing_in

MEAN_SECONDS = 0.387
FAILURES = 0.10
_START_SECONDS = 300
_SETTLE_SECONDS = 20
_BREAKER = re.compile(r"breaker\b.*?state=(?P<state>\w+)")


@dataclass
class House:
    """A running program: how to reach it, and when its breaker changed."""

    port: int
    folder: Path
    environment: dict[str, str]
    breaker: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])

    async def figures(self, name: str, **labels: str) -> dict[str, float]:
        """The samples of a metric of the worker, by their labels as written."""
        async with httpx.AsyncClient(trust_env=False) as http:
            text = (await http.get(f"http://127.0.0.1:{self.port + 2}/metrics")).text
        lines = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith(name))
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return {named: float(value) for named, value in lines if all(each in named for each in wanted)}

    async def play(self, leads: int, per_hour: float, seed: int) -> dict[str, Any]:
        """Play leads against it, and return what the simulator says of them."""
        command = ("simulate", "--leads", str(leads), "--per-hour", str(per_hour), "--seed", str(seed), "--json")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.cli", *command, env=self.environment, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        return json.loads(said)

    async def unanswered(self) -> dict[str, int]:
        """The leads and bursts that nobody answered, once what was under way had time to end."""
        async with asyncio.timeout(_SETTLE_SECONDS + 10):
            left = await asyncio.to_thread(left_by, self.folder)
            for _ in range(_SETTLE_SECONDS):
                if not left.leads:
                    break
                await asyncio.sleep(1)
                left = await asyncio.to_thread(left_by, self.folder)
        return asdict(left)


@asynccontextmanager
async def house(url: str, key: str, port: int) -> AsyncIterator[House]:
    """A program that asks the model at ``url``."""
    with tempfile.TemporaryDirectory() as folder:
        told = {"GROQ_API_KEY": key, "GROQ_BASE_URL": url, "LEADLINE_PORT": str(port), "LEADLINE_DATA_DIR": folder}
        quiet = {"LEADLINE_EVALUATE_DAYS": "0", "REFLEX_TELEMETRY_ENABLED": "false"}
        environment = os.environ | told | quiet
        command = (sys.executable, "-m", "app.cli", "run")
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        running = House(port, Path(folder), environment)
        listening = asyncio.create_task(_listen(process, running))
        try:
            await _until_ready(port)
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()
            listening.cancel()


async def _listen(process: asyncio.subprocess.Process, running: House) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        if found := _BREAKER.search(re.sub(r"\x1b\[\d*m", "", line.decode(errors="replace"))):
            running.breaker.append((time.monotonic(), found["state"]))


async def _until_ready(port: int) -> None:
    async with httpx.AsyncClient(trust_env=False) as http, asyncio.timeout(_START_SECONDS):
        while True:
            try:
                if (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(1)


async def measure(leads: int, per_hour: float, port: int, mean_seconds: float) -> dict[str, Any]:
    """Play leads while the model fails now and then, then while it fails for good, then when it is back."""
    standin = Standin(mean_seconds=mean_seconds, rates=dict.fromkeys(EACH, FAILURES / len(EACH)), seed=7)
    async with standing_in(standin) as url, house(url, standin.key, port) as running:
        played = await running.play(leads, per_hour, 7)
        left = await running.unanswered()
        usd = sum((await running.figures("leadline_llm_cost_usd_total")).values())
        by_rules = sum((await running.figures("leadline_turn_duration_seconds_count", method="rules")).values())
        by_model = sum((await running.figures("leadline_turn_duration_seconds_count", method="llm")).values())
        steady = list(running.breaker)
        standin.rates = {Fault.SERVER_ERROR: 1.0}
        away = time.monotonic()
        without = await running.play(6, 3000, 8)
        left_without = await running.unanswered()
        standin.rates = {}
        back = time.monotonic()
        again = await running.play(6, 600, 9)
        left_in_the_end = await running.unanswered()
        states = [(round(at - away, 1), state) for at, state in running.breaker[len(steady) :]]
    return {
        "mean_seconds": mean_seconds,
        "failures": FAILURES,
        "met": dict(standin.met),
        "turn_seconds": played["turn_seconds"],
        "turns_by_the_rules": {"of": by_rules + by_model, "share": round(by_rules / max(1, by_rules + by_model), 4)},
        "leads": played["leads"],
        "messages_not_stored": played["messages"]["lost"],
        "without_an_answer": left,
        "ended": {how: played[how] for how in ("completed", "abandoned", "handed_over", "opted_out")},
        "facts": {"told": played["facts_expected"], "collected": played["facts_collected"]},
        "usd_a_lead": round(usd / played["leads"], 6),
        "breaker_while_now_and_then": [state for _, state in steady],
        "outage": {
            "leads": without["leads"],
            "messages_not_stored": without["messages"]["lost"],
            "without_an_answer": left_without,
            "turn_seconds": without["turn_seconds"],
            "seconds_until_back": round(back - away, 1),
            "breaker": states,
            **opened_and_closed([state for _, state in states]),
        },
        "afterwards": {
            "leads": again["leads"],
            "messages_not_stored": again["messages"]["lost"],
            "without_an_answer": left_in_the_end,
        },
    }


def opened_and_closed(states: Sequence[str]) -> dict[str, bool]:
    """Whether the breaker opened, and was closed again after that and in the end."""
    opened = "open" in states
    return {"breaker_opened": opened, "breaker_closed_again": opened and states[-1] == "closed"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.chaos", description=__doc__)
    parser.add_argument("--leads", type=int, default=50)
    parser.add_argument("--per-hour", type=float, default=847.0)
    parser.add_argument("--port", type=int, default=43400)
    parser.add_argument("--mean-ms", type=float, default=MEAN_SECONDS * 1000)
    options = parser.parse_args(arguments)
    figures = asyncio.run(measure(options.leads, options.per_hour, options.port, options.mean_ms / 1000))
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[2])
    main()
