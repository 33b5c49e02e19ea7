import pytest

from app.team.agents import agent_family
from app.team.viewer import OPERATOR, Viewer, initials_of
from app.vocabulary import Role


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Ana Ribeiro", "AR"), ("Ana Maria de Souza", "AS"), ("bruno", "B"), ("", ""), ("Élodie Öz", "ÉÖ")],
)
def test_initials_are_the_first_letters_of_the_first_and_the_last_name(name, initials):
    assert initials_of(name) == initials


@pytest.mark.parametrize(("role", "leads"), [(Role.CONSULTANT, False), (Role.MANAGER, True), (Role.ADMIN, True)])
def test_managers_and_admins_lead_the_team(role, leads):
    assert Viewer(user_id=1, name="A", initials="A", role=role, email="a@leadline.demo").leads_team is leads


def test_the_operator_may_do_everything():
    assert OPERATOR.role is Role.ADMIN


@pytest.mark.parametrize(
    ("header", "family"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", "Chrome on Linux"),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:130.0) Gecko/20100101 Firefox/130.0",
            "Firefox on macOS",
        ),
        ("curl/8.5", "Another browser"),
        ("", "Another browser"),
    ],
)
def test_a_browser_is_named_by_its_family_alone(header, family):
    assert agent_family(header) == family
