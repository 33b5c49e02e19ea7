"""Statements get names that are bounded: their own, or verb and table."""

from __future__ import annotations

import pytest

from app.telemetry.database import operation_of, summary_of


@pytest.mark.parametrize(
    ("statement", "operation", "summary"),
    [
        ("SELECT lead.id FROM lead WHERE id = 7", "SELECT", "select lead"),
        ("  select 1", "SELECT", "select"),
        ('INSERT INTO "message" (text) VALUES (%s)', "INSERT", "insert message"),
        ("update lead set stage = 'won'", "UPDATE", "update lead"),
        ("DELETE FROM sign_in", "DELETE", "delete sign_in"),
        ("with due as (select id from lead) update lead set turn_due_at = null", "UPDATE", "update lead"),
        ("with a as (select 1) select * from a", "SELECT", "select a"),
        ("", "OTHER", "other"),
    ],
)
def test_a_statement_is_named_by_verb_and_table(statement: str, operation: str, summary: str):
    assert operation_of(statement) == operation
    assert summary_of(statement) == summary
