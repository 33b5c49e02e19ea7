"""Two people look at one board: what one does, the other sees, and nobody sees what is not theirs."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.database import Database, transaction
from app.leads import desk
from app.team import service as team
from app.team.auth import revoke_all
from app.team.viewer import OPERATOR
from tests.acceptance.board.conftest import PATIENCE, Line, Open
from tests.acceptance.board.pipeline import ANA, BRUNO, MANAGER, add_lead

pytestmark = pytest.mark.needs("chromium")


async def _id_of(email: str) -> int:
    return next(member.id for member in await team.members(OPERATOR) if member.email == email)


async def test_a_card_dragged_by_one_moves_on_the_other_screen(look: Open, leads: Database):
    await add_lead("Mateus Oliveira", stage="qualified")
    mara, ana = await look(MANAGER), await look(ANA)

    await ana.drag("Mateus Oliveira", "working")

    await mara.shows("working", "Mateus Oliveira")
    await mara.shows("qualified")
    by = mara.card("Mateus Oliveira").locator(".ll-card__sub.by")
    assert await by.inner_text() == "Ana moved it, just now"
    assert await ana.page.locator(".ll-toast", has_text="Moved Mateus Oliveira to Working").is_visible()


async def test_a_card_dragged_within_its_column_stays_there_after_a_reload(look: Open, leads: Database):
    for name in ("Third", "Second", "First"):
        await add_lead(name, stage="working")
    ana = await look(ANA)
    await ana.shows("working", "First", "Second", "Third")

    await ana.drag("First", "working", below="Second")

    await ana.shows("working", "Second", "First", "Third")
    await ana.page.reload()
    await ana.shows("working", "Second", "First", "Third")


async def test_a_new_lead_appears_by_itself(look: Open, leads: Database):
    mara = await look(MANAGER)
    await mara.page.get_by_text("No leads yet").wait_for()

    await add_lead("Tom Hadley")

    await mara.shows("new", "Tom Hadley")


async def test_a_consultant_is_never_sent_the_card_of_a_colleague(look: Open, leads: Database):
    bruno = await _id_of(BRUNO)
    hers = await add_lead("Free Lead", stage="qualified")
    await add_lead("Bruno Private", stage="working", owner_id=bruno)
    ana = await look(ANA)
    await ana.shows("qualified", "Free Lead")

    await add_lead("Bruno Later", stage="qualified", owner_id=bruno)
    await _give(hers, bruno)
    await ana.shows("qualified")
    await _rename(hers, "Bruno Renamed")
    await add_lead("For All")

    await ana.shows("new", "For All")
    assert "Free Lead" in ana.told()
    for secret in ("Bruno Private", "Bruno Later", "Bruno Renamed"):
        assert secret not in ana.told()


async def _give(lead_id: int, owner_id: int | None) -> None:
    await _write("update lead set owner_id = :value, version = version + 1 where id = :id", lead_id, owner_id)


async def _rename(lead_id: int, name: str) -> None:
    await _write("update lead set name = :value, version = version + 1 where id = :id", lead_id, name)


async def _write(statement: str, lead_id: int, value: object) -> None:
    async with transaction() as db:
        await db.execute(sa.text(statement), {"id": lead_id, "value": value})
        tell = "select pg_notify('leadline', json_build_object('k', 'lead', 'id', cast(:id as bigint))::text)"
        await db.execute(sa.text(tell), {"id": lead_id})


async def test_a_lead_given_to_a_consultant_comes_to_their_board(look: Open, leads: Database):
    lead = await add_lead("Elena Marchetti", stage="qualified", owner_id=await _id_of(BRUNO))
    ana = await look(ANA)
    await ana.page.get_by_text("No leads yet").wait_for()

    await _give(lead, await _id_of(ANA))

    await ana.shows("qualified", "Elena Marchetti")


async def test_a_move_that_came_too_late_flies_back_and_says_who_was_first(look: Open, leads: Database, line: Line):
    lead = await add_lead("Carla Mendes", stage="qualified")
    ana = await look(ANA)
    await line.cut()
    await ana.page.locator(".ll-live.is-wait").wait_for()
    bruno = await _viewer(BRUNO)
    card = await desk.card(lead)
    assert card is not None
    await desk.move(bruno, lead, "won", version=card.version)

    await ana.drag("Carla Mendes", "lost")
    await ana.shows("lost", "Carla Mendes")
    await line.join()

    await ana.shows("won", "Carla Mendes")
    toast = ana.page.locator(".ll-toast", has_text="Bruno moved Carla Mendes to Won")
    await toast.wait_for(timeout=PATIENCE)
    assert "Your move to Lost was not applied. The card shows the truth." in await toast.inner_text()


async def _viewer(email: str):
    from app.team.viewer import Viewer, initials_of

    member = next(member for member in await team.members(OPERATOR) if member.email == email)
    return Viewer(member.id, member.name, initials_of(member.name), member.role, member.email)


async def test_what_happened_while_the_line_was_cut_is_there_when_it_is_back(look: Open, leads: Database, line: Line):
    kept = await add_lead("Kept Lead", stage="new")
    gone = await add_lead("Gone Lead", stage="new")
    ana = await look(ANA)
    await ana.shows("new", "Gone Lead", "Kept Lead")
    await line.cut()
    await ana.page.locator(".ll-live.is-wait").wait_for()

    await _give(gone, await _id_of(BRUNO))
    await _rename(kept, "Kept and renamed")
    await add_lead("Came meanwhile", stage="working")
    await line.join()

    await ana.shows("new", "Kept and renamed")
    await ana.shows("working", "Came meanwhile")
    await ana.page.locator(".ll-live .dot").wait_for()
    await ana.page.locator(".ll-toast", has_text="Back, and up to date").wait_for()


async def test_a_lost_line_to_the_database_is_made_good_by_a_snapshot(look: Open, leads: Database):
    lead = await add_lead("Before", stage="new")
    ana = await look(ANA)
    await ana.shows("new", "Before")

    async with transaction() as db:
        await db.execute(sa.text("update lead set name = 'After' where id = :id"), {"id": lead})
        killed = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leadline-board'"
        await db.execute(sa.text(killed))

    await ana.shows("new", "After")
    await ana.page.locator(".ll-live .dot").wait_for(timeout=PATIENCE)


async def test_who_is_signed_out_elsewhere_is_sent_away_at_once(look: Open, leads: Database):
    await add_lead("Priya Raman")
    ana = await look(ANA)
    await ana.shows("new", "Priya Raman")

    await revoke_all(await _id_of(ANA))

    await ana.page.wait_for_url("**/sign-in**", timeout=PATIENCE)
    before = len(ana.frames)
    await add_lead("Not for strangers")
    mara = await look(MANAGER)
    await mara.shows("new", "Not for strangers", "Priya Raman")
    assert "Not for strangers" not in "\n".join(ana.frames[before:])


async def test_a_stranger_is_led_to_the_sign_in_page_and_told_nothing(look: Open, leads: Database):
    await add_lead("Secret Person", interest="Secret interest")

    stranger = await look()

    await stranger.page.wait_for_url("**/sign-in**", timeout=PATIENCE)
    assert stranger.frames
    assert "Secret" not in stranger.told()
