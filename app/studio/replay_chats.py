"""Conversations to read again: those that ship, or stored ones, masked before anything else sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.classification.conversations import Conversation, Gold, GoldSlots, Said, load, shipped
from app.database import reading
from app.llm.masking import Mask
from app.qualification.facts import FactName
from app.studio.replay_change import Change, Source
from app.vocabulary import Risk, Temperature

MOST_LINES = 80


@dataclass(frozen=True)
class Chat:
    """A conversation labelled with what holds today, and with what a person said of it, if anybody did.

    ``comparable`` are the facts that can be found again: an address is masked, so it cannot.
    """

    conversation: Conversation
    verdict: tuple[str, str] | None
    comparable: frozenset[FactName]


_SAMPLE = sa.text("""
select l.id, q.facts, q.finished_at, c.temperature, c.risk, v.temperature as said_temperature, v.risk as said_risk,
  (select count(*) from message m where m.lead_id = l.id and m.direction = 'in') as said
from lead l
join qualification q on q.lead_id = l.id and q.finished_at is not null
join lateral (select temperature, risk from classification
  where lead_id = l.id and lowered_from is null order by id desc limit 1) c on true
left join lateral (select temperature, risk from verdict
  where lead_id = l.id and withdrawn_at is null order by id desc limit 1) v on true
where l.automation <> 'off'
  and not exists (select 1 from consent x where x.lead_id = l.id and not x.granted
    and x.id = (select max(id) from consent y where y.lead_id = l.id))
  and exists (select 1 from message m where m.lead_id = l.id and m.direction = 'in')
order by md5(l.id::text || :salt) limit :most
""")
_LINES = sa.text("""
select direction, coalesce(nullif(body, ''), '[' || kind || ']') as body from (
  select id, direction, body, kind from message
  where lead_id = :lead and direction in ('in', 'out') and kind <> 'note' and revoked_at is null
    and created_at <= :until
  order by id desc limit :most) m order by id
""")


async def chats_for(change: Change, salt: str, business: str) -> list[Chat]:
    """The conversations of a run, the same ones for the same ``salt``.

    Of stored ones only those count whose interview is over and whose lead has not withdrawn consent.
    """
    if change.source is Source.SHIPPED:
        return _shipped(change.sample)
    async with reading() as db:
        found = (await db.execute(_SAMPLE, {"salt": salt, "most": change.sample})).all()
        chats: list[Chat] = []
        for row in found:
            lines = await db.execute(_LINES, {"lead": row.id, "until": row.finished_at, "most": MOST_LINES})
            chats.append(_stored(len(chats) + 1, row, [(line.direction, line.body) for line in lines], business))
        return chats


def _shipped(most: int) -> list[Chat]:
    every = [conversation for path in shipped() for conversation in load(path)]
    most = min(most, len(every))
    spread = [every[number * len(every) // most] for number in range(most)]
    return [Chat(each, (each.gold.temperature.value, each.gold.risk.value), frozenset(FactName)) for each in spread]


def _stored(number: int, row: Any, lines: list[tuple[str, str]], business: str) -> Chat:
    mask = Mask()
    said = tuple(
        Said.model_validate({"from": "lead" if way == "in" else "agent", "text": mask.hide(text)})
        for way, text in lines
    )
    gold = Gold(
        slots=_slots(row.facts, mask),
        temperature=Temperature(row.temperature),
        risk=Risk(row.risk),
        opt_out=False,
        wants_human=False,
    )
    conversation = Conversation(id=f"chat {number}", business=business, messages=said, gold=gold, at=row.finished_at)
    verdict = (row.said_temperature, row.said_risk) if row.said_temperature else None
    return Chat(conversation, verdict, frozenset(FactName) - {FactName.EMAIL})


def _slots(facts: Mapping[str, Any], mask: Mask) -> GoldSlots:
    values = {name: fact.get("value") for name, fact in facts.items() if name != FactName.EMAIL.value}
    hidden = {name: mask.hide(value) if isinstance(value, str) else value for name, value in values.items()}
    return GoldSlots.model_validate({name: value for name, value in hidden.items() if name in GoldSlots.model_fields})
