# Reflex's elements have half-known types in their signatures.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""How the look is wired into Reflex: the Radix theme, the stylesheets, and a socket that stays on its own origin."""

from typing import Unpack

import reflex as rx
from reflex.plugins import Plugin
from reflex_base.plugins.base import PreCompileContext

STYLESHEETS = ["/tokens.css", "/ui.css", "/drawer.css", "/board.css", "/insights.css", "/studio.css", "/replay.css"]
HEAD: list[rx.Component] = [
    rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
    rx.el.link(rel="alternate icon", href="/favicon.ico"),
    rx.el.link(rel="apple-touch-icon", href="/apple-touch-icon.png"),
    rx.el.meta(name="theme-color", content="#fdfdfc", media="(prefers-color-scheme: light)"),
    rx.el.meta(name="theme-color", content="#171716", media="(prefers-color-scheme: dark)"),
]
STATE_JS = "utils/state.js"
BAKED_ADDRESS = "  const endpoint = new URL(url_str);\n"
OWN_ORIGIN = (
    BAKED_ADDRESS
    + """  if (typeof window !== "undefined") {
    endpoint.host = window.location.host;
    if (!window.location.port) endpoint.port = "";
    const secure = window.location.protocol === "https:" ? "s" : "";
    endpoint.protocol = endpoint.protocol.replace(/s?:$/, "") + secure + ":";
    return endpoint;
  }
"""
)


class BuildChanged(RuntimeError):
    """The installed Reflex builds another socket client than the one that Leadline patches."""


def on_own_origin(source: str) -> str:
    """``source`` of Reflex's state.js, with its socket opened where the page came from.

    Reflex bakes the address of its backend into the build. One build has to serve every port and host name.
    Raises BuildChanged when the place to patch is not there exactly once.
    """
    if OWN_ORIGIN in source:
        return source
    if source.count(BAKED_ADDRESS) != 1:
        raise BuildChanged
    return source.replace(BAKED_ADDRESS, OWN_ORIGIN)


class SameOrigin(Plugin):
    """Opens the socket on the origin of the page, whatever port or name that is."""

    def pre_compile(self, **context: Unpack[PreCompileContext]) -> None:
        """Patch the socket client before it is bundled."""
        context["add_modify_task"](STATE_JS, on_own_origin)


def theme() -> rx.Component:
    """Petrol on sand; tokens.css bends Radix's teal to petrol."""
    return rx.theme(accent_color="teal", gray_color="sand", radius="medium", scaling="100%", has_background=False)
