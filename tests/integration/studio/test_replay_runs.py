"""Replays: a manager asks, the worker reads again, and nothing but figures and masked differences is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from app.classification.conversations import REFERENCE_DATE
from app.database import reading, transaction
from app.errors import Invalid, Misconfigured, NotAllowed, NotFound
from app.registry import override, use
from app.settings import Settings
from app.studio import replay_runs
from app.studio.replay_change import Change, RunStatus, Source
from app.studio.replay_chats import chats_for
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
    monkeypatch.setattr(replay_runs, "BREATH", 0.0)
    return team["mara"]


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
    await replay_runs.carry_out(run_id, last_try=True)
    return await the_run(run_id)


async def the_run(run_id: int) -> replay_runs.Run:
    return next(run for run in await replay_runs.runs(OPERATOR) if run.id == run_id)


async def test_the_rules_of_today_over_the_shipped_chats_change_nothing(world, mara) -> None:
    run = await carried_out(await replay_runs.start(mara, Change(sample=6)))

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

    chats = await chats_for(Change(source=Source.STORED), "1", "language school")
    run = await carried_out(await replay_runs.start(mara, Change(source=Source.STORED)))

    written = json.dumps([chat.conversation.model_dump(mode="json") for chat in chats])
    assert len(chats) == 1
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

    run = await carried_out(await replay_runs.start(mara, Change(source=Source.STORED)))

    assert run.status is RunStatus.FAILED
    assert run.error == "There is no finished conversation to replay yet."


async def test_relative_dates_count_from_the_day_of_the_chat(world, mara) -> None:
    await interview(world, *TOLD)

    chats = await chats_for(Change(source=Source.STORED), "1", "language school")

    assert chats[0].conversation.at != REFERENCE_DATE
    assert chats[0].conversation.at <= world.clock.now()


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


async def test_a_run_costs_no_more_than_was_said(standin, mara) -> None:
    change = Change(sample=30, method="llm", usd="0.0005")

    run = await carried_out(await replay_runs.start(mara, change))

    assert run.status is RunStatus.DONE
    assert run.result["cost_usd"] < 0.002
    assert set(run.result["fallback"]["reasons"]) == {"budget"}


async def test_a_model_that_fails_is_told_with_its_share(standin, mara) -> None:
    standin.rates = {Fault.SERVER_ERROR: 1.0}

    run = await carried_out(await replay_runs.start(mara, Change(sample=2, method="llm", usd="1")))

    assert run.result["fallback"]["share"] > 0.9
    assert run.result["cost_usd"] is None


async def test_a_run_that_waits_can_be_cancelled_and_is_then_not_carried_out(world, mara) -> None:
    run_id = await replay_runs.start(mara, Change())

    await replay_runs.cancel(mara, run_id)
    run = await carried_out(run_id)

    assert (run.status, run.done, run.result) == (RunStatus.CANCELLED, 0, {})
    with pytest.raises(NotFound):
        await replay_runs.cancel(mara, 999_999)


async def test_a_run_under_way_stops_when_it_is_cancelled_and_keeps_what_it_read(world, mara, monkeypatch) -> None:
    monkeypatch.setattr(replay_runs, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(replay_runs, "BREATH", 0.02)
    run_id = await replay_runs.start(mara, Change(sample=40))
    looked = replay_runs.at_once

    async def cancelling(statement, values):
        if values.get("done", 0) >= 2:
            await replay_runs.cancel(mara, run_id)
        return await looked(statement, values)

    monkeypatch.setattr(replay_runs, "at_once", cancelling)
    await replay_runs.carry_out(run_id, last_try=True)
    run = await the_run(run_id)

    assert run.status is RunStatus.CANCELLED
    assert 2 <= run.done < 40
    assert run.result["chats"] == run.done


async def test_a_run_whose_worker_died_begins_again(world, mara) -> None:
    run_id = await replay_runs.start(mara, Change(sample=2))
    async with transaction() as db:
        await db.execute(sa.text("update replay_run set status = 'running', done = 1, due = false"))

    run = await carried_out(run_id)

    assert (run.status, run.done) == (RunStatus.DONE, 2)


async def test_an_unknown_fault_is_tried_again_and_at_last_written_on_the_run(world, mara, monkeypatch) -> None:
    async def breaks(*_: object) -> None:
        raise RuntimeError("secret details")

    run_id = await replay_runs.start(mara, Change(sample=2))
    monkeypatch.setattr(replay_runs, "chats_for", breaks)

    with pytest.raises(RuntimeError):
        await replay_runs.carry_out(run_id, last_try=False)
    await replay_runs.carry_out(run_id, last_try=True)

    assert (await the_run(run_id)).error == replay_runs.BROKEN


async def test_each_run_becomes_one_job_and_only_one(world, mara) -> None:
    await replay_runs.start(mara, Change())
    await replay_runs.start(mara, Change())

    assert [await replay_runs.sweep_due(), await replay_runs.sweep_due()] == [2, 0]
    async with reading() as db:
        locks = await db.scalars(sa.text("select lock from procrastinate_jobs where task_name = 'leadline:replay'"))
        assert list(locks) == ["replay", "replay"]


async def test_only_managers_run_and_see_replays(world, team) -> None:
    for act in (
        replay_runs.start(team["ana"], Change()),
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
        await replay_runs.start(mara, Change())
    with pytest.raises(Invalid, match="waiting already"):
        await replay_runs.start(mara, Change())
