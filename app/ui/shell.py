# Reflex's elements have half-known types in their signatures.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""The frame of every signed-in page: the bar on top, the tabs at the bottom of a phone, the viewer's menu."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import reflex as rx
from reflex.style import set_color_mode
from reflex_components_core.react_router.dom import ReactRouterLink

from app.ui.pieces import PIECES_JS, Text, face, icon, logo


class Place(NamedTuple):
    """A page of the bar. ``tab``: also a tab of a phone; the others stand in its menu."""

    name: str
    address: str
    glyph: str
    managers: bool = False
    tab: bool = True


PLACES = (
    Place("Board", "/", "kanban"),
    Place("Insights", "/insights", "chart-column", managers=True),
    Place("Playbook", "/playbook", "notebook-pen", managers=True, tab=False),
    Place("Sessions", "/sessions", "smartphone"),
    Place("Status", "/status", "activity", managers=True, tab=False),
)
THEMES: Sequence[tuple[str, str, str]] = (
    ("light", "Light", "sun"),
    ("dark", "Dark", "moon"),
    ("system", "As the device", "monitor"),
)


class Looking(rx.Component):
    """Tells the style sheet who looks."""

    library = PIECES_JS
    tag = "Looking"

    viewer: rx.Var[int]
    manager: rx.Var[bool]


def shell(
    place: str,
    *content: rx.Component,
    me: Any,
    status: rx.Component | None = None,
    tools: Sequence[rx.Component] = (),
    over: Sequence[rx.Component] = (),
) -> rx.Component:
    """A page: bar, ``content`` as its main part, tabs.

    ``place`` is the name of the page in the bar, ``me`` the viewer as a Var with id, name, initials and manager,
    ``status`` stands right in the bar, ``tools`` before it, ``over`` lies above everything (drawer, toasts).
    """
    return rx.el.div(
        bar(place, me, status, tools),
        *content,
        tabs(place, me),
        Looking.create(viewer=me["id"], manager=me["manager"]),
        *over,
        class_name="ll-app",
    )


def bar(place: str, me: Any, status: rx.Component | None, tools: Sequence[rx.Component]) -> rx.Component:
    """The bar on top."""
    return rx.el.header(
        rx.el.a("Skip to the content", href="#main", class_name="ll-skip"),
        ReactRouterLink.create(logo(), rx.el.span("Leadline"), to="/", class_name="ll-logo"),
        rx.el.nav(
            *[_for(one, me, _place(place, one)) for one in PLACES],
            class_name="ll-nav",
            aria_label="Main",
        ),
        rx.el.span(class_name="grow"),
        *tools,
        status or rx.fragment(),
        person_menu(me),
        class_name="ll-bar",
    )


def _place(here: str, place: Place) -> rx.Component:
    return ReactRouterLink.create(place.name, to=place.address, custom_attrs=_current(here == place.name))


def _for(place: Place, me: Any, shown: rx.Component) -> rx.Component:
    """A place of managers is offered to managers alone; its page checks for itself.

    Until this page knows its viewer, the style sheet shows what the page before knew, or nothing at all.
    """
    if not place.managers:
        return shown
    unknown = rx.el.span(shown, class_name="for-managers")
    return rx.cond(me["id"], rx.cond(me["manager"], shown), unknown)


def tabs(place: str, me: Any) -> rx.Component:
    """The tabs at the bottom of a phone."""
    places = [_for(one, me, _tab(place, one)) for one in PLACES if one.tab]
    return rx.el.nav(*places, _me_tab(place, me), class_name="ll-tabbar", aria_label="Main")


def _tab(here: str, place: Place) -> rx.Component:
    current = _current(here == place.name)
    return ReactRouterLink.create(icon(place.glyph, "l"), place.name, to=place.address, custom_attrs=current)


def _current(here: bool) -> dict[str, str]:  # noqa: FBT001 - a yes or no that reads as one
    return {"aria-current": "page"} if here else {}


def _me_tab(here: str, me: Any) -> rx.Component:
    """The viewer's tab, with the places behind it that have none of their own; on one of them it is the current one."""
    inside = [one for one in PLACES if not one.tab]
    more = [rx.cond(me["manager"], _in_menu(here, one)) if one.managers else _in_menu(here, one) for one in inside]
    current = {"aria-current": "true"} if here in {one.name for one in inside} else {}
    return _menu(rx.el.button(icon("user-round", "l"), "Me", type="button", custom_attrs=current), me, *more)


def _in_menu(here: str, place: Place) -> rx.Component:
    current = _current(here == place.name)
    goes = ReactRouterLink.create(icon(place.glyph, "s"), place.name, to=place.address, custom_attrs=current)
    return rx.dropdown_menu.item(goes, as_child=True)


def person_menu(me: Any) -> rx.Component:
    """The viewer's face in the bar, with theme and sign-out behind it."""
    who = face(me["initials"].to(str), me["name"].to(str), me["id"].to(int))
    button = rx.el.button(
        rx.cond(me["name"], who, rx.el.span(class_name="ll-face")),
        type="button",
        class_name="ll-ico only-d is-me",
        aria_label=rx.Var.create("You: ") + me["name"].to(str),
    )
    return _menu(button, me)


def _menu(trigger: rx.Component, me: Any, *more: rx.Component) -> rx.Component:
    role = rx.cond(me["manager"], "Manager", "Consultant")
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(trigger),
        rx.dropdown_menu.content(
            rx.dropdown_menu.item(me["name"].to(str), ", ", role, disabled=True, class_name="is-who"),
            *more,
            rx.dropdown_menu.separator(),
            *[_theme(*one) for one in THEMES],
            rx.dropdown_menu.separator(),
            rx.dropdown_menu.item(icon("log-out", "s"), "Sign out", on_select=_sign_out()),
            size="1",
            variant="soft",
        ),
        modal=False,
    )


def _theme(mode: Any, label: Text, glyph: str) -> rx.Component:
    chosen = rx.cond(rx.color_mode == mode, icon("check", "s"), rx.fragment())
    return rx.dropdown_menu.item(
        icon(glyph, "s"), label, rx.el.span(chosen, class_name="end"), on_select=set_color_mode(mode)
    )


def _sign_out() -> rx.event.EventSpec:
    """A real form post: the answer takes the cookie away and leads to the sign-in page."""
    return rx.call_script(
        "(() => { const form = document.createElement('form');"
        " form.method = 'post'; form.action = '/api/sign-out';"
        " document.body.append(form); form.submit(); })()"
    )
