"""What the checks ask of others over HTTP: the gateway's clock, our own web process, Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, cast

import httpx

PATIENCE_SECONDS = 2.0
CUT_OFF = timedelta(seconds=0.5)
"""The header counts whole seconds, and is half of one older than the truth in the mean."""


class Outside(Protocol):
    """Others, as far as the checks ask them."""

    async def time_at(self, url: str) -> datetime | None:
        """The time that a server names in its answer; None when it does not answer, or names none."""
        ...

    async def readiness(self, url: str) -> str:
        """What a web process says of itself: ready, degraded, unready, or empty when it does not answer."""
        ...

    async def firing(self, prometheus: str) -> list[tuple[str, str]] | None:
        """Names and severities of the alerts that fire; None when Prometheus does not answer."""
        ...


@dataclass(frozen=True)
class OverHttp:
    """Asks over HTTP, within two seconds. No proxy of the shell may catch a service on loopback."""

    client: httpx.AsyncClient

    async def time_at(self, url: str) -> datetime | None:
        """Any answer will do: a refusal carries the time as well."""
        try:
            answer = await self.client.get(url)
            named = parsedate_to_datetime(answer.headers["date"])
        except (httpx.HTTPError, KeyError, ValueError):
            return None
        return (named if named.tzinfo else named.replace(tzinfo=UTC)) + CUT_OFF

    async def readiness(self, url: str) -> str:
        """As ``/readyz`` tells it."""
        return str((await self._json(f"{url}/readyz") or {}).get("status", ""))

    async def firing(self, prometheus: str) -> list[tuple[str, str]] | None:
        """Those of ours: the watchdog always fires, and is no complaint."""
        said = await self._json(f"{prometheus.rstrip('/')}/api/v1/alerts")
        if said is None:
            return None
        alerts: list[dict[str, Any]] = said.get("data", {}).get("alerts", [])
        labels = [alert["labels"] for alert in alerts if alert.get("state") == "firing"]
        return [(label.get("alertname", ""), label.get("severity", "")) for label in labels]

    async def _json(self, url: str) -> dict[str, Any] | None:
        try:
            said = (await self.client.get(url)).json()
        except (httpx.HTTPError, ValueError):
            return None
        return cast("dict[str, Any]", said) if isinstance(said, dict) else None


def http_client() -> httpx.AsyncClient:
    """A client for ``OverHttp``."""
    return httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False)
