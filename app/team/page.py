"""The sign-in page: an ordinary form that posts to ``/api/sign-in``; the demo offers its people below."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# Reflex leaves the types of its elements and Vars partly open; what is handed to them is typed here.

from typing import Any

import reflex as rx

from app.team.state import SignInState
from app.ui.pieces import face, icon, logo

GUESTS: Any = SignInState.guests
SIGN_IN_JS = "$/public/signin.js"


class SignInForm(rx.Component):
    """Email, password, and what was wrong with the last try."""

    library = SIGN_IN_JS
    tag = "SignInForm"


class PlainForm(rx.el.Div):
    """A form that the browser sends by itself: Reflex's own keeps every form from being sent."""

    tag = "form"


class ThemeSwitch(rx.Component):
    """Light or dark."""

    library = SIGN_IN_JS
    tag = "ThemeSwitch"


def sign_in_page() -> rx.Component:
    """The page at ``/sign-in``; its ``on_load`` is ``SignInState.load``."""
    box = rx.el.div(
        rx.el.a(
            logo(),
            rx.el.span("Leadline"),
            href="/",
            class_name="ll-logo",
            style={"font_size": "16px", "margin_bottom": "28px"},
        ),
        rx.el.h1("Sign in", class_name="signin-title"),
        rx.el.p("Leads on WhatsApp, one live board", class_name="t2", style={"margin": "2px 0 20px"}),
        SignInForm.create(),
        rx.cond(GUESTS.length() > 0, _demo()),
        rx.el.div(
            rx.el.span(class_name="grow"),
            ThemeSwitch.create(),
            class_name="row",
            style={"margin_top": "20px"},
        ),
        class_name="box",
    )
    return rx.el.div(rx.el.main(box, class_name="signin"), class_name="ll-app")


def _demo() -> rx.Component:
    return rx.fragment(
        rx.el.div("Demo: look around as", class_name="ll-day", style={"margin": "24px 0 10px"}),
        rx.el.div(rx.foreach(GUESTS, _guest), _phone(), class_name="who-list"),
    )


def _guest(guest: Any) -> rx.Component:
    """A form of its own: one press signs in as this person."""
    words = rx.el.span(
        rx.el.b(guest["name"], class_name="strong"),
        ", ",
        guest["does"],
        rx.el.br(),
        rx.el.span(guest["sees"], class_name="fs12 t2"),
        class_name="grow",
    )
    person = face(guest["initials"], guest["name"], guest["number"])
    return PlainForm.create(
        rx.el.input(type="hidden", name="email", value=guest["email"], read_only=True),
        rx.el.input(type="hidden", name="password", value=SignInState.password, read_only=True),
        rx.el.button(person, words, icon("chevron-right", "s"), type="submit"),
        custom_attrs={"action": "/api/sign-in", "method": "post"},
    )


def _phone() -> rx.Component:
    words = rx.el.span(
        rx.el.b("The lead’s phone", class_name="strong"),
        rx.el.br(),
        rx.el.span("No sign-in needed", class_name="fs12 t2"),
        class_name="grow",
    )
    face_of_phone = rx.el.span(icon("smartphone", "s"), class_name="ll-face")
    return rx.el.a(face_of_phone, words, icon("chevron-right", "s"), href=SignInState.phone, target="_blank")
