# Reflex's methods have half-known types in their signatures.
# pyright: reportUnknownMemberType=false
"""Web entry: the pages, the HTTP edge before them, and what runs as long as this process does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import reflex as rx
from reflex.utils.prerequisites import get_web_dir
from reflex_base.environment import environment

from app.api import front_door
from app.board import drawer_live
from app.board.drawer_state import DrawerState
from app.board.live import LiveBoard
from app.board.live_listener import Listener
from app.board.live_rooms import Keys
from app.board.live_sockets import Attendance, ReflexSockets, attend, hear_pongs
from app.board.live_tasks import lasting
from app.board.page import board_page
from app.board.state import BoardState
from app.database import Database
from app.insights.page import insights_page
from app.registry import provide, use
from app.release import VERSION
from app.sessions.page import sessions_page
from app.settings import Settings
from app.status.page import status_page
from app.studio.playbook_page import playbook_page
from app.studio.playbook_state import PlaybookState
from app.studio.replay_page import replay_page
from app.team.page import sign_in_page
from app.team.state import SignInState
from app.team.viewer import Viewer
from app.telemetry import Tracing
from app.ui.no_page import no_page
from app.ui.page_events import measured_events
from app.ui.theme import HEAD, STYLESHEETS


def built() -> Path | None:
    """The folder of the built pages, while there is one."""
    folder = Path(get_web_dir()) / "build" / "client"
    return folder if folder.is_dir() else None


# A line that died without a word is noticed after twenty seconds; Reflex would take more than two minutes.
environment.REFLEX_SOCKET_INTERVAL.set(timedelta(seconds=10))
environment.REFLEX_SOCKET_TIMEOUT.set(timedelta(seconds=10))

app = rx.App(
    stylesheets=STYLESHEETS,
    head_components=HEAD,
    api_transformer=front_door(built=built()),
    toaster=None,
    html_lang="en",
)
# The board says itself whether its line stands, in its own words.
app.app_wraps.pop((5, "Overlay"))
app.add_page(board_page, route="/", title="Board · Leadline", on_load=[BoardState.load, DrawerState.resume])
app.add_page(sign_in_page, route="/sign-in", title="Sign in · Leadline", on_load=SignInState.load)
app.add_page(sessions_page, route="/sessions", title="Sessions · Leadline")
app.add_page(playbook_page, route="/playbook", title="Playbook · Leadline", on_load=PlaybookState.load)
app.add_page(replay_page, route="/playbook/replay", title="Replay · Leadline")
app.add_page(insights_page, route="/insights", title="Insights · Leadline")
app.add_page(status_page, route="/status", title="Status · Leadline")
app.add_page(no_page, route="404", title="No such page · Leadline")


async def beside_the_cards(viewer: Viewer) -> Keys:
    """What a snapshot carries besides the cards: in the demo, where to play a lead."""
    del viewer
    settings = use(Settings)
    return {"phone": f"{settings.gateway_url}/phone"} if settings.demo else {}


@asynccontextmanager
async def board_running() -> AsyncIterator[LiveBoard]:
    """The live board while the block lasts: it listens to the database and speaks to this process's browsers."""
    namespace: Any = app.event_namespace
    sockets = ReflexSockets(namespace, BoardState.get_full_name())
    board = LiveBoard(sockets, changed=drawer_live.changed, besides=beside_the_cards)
    provide(LiveBoard, board)

    def gone(sid: str) -> None:
        sockets.forget(sid)
        board.left(sid)

    attendance = Attendance(gone)
    attend(namespace, attendance)
    hear_pongs(attendance)
    tasks = [
        asyncio.create_task(lasting("listener", Listener(use(Database).url, board).run), name="board-listener"),
        asyncio.create_task(lasting("board", board.run), name="board"),
    ]
    try:
        yield board
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


@app.register_lifespan_task
@asynccontextmanager
async def lifetime() -> AsyncIterator[None]:
    """From start to SIGTERM: everything that the process needs, opened in order and closed in reverse."""
    from app.bootstrap import settle_memory, web_context  # the pages are built without the roles
    from app.insights.lifecycle import lived

    async with (
        web_context() as settings,
        lived("web", settings.web_metrics_port, version=VERSION) as life,
        measured_events(use(Tracing)),
        board_running(),
    ):
        settle_memory()
        yield
        life.stopping()
