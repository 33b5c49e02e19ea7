"""Playbooks are kept version by version, one of them is published, and every process takes it up."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.database import reading, transaction
from app.errors import Invalid, NotAllowed, NotFound, Stale
from app.qualification import published
from app.qualification.playbook import Playbook, PlaybookError, parse_playbook, text_of
from app.qualification.playbook_text import LARGEST
from app.qualification.published import Draft
from app.registry import override, use
from app.settings import Settings, load_settings
from app.team.viewer import OPERATOR, Viewer

SCHOOL = text_of("school")
BLUE = SCHOOL.replace("Aurora Languages", "Blue Door School")
RED = SCHOOL.replace("Aurora Languages", "Red Door School")
BROKEN = SCHOOL.replace("id: school", "id: [")


async def test_a_draft_is_kept_with_its_mistakes_and_changes_nothing(mara: Viewer, clock: FixedClock):
    version = await published.save(mara, Draft(BROKEN, 0, "  half   done "))

    assert (version.number, version.playbook, version.note, version.by) == (1, "", "half done", "Mara Lima")
    assert (version.published, version.created_at) == (False, clock.now())
    assert await published.text(mara, 1) == BROKEN
    assert (await published.current()).business_name == "Aurora Languages"


async def test_what_has_mistakes_is_not_published(mara: Viewer):
    await published.save(mara, Draft(BROKEN, 0))

    with pytest.raises(PlaybookError, match="Line"):
        await published.publish(mara, 1, seen=None)


async def test_the_published_playbook_takes_the_place_of_the_file(mara: Viewer):
    await published.save(mara, Draft(BLUE, 0))
    await published.publish(mara, 1, seen=None)

    running = await published.current()

    assert (running.business_name, running.version, running.edition) == ("Blue Door School", "1", 1)
    assert use(Playbook) is running
    assert await published.current() is running, "it is read once"


async def test_rolling_back_publishes_the_older_version_again(mara: Viewer):
    await published.save(mara, Draft(BLUE, 0))
    await published.publish(mara, 1, seen=None)
    await published.save(mara, Draft(RED, 1))
    await published.publish(mara, 2, seen=1)
    assert (await published.current()).business_name == "Red Door School"

    await published.publish(mara, 1, seen=2)

    assert (await published.current()).business_name == "Blue Door School"
    assert [(version.number, version.published) for version in await published.versions(mara)] == [
        (2, False),
        (1, True),
    ]
    assert all(version.published_at for version in await published.versions(mara)), "the list says what ran before"


async def test_each_publication_is_in_the_audit(mara: Viewer):
    await published.save(mara, Draft(BLUE, 0))
    await published.publish(mara, 1, seen=None)

    async with reading() as db:
        (event,) = await db.execute(sa.text("select user_id, action, details from audit_event"))
    assert tuple(event) == (mara.user_id, "playbook_published", {"number": 1, "before": None})


async def test_who_saves_on_top_of_an_older_version_is_told_who_was_quicker(mara: Viewer, bruno: Viewer):
    await published.save(bruno, Draft(BLUE, 0))

    with pytest.raises(Stale, match="Bruno Costa was quicker") as refused:
        await published.save(mara, Draft(RED, 0))

    assert refused.value.facts == {"number": 1, "by": "Bruno Costa"}
    assert (await published.save(mara, Draft(RED, 1))).number == 2


async def test_who_publishes_over_somebody_elses_publication_is_told(mara: Viewer, bruno: Viewer):
    await published.save(mara, Draft(BLUE, 0))
    await published.save(mara, Draft(RED, 1))
    await published.publish(bruno, 1, seen=None)

    with pytest.raises(Stale):
        await published.publish(mara, 2, seen=None)


async def test_of_many_who_save_at_once_one_is_first(mara: Viewer):
    texts = [SCHOOL.replace("Aurora", f"School {number}") for number in range(6)]

    tried = await asyncio.gather(*(published.save(mara, Draft(text, 0)) for text in texts), return_exceptions=True)

    assert sum(isinstance(each, Stale) for each in tried) == 5
    assert [version.number for version in await published.versions(mara)] == [1]


async def test_the_same_text_again_is_no_new_version(mara: Viewer):
    await published.save(mara, Draft(BLUE, 0))

    assert (await published.save(mara, Draft(BLUE, 0))).number == 1


@pytest.mark.parametrize("text", ["x" * (LARGEST + 1), "a\x00b", "a\ud800b"])
async def test_what_no_database_takes_is_refused_with_a_sentence(mara: Viewer, text: str):
    with pytest.raises(Invalid, match="The playbook"):
        await published.save(mara, Draft(text, 0))


async def test_consultants_shape_nothing_and_see_nothing(ana: Viewer):
    with pytest.raises(NotAllowed):
        await published.save(ana, Draft(BLUE, 0))
    with pytest.raises(NotAllowed):
        await published.publish(ana, 1, seen=None)
    with pytest.raises(NotAllowed):
        await published.versions(ana)
    with pytest.raises(NotAllowed):
        await published.text(ana, 1)
    with pytest.raises(NotAllowed):
        published.starting_text(ana)


async def test_what_does_not_exist_is_not_found(mara: Viewer):
    with pytest.raises(NotFound):
        await published.publish(mara, 7, seen=None)
    with pytest.raises(NotFound):
        published.starting_text(mara, "../../etc/passwd")


async def test_a_shipped_playbook_starts_with_the_name_of_the_business(mara: Viewer):
    named = load_settings(business_name='The "Blue" \\ Door')
    with override(Settings, named):
        text = published.starting_text(mara, "clinic")

    assert parse_playbook(text).business_name == named.business_name
    assert parse_playbook(text).id == "clinic"


async def test_one_that_can_no_longer_be_read_leaves_the_agent_as_it_is(mara: Viewer, caplog: pytest.LogCaptureFixture):
    await published.save(mara, Draft(BLUE, 0))
    await published.publish(mara, 1, seen=None)
    async with transaction() as db:
        await db.execute(sa.text("update playbook_version set yaml = 'id: ['"))

    await published.current()
    running = await published.current()

    assert (running.business_name, running.version) == ("Aurora Languages", "1")
    assert running.edition == 1, "it is not read again at each turn"


async def test_the_command_publishes_on_top_of_whatever_is_newest(mara: Viewer):
    await published.publish_text(OPERATOR, BLUE, "from the file")
    version = await published.publish_text(OPERATOR, RED, "again")

    assert (version.number, version.published, version.by) == (2, True, "Operator")
    assert await published.sweep() == 0
    assert use(Playbook).business_name == "Red Door School"


async def test_the_published_version_stays_in_a_long_list(mara: Viewer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(published, "SHOWN", 2)
    for number, name in enumerate(("One", "Two", "Three")):
        await published.save(mara, Draft(SCHOOL.replace("Aurora", name), number))
    await published.publish(mara, 1, seen=None)

    assert [version.number for version in await published.versions(mara)] == [3, 1]
