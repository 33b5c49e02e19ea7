"""Which models are asked, and at which service: the settings' chain, one route for each of its entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from app.errors import Misconfigured
from app.settings import Settings

GROQ = "groq"
"""The service of entries that name none."""
_AT = "@"


@dataclass(frozen=True, slots=True)
class Service:
    """Somebody who runs models; an empty ``base_url`` is Groq's own."""

    name: str
    base_url: str
    key: SecretStr

    @property
    def is_usable(self) -> bool:
        """Whether it may be asked: Groq wants a key, a service of our own house may do without."""
        return self.name != GROQ or bool(self.key.get_secret_value())


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of the chain."""

    model: str
    service: Service

    @property
    def name(self) -> str:
        """The entry as the settings write it; a model's price, breaker and figures go by it."""
        return self.model if self.service.name == GROQ else f"{self.model}{_AT}{self.service.name}"


def services_of(settings: Settings) -> dict[str, Service]:
    """All services that the settings name, Groq first. Raises Misconfigured, without any key in its words."""
    keys = dict(_pairs("LEADLINE_LLM_KEYS", settings.llm_keys.get_secret_value(), is_secret=True))
    known = {GROQ: Service(GROQ, settings.groq_base_url, settings.groq_api_key)}
    for name, address in _pairs("LEADLINE_LLM_PROVIDERS", settings.llm_providers):
        if name in known or urlsplit(address).scheme not in {"http", "https"}:
            raise Misconfigured(f"LEADLINE_LLM_PROVIDERS: {name} needs one address such as https://host/v1")
        known[name] = Service(name, address, SecretStr(keys.get(name, "")))
    if strangers := keys.keys() - (known.keys() - {GROQ}):
        raise Misconfigured(f"LEADLINE_LLM_KEYS names what LEADLINE_LLM_PROVIDERS does not: {', '.join(strangers)}")
    return known


def routes_of(settings: Settings) -> tuple[Route, ...]:
    """The models that can be asked, in their order; those at Groq only with its key. Raises Misconfigured."""
    services = services_of(settings)
    routes = dict.fromkeys(_route(entry, services) for entry in settings.models)
    return tuple(route for route in routes if route.service.is_usable)


def is_configured(settings: Settings) -> bool:
    """Whether any model can be asked. Raises Misconfigured."""
    return bool(routes_of(settings))


def _route(entry: str, services: dict[str, Service]) -> Route:
    model, at, name = entry.rpartition(_AT)
    if not at:
        return Route(entry, services[GROQ])
    if not model or name not in services:
        raise Misconfigured(f"LEADLINE_LLM_MODELS: {entry!r} names a service that LEADLINE_LLM_PROVIDERS does not.")
    return Route(model, services[name])


def _pairs(setting: str, text: str, *, is_secret: bool = False) -> Iterator[tuple[str, str]]:
    for part in (part.strip() for part in text.split(",")):
        name, is_one, value = (each.strip() for each in part.partition("="))
        if part and not (name and is_one and value):
            raise Misconfigured(f"{setting}: {'an entry' if is_secret else repr(part)} is not name=value")
        if part:
            yield name, value
