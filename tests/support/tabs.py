"""States of pages without a browser."""

from __future__ import annotations

from typing import Any

from reflex.istate.data import RouterData
from reflex.state import State


def in_tab(kind: type[Any], cookie: str, sid: str = "tab") -> Any:
    """A state as it stands in a tab of whoever the cookie names."""
    root = State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue] - Reflex alone makes states
    root.router = RouterData.from_router_data({"headers": {"cookie": cookie}, "sid": sid})
    return root.get_substate(kind.get_full_name().split(".")[1:])
