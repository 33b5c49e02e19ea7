"""Replays: a manager asks, the worker reads again, and nothing but figures and masked differences is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError

from app.classification.conversations import REFERENCE_DATE
from app.database import reading, transaction
from app.errors import Invalid, Misconfigured, NotAllowed, NotFound
from app.qualification import published
from app.qualification.facts import FactName
from app.qualification.playbook import text_of
from app.qualification.published import Draft
from app.registry import override, use
from app.settings import Settings
from app.studio import replay_runs, replay_work
from app.studio.replay_change import Change, RunStatus, Source
from app.studio.replay_chats import Chat, stored_chats
from app.team.viewer import OPERATOR
from tests.integration.conversations.conftest import world
from tests.integration.conversations.world import World
from tests.integration.team.conftest import team
from tests.support.groq_standin import Fault, Standin, standing_in

__all__ = ["team", "world"]

TOLD = (
    "Hi! I'm Marta Silva, marta.silva@example.com, phone +1 555 010 0142, from Lisbon.",
    "I want the evening English course,",
    "I can pay up to 900 euros, want to start next week, and I decide on my own.",
)


@pytest.fixture
def mara(team: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(replay_work, "BREATH", 0.0)
    return team["mara"]


TRIED = Change(hot_within="90d")
"""A change that can show something."""


async def chats(*, asked: bool = False) -> list[Chat]:
    """What a run over stored conversations reads of the only lead."""
    return await stored_chats({1: 1}, "language school", asked=asked)


async def interview(world: World, *told: str) -> None:
    """One lead who tells everything, until the interview is over."""
    await world.says(*told)
    await world.pass_time(3)
    for _ in range(6):
        if (await world.lead()).qualified_at is not None:
            return
        await world.says("yes, that is right")
        await world.pass_time(3)


async def carried_out(run_id: int) -> replay_runs.Run:
    await replay_runs.sweep_due()
    await replay_work.carry_out(run_id, last_try=True)
    return await the_run(run_id)


async def the_run(run_id: int) -> replay_runs.Run:
    return next(run for run in await replay_runs.runs(OPERATOR) if run.id == run_id)


async def test_what_a_change_does_not_touch_stays_the_same(world, mara) -> None:
    run = await carried_out(await replay_runs.start(mara, Change(sample=6, evasions=5)))

    assert (run.status, run.done, run.total, run.by) == (RunStatus.DONE, 6, 6, "Mara Lind")
    assert run.result["temperature"]["same"] == run.result["risk"]["same"] == 6
    assert run.result["misses"] == []
    assert run.result["cost_usd"] == 0
    assert run.result["verdicts"]["n"] == 6


async def test_another_rubric_shows_what_it_moves_and_how_it_agrees_with_the_labels(world, mara) -> None:
    run = await carried_out(await replay_runs.start(mara, Change(sample=30, hot_within="90d", dangers_for_high=1)))

    temperature = run.result["temperature"]
    assert temperature["same"] < 30
    assert temperature["table"][1][0] > 0  # WARM before, HOT after
    assert run.result["verdicts"]["risk"]["after"] < run.result["verdicts"]["risk"]["before"]
    assert {miss["what"] for miss in run.result["misses"]} <= {"temperature", "risk"}


async def test_stored_chats_are_masked_before_anything_reads_them_and_nothing_of_them_is_kept(world, mara) -> None:
    await interview(world, *TOLD)

    stored = await chats()
    run = await carried_out(await replay_runs.start(mara, Change(source=Source.STORED)))

    written = json.dumps([chat.conversation.model_dump(mode="json") for chat in stored])
    assert len(stored) == 1
    assert "marta.silva" not in written
    assert "010 0142" not in written
    assert "[email 1]" in written
    assert (run.status, run.total) == (RunStatus.DONE, 1)
    kept = json.dumps(run.result)
    assert "Marta" not in kept
    assert "evening English" not in kept
    assert run.result["facts"]["email"] == {"same": 0, "gained": 0, "lost": 0, "different": 0}
    assert run.result["facts"]["city"]["same"] == 1


async def test_a_persons_verdict_stands_beside_both_readings(world, mara) -> None:
    await interview(world, *TOLD)
    async with transaction() as db:
        await db.execute(
            sa.text(
                "insert into verdict (lead_id, classification_id, temperature, risk, method, sample)"
                " select lead_id, id, 'COLD', 'LOW', 'rules', 'override' from classification order by id desc limit 1"
            )
        )

    run = await carried_out(await replay_runs.start(mara, Change(source=Source.STORED)))

    assert run.result["verdicts"]["n"] == 1
    assert run.result["verdicts"]["temperature"] == {"before": 0.0, "after": 0.0}


async def test_a_lead_who_withdrew_consent_is_not_read_again(world, mara) -> None:
    await interview(world, *TOLD)
    await world.says("stop, please do not contact me again")
    await world.pass_time(3)

    with pytest.raises(Invalid, match="no finished conversation"):
        await replay_runs.start(mara, Change(source=Source.STORED))


async def test_where_nothing_changed_nothing_differs_whoever_was_handed_over(world, mara) -> None:
    await interview(world, "Hi, I'd like an English course", "can I talk to a real person?")
    await world.says("I'm Tom, and I want to start next week")  # after the end: it is answered, and rated anew
    await world.pass_time(3)

    run = await carried_out(await replay_runs.start(mara, Change(source=Source.STORED)))

    assert (run.done, run.result["misses"]) == (1, [])


async def test_what_a_model_judged_is_compared_as_it_stands(world, mara) -> None:
    await interview(world, "Hi, I'd like an English course", "can I talk to a real person?")
    async with transaction() as db:
        await db.execute(sa.text("update classification set method = 'llm'"))

    run = await carried_out(await replay_runs.start(mara, Change(source=Source.STORED)))

    assert run.result["flags"] == {"opt_out": 0, "wants_human": 0}
    assert run.result["misses"] == []


async def test_facts_that_the_lines_cannot_give_are_not_compared(world, mara) -> None:
    await interview(world, *TOLD)
    async with transaction() as db:
        await db.execute(
            sa.text(
                """update qualification set facts = facts
                || jsonb_build_object('city', facts -> 'city' || '{"locked_by": "Mara", "value": "Porto"}')
                || jsonb_build_object('interest', facts -> 'interest' || '{"message_id": null, "value": "judo"}')"""
            )
        )
        await db.execute(sa.text("update classification set method = 'llm'"))

    (chat,) = await chats()
    run = await carried_out(await replay_runs.start(mara, Change(source=Source.STORED)))

    assert not {FactName.CITY, FactName.INTEREST, FactName.EMAIL} & chat.comparable
    assert FactName.NAME in chat.comparable
    assert {miss["what"] for miss in run.result["misses"]} <= {"temperature", "risk"}


async def test_another_playbook_is_tried_by_what_the_agent_would_say(world, mara) -> None:
    other = text_of("school").replace("May I have your name", "Who are you")
    version = await published.save(mara, Draft(other, 0))

    run = await carried_out(await replay_runs.start(mara, Change(sample=20, playbook=version.number)))
    await published.publish(mara, version.number, seen=None)

    answers = run.result["answers"]
    assert 0 < answers["same"] < answers["n"]
    assert any("Who are you" in each["after"] for each in answers["shown"])
    assert run.result["misses"] == []
    with pytest.raises(Invalid, match="is the playbook that runs"):
        await replay_runs.start(mara, Change(playbook=version.number))


async def test_relative_dates_count_from_the_day_of_the_chat(world, mara) -> None:
    await interview(world, *TOLD)

    (chat,) = await chats()

    assert chat.conversation.at != REFERENCE_DATE
    assert chat.conversation.at <= world.clock.now()


@pytest.fixture
async def standin(world):
    """A model that means well, reached as the settings say."""
    plays = Standin()
    async with standing_in(plays) as url:
        changed = {
            "groq_api_key": SecretStr(plays.key),
            "groq_base_url": url,
            "llm_deadline_seconds": 30.0,
            "llm_try_seconds": 10.0,
        }
        with override(Settings, use(Settings).model_copy(update=changed)):
            yield plays


async def test_a_model_is_tried_with_its_advice_and_its_cost(standin, mara) -> None:
    change = Change(sample=3, method="llm", usd="0.5", advice="Be strict about budgets.")

    run = await carried_out(await replay_runs.start(mara, change))

    assert run.status is RunStatus.DONE
    assert 0 < run.result["cost_usd"] < 0.01
    assert run.result["latency_ms"]["p95"] > 0
    assert any("Be strict about budgets." in str(asked) for asked in standin.asked)
    async with reading() as db:
        told = "select sum(amount) from ledger where kind = 'llm_cost' and labels ->> 'gen_ai_prompt_name' = 'evaluate'"
        assert float(await db.scalar(sa.text(told)) or 0) == pytest.approx(run.spent_usd)


async def test_a_run_costs_no_more_than_was_said(standin, mara) -> None:
    change = Change(sample=30, method="llm", usd="0.003")

    run = await carried_out(await replay_runs.start(mara, change))

    assert run.status is RunStatus.DONE
    assert run.spent_usd < 0.005
    assert 0 < run.done < 30
    assert run.result["unread"] == 30 - run.done
    assert run.result["fallback"]["reasons"] == {}, "what the rules read for want of money is no figure of the model"


async def test_money_that_another_attempt_spent_is_spent(standin, mara) -> None:
    run_id = await replay_runs.start(mara, Change(sample=3, method="llm", usd="0.5"))
    async with transaction() as db:
        await db.execute(sa.text("update replay_run set spent_usd = 0.5, status = 'running'"))

    run = await carried_out(run_id)

    assert (run.status, run.error) == (RunStatus.FAILED, replay_work.TOO_LITTLE)
    assert standin.asked == []


async def test_an_attempt_goes_on_where_the_last_one_broke_off(standin, mara, monkeypatch) -> None:
    run_id = await replay_runs.start(mara, Change(sample=12, method="llm", usd="1"))
    compared = replay_work.compare

    def breaks(chat, *told):
        if chat.number == 5:
            raise RuntimeError("the worker dies")
        return compared(chat, *told)

    monkeypatch.setattr(replay_work, "compare", breaks)
    with pytest.raises(RuntimeError):
        await replay_work.carry_out(run_id, last_try=False)
    broken = await the_run(run_id)
    monkeypatch.setattr(replay_work, "compare", compared)
    asked = len(standin.asked)

    run = await carried_out(run_id)

    assert 0 < broken.done < 12
    assert broken.spent_usd > 0
    assert (run.status, run.done, run.result["chats"]) == (RunStatus.DONE, 12, 12)
    assert asked > len(standin.asked) - asked or broken.done < 6
    assert run.spent_usd > broken.spent_usd
    assert run.result["paid_usd"] >= run.result["cost_usd"]
    async with reading() as db:
        assert await db.scalar(sa.text("select count(*) from replay_chat")) == 0


async def test_a_database_that_is_away_for_a_moment_ends_no_paid_run(standin, mara, monkeypatch) -> None:
    monkeypatch.setattr(replay_work, "LOOK_EVERY", 0.0)
    looked, failed = replay_work.at_once, []

    async def away_for_a_moment(statement, values):
        if "number" not in values and len(failed) < 3:
            failed.append(values)
            raise OperationalError("select", {}, ConnectionError())
        return await looked(statement, values)

    monkeypatch.setattr(replay_work, "at_once", away_for_a_moment)
    run = await carried_out(await replay_runs.start(mara, Change(sample=3, method="llm", usd="1")))

    assert (run.status, run.done, len(failed)) == (RunStatus.DONE, 3, 3)


async def test_a_run_that_never_gets_further_is_given_up(world, mara) -> None:
    run_id = await replay_runs.start(mara, TRIED)
    async with transaction() as db:
        await db.execute(sa.text("update replay_run set attempts = :n"), {"n": replay_work.MOST_ATTEMPTS})

    run = await carried_out(run_id)

    assert run.status is RunStatus.FAILED
    assert "broke off" in run.error


async def test_a_run_whose_job_is_gone_gets_another(world, mara) -> None:
    run_id = await replay_runs.start(mara, Change(sample=2, evasions=1))
    assert await replay_runs.sweep_due() == 1
    assert await replay_runs.sweep_due() == 0
    async with transaction() as db:
        await db.execute(sa.text("update procrastinate_jobs set status = 'failed'"))
        await db.execute(sa.text("update replay_run set status = 'running'"))

    assert await replay_runs.sweep_due() == 1
    await replay_work.carry_out(run_id, last_try=True)

    assert await replay_runs.sweep_due() == 0


async def test_only_a_lead_who_said_yes_is_read_by_a_model(standin, mara, world) -> None:
    await interview(world, *TOLD)
    by_model = Change(source=Source.STORED, method="llm", usd="1")

    with pytest.raises(Invalid, match="No lead with a finished conversation has agreed"):
        await replay_runs.start(mara, by_model)
    with override(Settings, use(Settings).model_copy(update={"replay_basis": "Consent in the form of the site"})):
        written_down = await carried_out(await replay_runs.start(mara, by_model))
    async with transaction() as db:
        await db.execute(sa.text("insert into consent (lead_id, granted, how) values (1, true, 'asked_in_chat')"))
    said_yes = await carried_out(await replay_runs.start(mara, by_model))

    assert (written_down.done, written_down.result["basis"]) == (1, "Consent in the form of the site")
    assert (said_yes.done, said_yes.result["basis"]) == (1, "the leads' own yes")


async def test_a_lead_who_withdraws_while_a_run_waits_is_not_read(world, mara) -> None:
    await interview(world, *TOLD)
    run_id = await replay_runs.start(mara, Change(source=Source.STORED))
    await world.says("stop, please do not contact me again")
    await world.pass_time(3)

    run = await carried_out(run_id)

    assert (run.status, run.error) == (RunStatus.FAILED, replay_runs.NOTHING_STORED)


async def test_a_rubric_and_advice_reach_the_judge(standin, mara) -> None:
    change = Change(sample=1, method="llm", usd="0.5", advice="Be strict about budgets.", hot_within="90d", evasions=4)

    await carried_out(await replay_runs.start(mara, change))

    judging = [str(asked) for asked in standin.asked if "You judge a lead" in str(asked)]
    assert judging
    assert all("within 90 days" in asked and "evasive on four" in asked for asked in judging)
    assert all("Be strict about budgets." in asked for asked in judging)


async def test_a_model_that_fails_is_told_with_its_share(standin, mara) -> None:
    standin.rates = {Fault.SERVER_ERROR: 1.0}

    run = await carried_out(await replay_runs.start(mara, Change(sample=2, method="llm", usd="1")))

    assert run.result["fallback"]["share"] > 0.9
    assert run.result["cost_usd"] is None


async def test_a_run_that_waits_can_be_cancelled_and_is_then_not_carried_out(world, mara) -> None:
    run_id = await replay_runs.start(mara, TRIED)

    await replay_runs.cancel(mara, run_id)
    run = await carried_out(run_id)

    assert (run.status, run.done, run.result) == (RunStatus.CANCELLED, 0, {})
    with pytest.raises(NotFound):
        await replay_runs.cancel(mara, 999_999)


async def test_a_run_under_way_stops_when_it_is_cancelled_and_keeps_what_it_read(world, mara, monkeypatch) -> None:
    monkeypatch.setattr(replay_work, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(replay_work, "BREATH", 0.02)
    run_id = await replay_runs.start(mara, Change(sample=40, evasions=1))
    looked = replay_work.at_once

    async def cancelling(statement, values):
        if (await the_run(run_id)).done >= 2:
            await replay_runs.cancel(mara, run_id)
        return await looked(statement, values)

    monkeypatch.setattr(replay_work, "at_once", cancelling)
    await replay_work.carry_out(run_id, last_try=True)
    run = await the_run(run_id)

    assert run.status is RunStatus.CANCELLED
    assert 2 <= run.done < 40
    assert run.result["chats"] == run.done


async def test_a_run_whose_worker_died_begins_again(world, mara) -> None:
    run_id = await replay_runs.start(mara, Change(sample=2, evasions=1))
    async with transaction() as db:
        await db.execute(sa.text("update replay_run set status = 'running', due = false"))

    run = await carried_out(run_id)

    assert (run.status, run.done) == (RunStatus.DONE, 2)


async def test_an_unknown_fault_is_tried_again_and_at_last_written_on_the_run(world, mara, monkeypatch) -> None:
    async def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("secret details")

    run_id = await replay_runs.start(mara, Change(sample=2, evasions=1))
    monkeypatch.setattr(replay_work, "draw", breaks)

    with pytest.raises(RuntimeError):
        await replay_work.carry_out(run_id, last_try=False)
    await replay_work.carry_out(run_id, last_try=True)

    assert (await the_run(run_id)).error == replay_work.BROKEN


async def test_each_run_becomes_one_job_and_only_one(world, mara) -> None:
    await replay_runs.start(mara, TRIED)
    await replay_runs.start(mara, TRIED)

    assert [await replay_runs.sweep_due(), await replay_runs.sweep_due()] == [2, 0]
    async with reading() as db:
        locks = await db.scalars(sa.text("select lock from procrastinate_jobs where task_name = 'leadline:replay'"))
        assert list(locks) == ["replay", "replay"]


async def test_only_managers_run_and_see_replays(world, team) -> None:
    for act in (
        replay_runs.start(team["ana"], TRIED),
        replay_runs.runs(team["ana"]),
        replay_runs.cancel(team["ana"], 1),
    ):
        with pytest.raises(NotAllowed):
            await act


async def test_what_cannot_be_run_is_refused_before_it_waits(world, mara, standin) -> None:
    with pytest.raises(Invalid, match="costs"):
        await replay_runs.start(mara, Change(method="llm", usd="1", model="nobody/knows"))
    without_key = use(Settings).model_copy(update={"groq_api_key": SecretStr("")})
    with override(Settings, without_key), pytest.raises(Misconfigured, match="GROQ_API_KEY"):
        await replay_runs.start(mara, Change(method="llm", usd="1"))
    for _ in range(replay_runs.MOST_WAITING):
        await replay_runs.start(mara, TRIED)
    with pytest.raises(Invalid, match="waiting already"):
        await replay_runs.start(mara, TRIED)
