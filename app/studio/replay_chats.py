"""Conversations to read again: those that ship, or stored ones, masked before anything else sees them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.classification.conversations import Conversation, Gold, GoldSlots, Said, load, shipped
from app.database import reading
from app.llm.masking import Mask
from app.qualification.facts import FactName
from app.studio.replay_change import MOST_CHATS, Change, Source
from app.vocabulary import Method, QualificationStatus, Risk, Temperature

MOST_LINES = 80


@dataclass(frozen=True)
class Chat:
    """A conversation labelled with what holds today, and with what a person said of it, if anybody did.

    ``comparable`` are the facts that can be found again: an address is masked, what a person set or the lead told in a
    message that is not read cannot be. ``by_rules`` says that what holds was judged by the rules, which can say it
    anew.
    """

    number: int
    conversation: Conversation
    verdict: tuple[str, str] | None
    comparable: frozenset[FactName]
    by_rules: bool


_MAY_BE_READ = """
from lead l
join lateral (select facts, status, finished_at from qualification
  where lead_id = l.id order by id desc limit 1) q on q.finished_at is not null
join lateral (select temperature, risk, method, made_at from classification
  where lead_id = l.id and lowered_from is null order by id desc limit 1) c on true
where l.automation <> 'off'
  and coalesce((select granted from consent where lead_id = l.id order by id desc limit 1), not :asked)
  and exists (select 1 from message m where m.lead_id = l.id and m.direction = 'in')
"""
_DRAW = sa.text(f"select l.id {_MAY_BE_READ} order by md5(l.id::text || :salt) limit :most")
_COUNT = sa.text(f"select count(*) as n from (select 1 {_MAY_BE_READ} limit :most) of_them")  # noqa: S608 - pieces of our own
_CHATS = sa.text(f"""
select l.id, q.facts, q.status, greatest(q.finished_at, c.made_at) as until, c.temperature, c.risk, c.method,
  (select v.temperature || ' ' || v.risk from verdict v where v.lead_id = l.id and v.withdrawn_at is null
    order by v.id desc limit 1) as verdict
{_MAY_BE_READ} and l.id = any(:leads)
""")  # noqa: S608 - pieces of our own
_LINES = sa.text("""
select id, direction, coalesce(nullif(body, ''), '[' || kind || ']') as body from (
  select id, direction, body, kind from message
  where lead_id = :lead and direction in ('in', 'out') and kind <> 'note' and revoked_at is null
    and (direction = 'in' or status not in ('cancelled', 'failed')) and created_at <= :until
  order by id desc limit :most) m order by id
""")


async def draw(change: Change, salt: str, *, asked: bool) -> list[int | None]:
    """The leads whose conversations a run reads, the same for the same ``salt``; None for each one that ships.

    Of stored ones only those count whose interview is over. ``asked`` leaves those who said yes; without it whoever
    has not withdrawn counts.
    """
    if change.source is Source.SHIPPED:
        return [None] * min(change.sample, len(_every_shipped()))
    async with reading() as db:
        return list(await db.scalars(_DRAW, {"salt": salt, "most": change.sample, "asked": asked}))


async def readable(*, asked: bool) -> int:
    """How many stored conversations a run may read, counted no further than one run goes."""
    async with reading() as db:
        return await db.scalar(_COUNT, {"most": MOST_CHATS, "asked": asked}) or 0


async def stored_chats(leads: Mapping[int, int], business: str, *, asked: bool) -> list[Chat]:
    """Stored conversations by their number in the run. Whoever withdrew since they were drawn is left out."""
    async with reading() as db:
        found = {row.id: row for row in await db.execute(_CHATS, {"leads": list(leads.values()), "asked": asked})}
        chats: list[Chat] = []
        for number, lead in leads.items():
            if row := found.get(lead):
                lines = await db.execute(_LINES, {"lead": lead, "until": row.until, "most": MOST_LINES})
                chats.append(_stored(number, row, list(lines), business))
        return chats


def shipped_chats(numbers: Collection[int], of: int) -> list[Chat]:
    """Conversations that ship by their number among the ``of`` of a run, spread over all there are."""
    every = _every_shipped()
    picked = {number: every[(number - 1) * len(every) // of] for number in numbers}
    return [
        Chat(number, each, (each.gold.temperature.value, each.gold.risk.value), frozenset(FactName), by_rules=True)
        for number, each in picked.items()
    ]


def _every_shipped() -> list[Conversation]:
    return [conversation for path in shipped() for conversation in load(path)]


def _stored(number: int, row: Any, lines: Sequence[Any], business: str) -> Chat:
    mask = Mask()
    said = tuple(
        Said.model_validate({"from": "lead" if line.direction == "in" else "agent", "text": mask.hide(line.body)})
        for line in lines
    )
    comparable = _comparable(row.facts, {line.id for line in lines})
    gold = Gold(
        slots=_slots({name: fact for name, fact in row.facts.items() if name in comparable}, mask),
        temperature=Temperature(row.temperature),
        risk=Risk(row.risk),
        opt_out=row.status == QualificationStatus.OPTED_OUT,
        wants_human=row.status == QualificationStatus.HANDED_OVER,
    )
    conversation = Conversation(id=f"chat {number}", business=business, messages=said, gold=gold, at=row.until)
    temperature, _, risk = (row.verdict or "").partition(" ")
    verdict = (temperature, risk) if row.verdict else None
    return Chat(number, conversation, verdict, comparable, by_rules=row.method == Method.RULES)


def _comparable(facts: Mapping[str, Any], read: Collection[int]) -> frozenset[FactName]:
    """The facts that the lines read can give: not what a person locked, nor what was told elsewhere."""
    elsewhere = {
        FactName(name) for name, fact in facts.items() if fact.get("locked_by") or fact.get("message_id") not in read
    }
    return frozenset(FactName) - {FactName.EMAIL} - elsewhere


def _slots(facts: Mapping[str, Any], mask: Mask) -> GoldSlots:
    values = {name: fact.get("value") for name, fact in facts.items()}
    hidden = {name: mask.hide(value) if isinstance(value, str) else value for name, value in values.items()}
    return GoldSlots.model_validate({name: value for name, value in hidden.items() if name in GoldSlots.model_fields})
