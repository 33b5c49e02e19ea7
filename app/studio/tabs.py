# Reflex's elements have half-known types in their signatures.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""The tabs on top of the studio's pages: the playbook, and its replay over stored conversations."""

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from app.ui.pieces import icon

TABS = (
    ("Playbook", "/playbook", "notebook-pen"),
    ("Replay", "/playbook/replay", "history"),
)


def studio_tabs(here: str) -> rx.Component:
    """The strip with ``here`` (Playbook or Replay) marked; it stands right under the bar of the page."""
    return rx.el.nav(
        *[_tab(here, name, address, glyph) for name, address, glyph in TABS],
        class_name="st-tabs",
        aria_label="Studio",
    )


def _tab(here: str, name: str, address: str, glyph: str) -> rx.Component:
    current = {"aria-current": "page"} if here == name else {}
    return ReactRouterLink.create(icon(glyph, "s"), name, to=address, custom_attrs=current)
