"""What a simulated run amounts to: from the journal and from what Leadline says of its leads. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.simulator.lexicon import Slot, plain
from app.simulator.personas import Budget, Facts
from app.simulator.shapes import Json, nested


@dataclass(frozen=True)
class Happening:
    """One journal entry about one lead: `inbound`, `posted` or `send`; `at` is seconds since the epoch."""

    kind: str
    at: float
    number: str
    text: str = ""


@dataclass(frozen=True)
class Played:
    """One lead that was played, and the facts that it told or would have told."""

    number: str
    lid: str
    facts: Facts
    expected: frozenset[Slot]


@dataclass(frozen=True)
class Spread:
    """A mean and two percentiles; None without values."""

    mean: float | None
    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True)
class Result:
    """The figures of one run."""

    leads: int
    completed: int
    abandoned: int
    handed_over: int
    opted_out: int
    facts_expected: int
    facts_collected: int
    minutes_per_lead: Json
    messages: Json
    turn_seconds: Json
    assigned: dict[str, int]
    spread: int
    pacing: str
    abandon_after_seconds: float

    def to_json(self) -> Json:
        """The object that `leadline simulate --json` prints."""
        return asdict(self)

    def table(self) -> str:
        """The same for people."""
        share = f"{100 * self.facts_collected / self.facts_expected:.1f} %" if self.facts_expected else "-"
        messages, turn, minutes = self.messages, self.turn_seconds, self.minutes_per_lead
        shared = ", ".join(f"{name} {count}" for name, count in sorted(self.assigned.items())) or "nobody"
        rows = [
            ("leads", str(self.leads)),
            ("completed", str(self.completed)),
            ("abandoned", f"{self.abandoned}  (silent for {self.abandon_after_seconds:g} s)"),
            ("handed over", str(self.handed_over)),
            ("opted out", str(self.opted_out)),
            ("facts collected", f"{self.facts_collected} of {self.facts_expected}  ({share})"),
            ("minutes a lead", _line(minutes, ("mean", "p50", "p95"))),
            ("messages", ", ".join(f"{count} {name}" for name, count in messages.items())),
            ("turn, seconds", _line(turn, ("p50", "p95", "p99"))),
            ("assigned", f"{shared}  (spread {self.spread})"),
            ("pacing", self.pacing),
        ]
        return "\n".join(f"{name:<18}{text}" for name, text in rows)


def _line(figures: Json, names: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {'-' if figures[name] is None else figures[name]}" for name in names)


def spread_of(values: Iterable[float]) -> Spread:
    """Mean and percentiles, rounded to milliseconds of whatever the unit is."""
    ordered = sorted(values)
    if not ordered:
        return Spread(None, None, None, None)
    mean = round(sum(ordered) / len(ordered), 3)
    return Spread(mean, _percentile(ordered, 0.5), _percentile(ordered, 0.95), _percentile(ordered, 0.99))


def _percentile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return round(ordered[below] + (ordered[above] - ordered[below]) * (place - below), 3)


def turns(happenings: Iterable[Happening], quiet_seconds: float) -> list[float]:
    """For each first reply to a burst, the seconds from the webhook to the gateway's acceptance, less the quiet window.

    A message that came while the reply was already due is left for the next one: the reply answers the last
    message that had been quiet for the whole window, or simply the last one when talk went on without a pause.
    """
    waiting: defaultdict[str, list[float]] = defaultdict(list)
    found: list[float] = []
    for happening in sorted(happenings, key=lambda one: one.at):
        posted = waiting[happening.number]
        if happening.kind == "posted":
            posted.append(happening.at)
        elif happening.kind == "send" and posted:
            settled = [at for at in posted if at + quiet_seconds <= happening.at] or posted
            found.append(max(0.0, happening.at - settled[-1] - quiet_seconds))
            waiting[happening.number] = [at for at in posted if at > settled[-1]]
    return found


def doubled(happenings: Iterable[Happening]) -> int:
    """Sends that repeat the last ones of their chat with no lead's message between."""
    since: defaultdict[str, set[str]] = defaultdict(set)
    count = 0
    for happening in sorted(happenings, key=lambda one: one.at):
        said = since[happening.number]
        if happening.kind == "inbound":
            said.clear()
        elif happening.kind == "send":
            count += happening.text in said
            said.add(happening.text)
    return count


def lost(written: Mapping[str, Counter[str]], stored: Mapping[str, Counter[str]]) -> int:
    """Lead messages whose text was never stored, by lead's number."""
    return sum((texts - stored.get(number, Counter())).total() for number, texts in written.items())


def collected(played: Played, stored: Json) -> int:
    """How many of the expected facts are stored with the value that the lead holds."""
    return sum(matches(played.facts.value(slot), stored.get(slot.value)) for slot in played.expected)


def matches(held: str | Budget | None, stored: Any) -> bool:
    """Whether a stored fact says what the lead said; wording may be longer or shorter, figures may not differ."""
    if held is None or stored is None:
        return False
    if isinstance(held, Budget):
        return _amount(stored) == held.amount
    said, kept = plain(held), plain(str(stored))
    return bool(kept) and (said in kept or kept in said)


def _amount(stored: Any) -> float | None:
    try:
        return float(stored["amount"])
    except (KeyError, TypeError, ValueError):
        return None


def minutes(first_words: Mapping[str, float], by_number: Mapping[str, Json]) -> list[float]:
    """For each lead that was qualified or handed over: minutes from its first word to that moment."""
    found: list[float] = []
    for number, began in first_words.items():
        interview = nested(by_number.get(number, {}), "qualification")
        ended = interview.get("completed_at")
        if ended and interview.get("outcome") in {"completed", "handed_over"}:
            found.append(max(0.0, datetime.fromisoformat(ended).timestamp() - began) / 60)
    return found


def outcomes(by_number: Mapping[str, Json]) -> Counter[str]:
    """How many interviews ended in each way."""
    ended: list[str | None] = [nested(lead, "qualification").get("outcome") for lead in by_number.values()]
    return Counter(outcome for outcome in ended if outcome)


def shares(by_number: Mapping[str, Json], on_duty: Iterable[str]) -> dict[str, int]:
    """How many leads each consultant was given; whoever was on duty and got none counts with 0."""
    given = (lead.get("assignment") for lead in by_number.values())
    got = Counter(assignment["consultant"] for assignment in given if assignment)
    return dict.fromkeys(on_duty, 0) | got


def assess(
    cast: Sequence[Played],
    happenings: Sequence[Happening],
    by_number: Mapping[str, Json],
    messages: Mapping[str, list[Json]],
    on_duty: Iterable[str],
    *,
    quiet_seconds: float,
    abandon_after_seconds: float,
    pacing: str,
) -> Result:
    """All figures of a run; `by_number` and `messages` are Leadline's leads and their messages, by lead's number;
    `on_duty` are the consultants among whom they were shared.
    """
    ended, given = outcomes(by_number), shares(by_number, on_duty)
    length = spread_of(minutes(_first_words(happenings), by_number))
    turn = spread_of(turns(happenings, quiet_seconds))
    return Result(
        leads=len(cast),
        completed=ended["completed"],
        # Leadline itself may be set to a longer patience: whoever fell silent for this run's counts here all the same.
        abandoned=ended["abandoned"] + len(cast) - ended.total(),
        handed_over=ended["handed_over"],
        opted_out=ended["opted_out"],
        facts_expected=sum(len(one.expected) for one in cast),
        facts_collected=sum(collected(one, _facts(by_number.get(one.number))) for one in cast),
        minutes_per_lead={"mean": length.mean, "p50": length.p50, "p95": length.p95},
        messages=_traffic(happenings, messages),
        turn_seconds={"p50": turn.p50, "p95": turn.p95, "p99": turn.p99},
        assigned=given,
        spread=max(given.values(), default=0) - min(given.values(), default=0),
        pacing=pacing,
        abandon_after_seconds=abandon_after_seconds,
    )


def _first_words(happenings: Iterable[Happening]) -> dict[str, float]:
    """When each lead began to write."""
    at: dict[str, float] = {}
    for one in happenings:
        if one.kind == "inbound":
            at[one.number] = min(at.get(one.number, one.at), one.at)
    return at


def _traffic(happenings: Sequence[Happening], messages: Mapping[str, list[Json]]) -> dict[str, int]:
    """How many messages went either way, and what became of them."""
    written: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in happenings:
        if one.kind == "inbound":
            written[one.number][one.text] += 1
    return {
        "in": sum(texts.total() for texts in written.values()),
        "out": sum(one.kind == "send" for one in happenings),
        "lost": lost(written, {number: _texts(items) for number, items in messages.items()}),
        "duplicated": doubled(happenings),
        "unknown": sum(item["status"] == "unknown" for items in messages.values() for item in items),
    }


def _texts(items: Iterable[Json]) -> Counter[str]:
    return Counter(item["text"] for item in items if item["direction"] == "in")


def _facts(lead: Json | None) -> Json:
    return nested(nested(lead or {}, "qualification"), "facts")
