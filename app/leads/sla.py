"""How long a lead may wait for a human, by temperature."""

from __future__ import annotations

from datetime import timedelta

from app.settings import Settings
from app.vocabulary import Temperature


def allowed_wait(settings: Settings, temperature: str | None) -> timedelta:
    """The time within which a waiting lead is to be answered; unrated leads count as COLD."""
    minutes = {Temperature.HOT: settings.sla_hot_minutes, Temperature.WARM: settings.sla_warm_minutes}
    return timedelta(
        minutes=minutes.get(Temperature(temperature), settings.sla_cold_minutes)
        if temperature
        else settings.sla_cold_minutes
    )
