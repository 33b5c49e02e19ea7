# Reflex's elements have half-known types in their signatures.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""The playbook page: the editor with its preview beside it, which work in the browser and ask the server by events."""

from typing import Any

import reflex as rx

from app.studio.playbook_state import PlaybookState
from app.studio.tabs import studio_tabs
from app.ui.live_keys import live_key
from app.ui.pieces_notices import bar, centred
from app.ui.shell import shell

STUDIO_JS = "$/public/studio/studio.jsx"

ANCHOR: Any = PlaybookState.carries
ME: Any = live_key(ANCHOR, "me", dict[str, Any], "({})")
LOADED: Any = live_key(ANCHOR, "studio", dict[str, Any], "null")
FAILED: Any = live_key(ANCHOR, "failed", str, '""')
DENIED: Any = live_key(ANCHOR, "denied", str, '""')


def _wish(wish: rx.Var[dict[str, Any]]) -> tuple[rx.Var[dict[str, Any]]]:
    return (wish,)


class Studio(rx.Component):
    """Edits a playbook in the browser; reads the live keys of a state, and asks the server by its events."""

    library = STUDIO_JS
    tag = "Studio"

    keys: rx.Var[str]

    on_look: rx.EventHandler[_wish]
    on_save: rx.EventHandler[_wish]
    on_publish: rx.EventHandler[_wish]
    on_open: rx.EventHandler[_wish]
    on_compare: rx.EventHandler[_wish]
    on_play: rx.EventHandler[_wish]


def playbook_page() -> rx.Component:
    """The page at ``/playbook``; its ``on_load`` is ``PlaybookState.load``."""
    return shell("Playbook", studio_tabs("Playbook"), _content(), me=ME)


def _content() -> rx.Component:
    studio = Studio.create(
        keys=PlaybookState.get_full_name(),
        on_look=PlaybookState.look,
        on_save=PlaybookState.save,
        on_publish=PlaybookState.publish,
        on_open=PlaybookState.open,
        on_compare=PlaybookState.compare,
        on_play=PlaybookState.play,
    )
    shown = rx.cond(LOADED, studio, rx.cond(FAILED, _failed(), _skeleton()))
    return rx.el.main(rx.cond(DENIED, _denied(), shown), class_name="st-main", id="main")


def _failed() -> rx.Component:
    again = rx.el.button("Try again", type="button", class_name="ll-btn primary", on_click=PlaybookState.load)
    return centred("circle-alert", "The playbook did not load", FAILED, again)


def _denied() -> rx.Component:
    return centred("lock", "For managers", DENIED)


def _skeleton() -> rx.Component:
    lines = [bar("30%", "14px"), bar("100%", "34px"), bar("100%", "34px"), bar("45%", "14px"), bar("100%", "68px")]
    left = rx.el.div(*lines, class_name="ll-panel st-sk")
    right = rx.el.div(bar("60%", "38px"), bar("70%", "38px", margin_left="auto"), class_name="ll-panel st-sk only-d")
    return rx.el.div(left, right, class_name="st-cols", aria_busy="true", aria_label="The playbook is being read")
