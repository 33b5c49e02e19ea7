"""How long a lead may wait for a human, by temperature, and when a consultant is reminded of a silent one."""

from __future__ import annotations

from datetime import datetime, timedelta

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


def reminder_after(settings: Settings, now: datetime) -> datetime | None:
    """When to look whether anybody has written to a lead that a consultant gets now; None: never."""
    return now + timedelta(hours=settings.remind_after_hours) if settings.remind_after_hours else None
