# Reflex's elements have half-known types in their signatures.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
"""What stands at an address that leads nowhere."""

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from app.ui.pieces import logo
from app.ui.pieces_notices import centred


def no_page() -> rx.Component:
    """Says that there is no such page, to whoever asks, and leads back."""
    home = ReactRouterLink.create(logo(), rx.el.span("Leadline"), to="/", class_name="ll-logo")
    back = ReactRouterLink.create("To the board", to="/", class_name="ll-btn primary")
    said = centred("compass", "There is no page here", "The address is mistyped, or older than this version.", back)
    return rx.el.div(
        rx.el.header(home, class_name="ll-bar"),
        rx.el.main(said, class_name="ll-main", id="main"),
        class_name="ll-app",
    )
