"""The names under which the environment sets things."""

from __future__ import annotations

from pydantic import AliasChoices

from app.settings import Settings


def settings_by_name() -> set[str]:
    """Every variable that Leadline reads."""
    aliases = [field.validation_alias for field in Settings.model_fields.values()]
    return {str(name) for alias in aliases if isinstance(alias, AliasChoices) for name in alias.choices}
