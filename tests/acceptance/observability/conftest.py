"""One Leadline for all of these tests, watched as in production, with people who write to it all the while."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from app.simulator.clients import LeadlineClient, SimulatorClient
from tests.acceptance.observability.backstage import Backstage, Crowd, Inbox
from tests.acceptance.observability.team import deploy, judge, restart_session
from tests.acceptance.observability.viewers import look_on
from tests.acceptance.observability.watched import PORTS, Watched, alertmanager, faster_prometheus, observed
from tests.acceptance.whole_way.town import Town
from tests.support.groq_standin import Fault, Standin, standing_in
from tests.support.leadline import start_leadline
from tests.support.ports import free_ports

SETTINGS = {
    "LEADLINE_QUIET_SECONDS": "0.5",
    "LEADLINE_FIGURES_SECONDS": "2",
    # Each consultant is asked about each lead, and who falls silent hears from us soon, by day and by night.
    "LEADLINE_REVIEW_SHARE": "1",
    "LEADLINE_FOLLOW_UP_HOURS": "0.002",
    "LEADLINE_SECOND_FOLLOW_UP_HOURS": "0.004",
    "LEADLINE_WAKING_FROM": "00:00",
    "LEADLINE_WAKING_UNTIL": "23:59",
    "LEADLINE_EVALUATE_DAYS": "0",
    # A busy machine makes a stand-in slow; that is no failure of the model.
    "LEADLINE_LLM_TRY_SECONDS": "8",
    "LEADLINE_LLM_DEADLINE_SECONDS": "10",
    "LEADLINE_LOG_FORMAT": "json",
}
LEADS_PER_SECOND = 0.4
DISK_BYTES = 4_000_000_000
# What the first calls to the language model meet; the rest is answered.
ONCE = [None, None, None, Fault.THROTTLED, None, Fault.SERVER_ERROR, None, Fault.MALFORMED]
TROUBLES = (
    {"trouble": "duplicate", "rate": 0.1},
    {"trouble": "duplicate_other_id", "rate": 0.05},
    {"trouble": "reorder", "rate": 0.1},
    {"trouble": "delay", "rate": 0.1, "seconds": 1.0},
    {"trouble": "refuse_send", "once": 3},
    {"trouble": "drop", "event": "message.any", "once": 1},
)


@contextmanager
def small_disk() -> Iterator[Path]:
    """A folder for the data: on a disk of its own, small enough to be filled, where this user may mount one.

    Not under pytest's own folder, which pytest could not empty after a run that was killed.
    """
    with tempfile.TemporaryDirectory(prefix="leadline-disk-", ignore_cleanup_errors=True) as place:
        folder, image = Path(place) / "data", Path(place) / "disk.img"
        folder.mkdir()
        with image.open("wb") as file:
            file.truncate(DISK_BYTES)
        mounted = succeeds("mkfs.ext4", "-q", str(image)) and succeeds("mount", "-o", "loop", str(image), str(folder))
        try:
            yield folder
        finally:
            if mounted:
                succeeds("umount", "--lazy", str(folder))


def succeeds(*command: str) -> bool:
    """Whether a command is here and ends well."""
    return shutil.which(command[0]) is not None and subprocess.run(command, check=False).returncode == 0


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Everything, running; ready when all that watches has looked at it. The last of its modules closes it."""
    folder = tmp_path_factory.mktemp("observability")
    standin = Standin(mean_seconds=0.1, script=[*ONCE], seed=7)
    with ExitStack() as stack:
        backstage = Backstage()
        stack.callback(backstage.close)
        model = standing_in(standin)
        url = backstage.do(model.__aenter__())
        stack.callback(lambda: backstage.do(model.__aexit__(None, None, None)))
        model_settings = {"GROQ_API_KEY": standin.key, "GROQ_BASE_URL": url}
        data = stack.enter_context(small_disk())
        leadline = stack.enter_context(start_leadline(data, ports=free_ports(4, **PORTS), **SETTINGS, **model_settings))
        inbox = Inbox()
        stack.callback(inbox.close)
        native = stack.enter_context(observed(leadline))
        routes = stack.enter_context(alertmanager(folder / "alertmanager", inbox))
        prometheus = stack.enter_context(faster_prometheus(folder / "prometheus", leadline, routes))
        now = leadline.now
        simulator, api = SimulatorClient(now.simulator, now.simulator_token), LeadlineClient(now.web, now.api_token)
        stack.callback(lambda: [backstage.do(each.__aexit__(None, None, None)) for each in (simulator, api)])
        crowd = Crowd(simulator, api, LEADS_PER_SECOND)
        town = Town(leadline, simulator, api)
        backstage.do(deploy(leadline), within=90)
        for trouble in TROUBLES:
            backstage.do(simulator.call("POST", "/_sim/faults", trouble))
        stack.enter_context(backstage.going_on(crowd.keep_coming()))
        stack.enter_context(backstage.going_on(look_on(now.web)))
        stack.enter_context(backstage.going_on(judge(leadline)))
        stack.enter_context(backstage.going_on(restart_session(leadline)))
        yield Watched(leadline, native, prometheus, inbox, standin, town, crowd, backstage, stack.close)
