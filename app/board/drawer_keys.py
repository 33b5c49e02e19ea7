"""The Vars through which the drawer's parts read the open lead."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any

import reflex as rx

from app.board.drawer_live import LeadKeys
from app.board.drawer_view import Drawer, MessageRow
from app.ui.live_keys import calling, live_key
from app.ui.pieces_chat import ChatRow

ANCHOR: Any = LeadKeys.carries
DRAWER_JS = "$/public/drawer.js"

LEAD: Any = live_key(ANCHOR, "lead", Drawer, "({})")
MESSAGES: Any = live_key(ANCHOR, "messages", list[MessageRow], "[]")
MORE: Any = live_key(ANCHOR, "more", bool, "false")
GONE: Any = live_key(ANCHOR, "gone", str, '""')
ROWS: Any = calling("chatRows", DRAWER_JS, list[ChatRow], MESSAGES, LEAD["reader_name"])
WRITTEN: Any = calling("writtenDrafts", DRAWER_JS, list[dict[str, str]], MESSAGES)
BEGUN: Any = calling("opened", DRAWER_JS, bool, MESSAGES, LEAD["brief_at"])
LAST_HEARD: Any = calling("lastHeard", DRAWER_JS, int, MESSAGES)


def act(handler: Any, *given: Any) -> Any:
    """An act on the lead that the reader sees. Without a line it is not queued: later they may see something else."""
    return handler(LEAD["id"].to(int), *given).temporal


def in_browser(call: Any) -> rx.event.EventSpec:
    """A step of the browser alone: ``call`` is one of the functions that the open drawer offers, with its arguments."""
    return rx.call_script(rx.Var.create("globalThis.leadlineDrawer?.") + call)
