"""Routes without models, for the lean paths."""

from __future__ import annotations

from starlette.routing import Route
from starlette.types import Receive, Scope, Send


class RawRoute(Route):
    """A plain route that leaves its template in the scope, which FastAPI does for its own routes alone."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the route, then serve it: metrics count by template."""
        scope["route"] = self
        await super().handle(scope, receive, send)
