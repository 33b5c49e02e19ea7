"""Columns that many tables share, so that each model says only what is its own."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

NOW = sa.text("now()")


def identity() -> Any:
    """The primary key: a bigint that the database counts."""
    return Field(default=None, sa_type=sa.BigInteger, primary_key=True, sa_column_args=(sa.Identity(always=False),))


def reference(target: str, *, optional: bool = False, cascade: bool = False, index: bool = False) -> Any:
    """A bigint that points at ``target`` (``table.column``)."""
    return Field(
        default=None,
        sa_type=sa.BigInteger,
        nullable=optional,
        index=index,
        foreign_key=target,
        ondelete="CASCADE" if cascade else ("SET NULL" if optional else "RESTRICT"),
    )


def moment(*, optional: bool = True, index: bool = False) -> Any:
    """A point in time with its zone."""
    return Field(default=None, sa_type=sa.DateTime(timezone=True), nullable=optional, index=index)  # pyright: ignore[reportArgumentType]


def created() -> Any:
    """A point in time that defaults to the start of the transaction."""
    return Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),  # pyright: ignore[reportArgumentType]
        nullable=False,
        sa_column_kwargs={"server_default": NOW},
    )


def document(*, optional: bool = False, default: str = "{}") -> Any:
    """A JSONB column; None in an optional one is NULL, not the null of JSON."""
    return Field(
        default=None,
        sa_type=JSONB(none_as_null=True),  # pyright: ignore[reportArgumentType]
        nullable=optional,
        sa_column_kwargs={} if optional else {"server_default": sa.text(f"'{default}'::jsonb")},
    )


def word(length: int = 16, *, default: str | None = None, optional: bool = False) -> Any:
    """A short string, mostly the value of an enum."""
    return Field(
        default=default,
        sa_type=sa.String(length),  # pyright: ignore[reportArgumentType]
        nullable=optional,
        sa_column_kwargs={} if default is None else {"server_default": default},
    )


def text(*, default: str | None = "", optional: bool = False) -> Any:
    """A string of any length."""
    return Field(
        default=default,
        sa_type=sa.Text,
        nullable=optional,
        sa_column_kwargs={} if default is None or optional else {"server_default": default},
    )


def number(default: int = 0) -> Any:
    """A whole number that starts at ``default``."""
    return Field(default=default, sa_type=sa.Integer, nullable=False, sa_column_kwargs={"server_default": str(default)})


def flag(*, default: bool = False) -> Any:
    """Yes or no."""
    return Field(
        default=default,
        sa_type=sa.Boolean,
        nullable=False,
        sa_column_kwargs={"server_default": sa.true() if default else sa.false()},
    )
