"""`leadline erase`, as an operator types it."""

import psycopg
import pytest

from app.errors import Invalid, NotFound
from tests.integration.house.test_cli import leadline, running_demo

__all__ = ["leadline", "running_demo"]


@pytest.fixture
def lead(running_demo):
    with psycopg.connect(running_demo) as connection:
        row = connection.execute("insert into lead (name) values ('Marta') returning id").fetchone()
        connection.execute(
            "insert into lead_identity (lead_id, gateway, kind, value) values (%s, 'waha', 'phone', '15550100110')", row
        )
    return row[0]


def leads(url):
    with psycopg.connect(url) as connection:
        return connection.execute("select count(*) from lead").fetchone()[0]


def test_a_person_is_erased_by_their_number(leadline, running_demo, lead):
    said = leadline("erase", "--phone", "+1 555 010 0110", "--yes")
    assert said.exit_code == 0, said.output
    assert f"Lead {lead} is erased" in said.output
    assert leads(running_demo) == 0


def test_a_person_is_erased_by_the_number_of_the_lead_after_a_question(leadline, running_demo, lead):
    assert leadline("erase", "--lead", str(lead), input="n\n").exit_code == 1
    assert leads(running_demo) == 1
    assert leadline("erase", "--lead", str(lead), input="y\n").exit_code == 0
    assert leads(running_demo) == 0


def test_what_makes_no_sense_is_said(leadline, running_demo):
    assert isinstance(leadline("erase").exception, Invalid)
    assert isinstance(leadline("erase", "--lead", "1", "--phone", "+15550100110").exception, Invalid)
    assert isinstance(leadline("erase", "--phone", "+15550100199", "--yes").exception, NotFound)
