"""What a session's webhook configuration says: where to, signed how, tried again when. Pure but for jitter."""

import hashlib
import hmac
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from app.simulator import refusals
from app.simulator.shapes import Json, nested, objects

EVENTS = frozenset(
    {
        "*",
        "message",
        "message.any",
        "message.ack",
        "message.ack.group",
        "message.edited",
        "message.reaction",
        "message.revoked",
        "message.waiting",
        "session.status",
        "state.change",
        "engine.event",
        "presence.update",
        "group.v2.join",
        "group.v2.leave",
        "group.v2.participants",
        "group.v2.update",
        "label.chat.added",
        "label.chat.deleted",
        "label.deleted",
        "label.upsert",
        "poll.vote",
        "poll.vote.failed",
        "call.accepted",
        "call.received",
        "call.rejected",
        "chat.archive",
        "event.response",
        "event.response.failed",
    }
)
POLICIES = frozenset({"constant", "linear", "exponential"})
JITTER = 0.2


@dataclass(frozen=True)
class Retries:
    """When to try again after anything but a 2xx; `delay` is in seconds."""

    policy: str = "constant"
    delay: float = 2.0
    attempts: int = 15

    def pauses(self, jitter: random.Random) -> Iterator[float]:
        """The wait before each further attempt, in seconds."""
        for number in range(1, self.attempts + 1):
            if self.policy == "linear":
                yield number * self.delay
            elif self.policy == "exponential":
                yield 2**number * self.delay * (1 + JITTER * jitter.random())
            else:
                yield self.delay


@dataclass(frozen=True)
class Hook:
    """One webhook of a session."""

    url: str
    events: frozenset[str]
    key: str | None
    retries: Retries
    headers: tuple[tuple[str, str], ...] = ()

    def wants(self, event: str) -> bool:
        """Whether this webhook is told of such an event."""
        return event in self.events or "*" in self.events

    def signature(self, body: bytes) -> dict[str, str]:
        """The headers that prove who sent `body`; none without a key."""
        if not self.key:
            return {}
        digest = hmac.new(self.key.encode(), body, hashlib.sha512).hexdigest()
        return {"x-webhook-hmac": digest, "x-webhook-hmac-algorithm": "sha512"}


def hooks_of(config: Json | None) -> list[Hook]:
    """The webhooks of a session configuration, which was checked when it came in."""
    return [_hook(entry) for entry in objects((config or {}).get("webhooks"))]


def _hook(entry: Json) -> Hook:
    retries = nested(entry, "retries")
    policy = Retries(
        policy=retries.get("policy") or Retries.policy,
        delay=float(retries.get("delaySeconds") or Retries.delay),
        attempts=int(retries.get("attempts") or Retries.attempts),
    )
    headers = tuple((header["name"], header["value"]) for header in objects(entry.get("customHeaders")))
    key = nested(entry, "hmac").get("key")
    return Hook(entry["url"], frozenset(entry["events"]), key, policy, headers)


def check_config(config: Any) -> None:
    """Refuse a session configuration that the gateway would refuse.

    Raises:
        Refusal: 400 with the list of complaints.
    """
    if config is None:
        return
    if not isinstance(config, dict):
        raise refusals.invalid(["config must be an object"])
    webhooks: Any = cast("Json", config).get("webhooks")
    if webhooks is None:
        return
    if not isinstance(webhooks, list):
        inside = "config.each value in nested property webhooks must be either object or array"
        raise refusals.invalid(["config.webhooks must be an array", inside])
    numbered = enumerate(cast("list[Any]", webhooks))
    complaints = [text for number, hook in numbered for text in _complaints(f"config.webhooks.{number}", hook)]
    if complaints:
        raise refusals.invalid(complaints)


def _complaints(where: str, hook: Any) -> list[str]:
    if not isinstance(hook, dict):
        return [f"{where} must be an object"]
    entry = cast("Json", hook)
    found: list[str] = []
    if not isinstance(entry.get("url"), str):
        found.append(f"{where}.url must be a URL address")
    events: Any = entry.get("events")
    if not isinstance(events, list) or not set(cast("list[Any]", events)) <= EVENTS:
        allowed = ", ".join(sorted(EVENTS))
        found.append(f"{where}.each value in events must be one of the following values: {allowed}")
    policy = nested(entry, "retries").get("policy")
    if policy not in POLICIES | {None}:
        found.append(f"{where}.retries.policy must be one of: {', '.join(sorted(POLICIES))}")
    return found
