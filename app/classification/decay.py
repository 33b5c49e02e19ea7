"""What silence does to a rating: a lead who says nothing for days is no longer as near to buying as they were. Pure.

The first day costs nothing. From then on the score falls by half in ``HALF_LIFE`` of the temperature that it has come
down to, so that a HOT lead cools quickly and a WARM one slowly; where it leaves the band of its temperature, the lead
steps down with it. So the score never contradicts the temperature, nothing ever rises by silence, and COLD stays COLD.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import floor, log2

from app.classification.rubric import BANDS, Classification, Reason
from app.vocabulary import Temperature

GRACE = timedelta(days=1)
HALF_LIFE = {
    Temperature.HOT: timedelta(days=14),
    Temperature.WARM: timedelta(days=30),
    Temperature.COLD: timedelta(days=60),
}
STEP = 3
"""Points: a smaller loss is not worth a new judgement, unless the temperature changes with it."""
SILENCE = "silence"
_NEXT = {Temperature.HOT: Temperature.WARM, Temperature.WARM: Temperature.COLD}


def cooled(made: Classification, heard: datetime, now: datetime) -> Classification:
    """The judgement as it stands after a silence since ``heard``; the same one while that costs nothing."""
    days = (now - heard).days
    temperature, score = _after(made.temperature, made.score, timedelta(days=days) - GRACE)
    if score >= made.score:
        return made
    reason = Reason(SILENCE, score - made.score, f"Silent for {days} days")
    return replace(made, temperature=temperature, score=score, reasons=(*made.reasons, reason))


def worth_noting(made: Classification, shown_temperature: str | None, shown_score: int | None) -> bool:
    """Whether a cooled judgement says more than the one shown: another temperature, or ``STEP`` points less."""
    return made.temperature != shown_temperature or (shown_score or 0) - made.score >= STEP


def _after(temperature: Temperature, score: int, silence: timedelta) -> tuple[Temperature, int]:
    """Temperature and score after ``silence`` beyond the grace, band by band."""
    if silence <= timedelta(0):
        return temperature, score
    floor_of_band = BANDS[temperature][0]
    below = _NEXT.get(temperature)
    if below is None:
        return temperature, _halved(score, silence, temperature)
    in_band = log2(max(score / floor_of_band, 1.0)) * HALF_LIFE[temperature]
    if silence <= in_band:
        return temperature, max(_halved(score, silence, temperature), floor_of_band)
    return _after(below, BANDS[below][1], silence - in_band)


def _halved(score: int, silence: timedelta, temperature: Temperature) -> int:
    return floor(score * 0.5 ** (silence / HALF_LIFE[temperature]))
