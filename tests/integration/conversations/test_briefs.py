"""A brief for whoever is given a lead: written beside the assignment, once for each, gone with the assignment."""

from __future__ import annotations

from typing import Any

from app.conversations import brief, record
from app.conversations.brief_llm import BriefWriter, Written
from app.conversations.brief_rules import BriefDraft, Case
from app.distribution import service as distribution
from app.llm.account import Charge, Purpose, Usage
from app.registry import override
from tests.integration.conversations.people import MANAGER, answer_everything, hire, viewer
from tests.integration.conversations.world import World


async def brief_all(world: World) -> int:
    """Let the worker write what is due."""
    found = await brief.sweep_due()
    await world.work()
    return found


async def test_an_assignment_leads_to_a_brief_and_assigning_did_not_wait_for_it(world: World) -> None:
    (ana,) = await hire("Ana Ribeiro")
    await answer_everything(world)
    lead = await world.lead()
    assert lead.owner_id == ana
    assert (await record.record(viewer(ana, "Ana"), lead.id)).brief is None
    assert await brief_all(world) == 1
    shown = (await record.record(viewer(ana, "Ana"), lead.id)).brief
    assert shown is not None
    assert shown.wants.startswith("Marta Silva, Lisbon, wants")
    assert "900" in shown.money
    assert shown.suggestion.startswith("Hi Marta, I am Ana from Aurora Languages.")
    assert not shown.by_model


async def test_a_brief_is_due_once(world: World) -> None:
    await hire("Ana")
    await answer_everything(world)
    assert [await brief_all(world), await brief_all(world)] == [1, 0]
    assert len(await world.rows("select 1 from brief")) == 1


async def test_another_consultant_gets_a_brief_of_their_own(world: World) -> None:
    ana, bruno = await hire("Ana", "Bruno")
    await answer_everything(world)
    await brief_all(world)
    lead = await world.lead()
    other, name = (bruno, "Bruno") if lead.owner_id == ana else (ana, "Ana")
    await distribution.assign(MANAGER, lead.id, other)
    assert (await record.record(MANAGER, lead.id)).brief is None
    await brief_all(world)
    shown = (await record.record(viewer(other, name), lead.id)).brief
    assert shown is not None
    assert f"I am {name} from" in shown.suggestion


async def test_whoever_reads_the_suggestion_signs_it(world: World) -> None:
    (ana,) = await hire("Ana")
    await answer_everything(world)
    await brief_all(world)
    lead = await world.lead()
    for reader, name in ((viewer(ana, "Ana"), "Ana"), (MANAGER, "Mara")):
        shown = (await record.record(reader, lead.id)).brief
        assert shown is not None
        assert shown.suggestion.startswith(f"Hi Marta, I am {name} from")


async def test_a_job_that_runs_twice_or_too_late_leaves_one_brief(world: World) -> None:
    ana, bruno = await hire("Ana", "Bruno")
    await answer_everything(world)
    await brief_all(world)
    first = await world.one("select id, lead_id, consultant_id from assignment")
    await brief.write(first.id)
    assert len(await world.rows("select 1 from brief")) == 1
    await distribution.assign(MANAGER, first.lead_id, bruno if first.consultant_id == ana else ana)
    await world.rows("delete from brief returning id")
    await brief.write(first.id)
    assert await world.rows("select 1 from brief") == []


async def test_what_the_lead_objected_stands_in_the_brief_in_their_own_words(world: World) -> None:
    await hire("Ana")
    await world.says("Hi, is this a scam?")
    await world.pass_time(3)
    await answer_everything(world)
    await brief_all(world)
    shown = (await record.record(MANAGER, (await world.lead()).id)).brief
    assert shown is not None
    assert ("trust", "Hi, is this a scam?") in shown.objections


class Writer:
    """A model that words one line."""

    def __init__(self) -> None:
        self.cases: list[Case] = []

    async def write(self, case: Case, ruled: BriefDraft) -> Written:
        self.cases.append(case)
        charge = Charge("small", Purpose.REPLY, Usage(100, 50), None)
        draft = BriefDraft("Marta wants English.", ruled.money, ruled.decision, ruled.risk, ruled.mood, "")
        return Written(draft, "small", (charge,))


async def test_a_model_words_the_brief_where_there_is_one(world: World) -> None:
    await hire("Ana")
    await answer_everything(world)
    with override(BriefWriter, writer := Writer()):
        await brief_all(world)
    stored: Any = await world.one("select wants, method, model from brief")
    assert (stored.wants, stored.method, stored.model) == ("Marta wants English.", "llm", "small")
    assert any("enrol in the evening English course" in line.text for line in writer.cases[0].chat)
