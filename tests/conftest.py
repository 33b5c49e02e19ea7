"""What every test may ask for: a clock, settings, a database of its own, a browser, the running program."""

from __future__ import annotations

import itertools
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from app.clock import Clock, FixedClock
from app.database import Database
from app.embedded import EmbeddedPostgres
from app.migrations import upgrade
from app.registry import override
from app.settings import Settings, load_settings
from tests.support import network, programs
from tests.support.leadline import RunningLeadline, start_leadline

if TYPE_CHECKING:
    from playwright.async_api import Browser

TEMPLATE = "leadline_template"
IN_CI = os.environ.get("CI") == "true"
OF_THE_OPERATOR = ("LEADLINE_", "WAHA_", "GROQ_", "OTEL_", "DATABASE_URL", "REDIS_URL")

network.close_the_outside()


def pytest_configure(config: pytest.Config) -> None:
    """Tests begin from the defaults, whatever the shell of the person at the keyboard exports."""
    for name in [name for name in os.environ if name.startswith(OF_THE_OPERATOR)]:
        del os.environ[name]
    os.environ["REFLEX_TELEMETRY_ENABLED"] = "false"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is not here."""
    for marker in item.iter_markers("needs"):
        for program in marker.args:
            if programs.path_of(program) is None:
                pytest.skip(f"{program} is not installed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI nothing is skipped: what could not be shown counts as broken."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and in CI that is a failure: {report.longrepr}"
    return report


@pytest.fixture
def clock() -> Iterator[FixedClock]:
    """A clock that stands still until the test moves it."""
    with override(Clock, fixed := FixedClock()):
        yield fixed


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """The demo's settings, with a data folder of the test's own."""
    made = load_settings(
        data_dir=tmp_path / "data",
        waha_api_key="test-waha-api-key",
        waha_hmac_key_agent="test-hmac-key-of-the-agent",
        waha_hmac_key_consultant="test-hmac-key-of-the-consultant",
        api_token="test-api-token",
        simulator_token="test-simulator-token",
    )
    with override(Settings, made):
        yield made


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One PostgreSQL server for the whole run, in a folder that is thrown away.

    Not under pytest's own folder: every pytest that starts closes that to the server's unprivileged user again.
    """
    with (
        tempfile.TemporaryDirectory(prefix="leadline-postgres-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder) / "pg", durable=False) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """A database with the schema and nothing in it, to be copied."""
    postgres.create(TEMPLATE)
    upgrade(postgres.url(TEMPLATE))
    return TEMPLATE


_numbers = itertools.count(1)


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """Address of a migrated, empty database that belongs to this test alone."""
    name = f"test_{next(_numbers)}"
    postgres.create(name, template=template)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The same as ``Database`` in the registry, so that ``transaction()`` and ``reading()`` work."""
    made = Database(database_url, pool_size=8)
    with override(Database, made):
        yield made
    await made.close()


@pytest.fixture(scope="session")
def running_leadline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLeadline]:
    """The real processes, one start for the whole run: tests play leads of their own and leave it standing."""
    with start_leadline(tmp_path_factory.mktemp("leadline") / "data") as leadline:
        yield leadline


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window; mark the test with ``needs("chromium")``."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=programs.path_of("chromium"),
            # Root has no sandbox in a container, and its /dev/shm is small.
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        yield chromium
        await chromium.close()


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """For whoever sets up logging: the other tests of this process do not inherit it."""
    root, config = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.configure(**config)
