"""What the sign-in page asks of the server: whether somebody is signed in already, and whether this is the demo."""

from typing import TypedDict
from urllib.parse import urlsplit

import reflex as rx
from reflex.event import EventSpec

from app.registry import use
from app.settings import DEMO_PASSWORD, Settings
from app.team.cookies import viewer_in


class Guest(TypedDict):
    """Somebody as whom a visitor may look around; ``number`` picks the tint of the face: their id in the demo."""

    name: str
    does: str
    sees: str
    email: str
    initials: str
    number: int


GUESTS: list[Guest] = [
    {
        "name": "Ana",
        "does": "consultant",
        "sees": "Her leads and the unassigned ones",
        "email": "ana@leadline.demo",
        "initials": "AR",
        "number": 2,
    },
    {
        "name": "Mara",
        "does": "manager",
        "sees": "Everybody’s leads, and the sessions",
        "email": "mara@leadline.demo",
        "initials": "ML",
        "number": 1,
    },
]


class SignInState(rx.State):
    """Empty, but in the demo: there the page offers its people and the lead's phone."""

    guests: rx.Field[list[Guest]] = rx.field(default_factory=list)
    password: str = ""
    phone: str = ""

    @rx.event
    async def load(self) -> EventSpec | None:
        """Go on to the board when somebody is signed in already."""
        if await viewer_in(self.router.headers.cookie):
            return rx.redirect("/")
        settings = use(Settings)
        if settings.demo:
            self.guests, self.password = GUESTS, DEMO_PASSWORD
            self.phone = f"http://{urlsplit(settings.url).hostname}:{settings.simulator_port}/phone"
        return None
