import pytest
import sqlalchemy as sa

from app.database import reading, transaction
from app.errors import Invalid, NotAllowed, NotFound
from app.team.auth import BadToken, Scope, sign_in, token_holder
from app.team.passwords import PasswordTooShort
from app.team.service import (
    EmailTaken,
    MemberChange,
    NewMember,
    add_member,
    change_member,
    consultants,
    create_token,
    keep_token,
    member_named,
    members,
    revoke_token,
    set_password,
    tokens,
)
from app.team.viewer import OPERATOR
from app.vocabulary import Role

DORA = NewMember("Dora@Leadline.demo ", " Dora Dias ", Role.CONSULTANT, "leadline-demo")


async def test_a_manager_adds_a_consultant_who_can_sign_in(team):
    dora = await add_member(team["mara"], DORA)
    assert (dora.name, dora.email, dora.initials, dora.role) == (
        "Dora Dias",
        "dora@leadline.demo",
        "DD",
        Role.CONSULTANT,
    )
    _, viewer = await sign_in("dora@leadline.demo", "leadline-demo", client="192.0.2.1")
    assert viewer.user_id == dora.id


async def test_an_email_address_belongs_to_one_member_however_it_is_spelled(team):
    await add_member(team["mara"], DORA)
    with pytest.raises(EmailTaken):
        await add_member(team["mara"], NewMember("DORA@leadline.demo", "Another", Role.CONSULTANT))


@pytest.mark.parametrize(
    ("new", "error"),
    [
        (NewMember("no address", "Dora"), Invalid),
        (NewMember("dora@leadline.demo", "  "), Invalid),
        (NewMember("dora@leadline.demo", "Do\x00ra"), Invalid),
        (NewMember("dora@leadline.demo", "Dora", password="short"), PasswordTooShort),
    ],
)
async def test_a_member_that_makes_no_sense_is_refused(team, new, error):
    with pytest.raises(error):
        await add_member(team["mara"], new)
    assert len(await members(team["mara"])) == 4


async def test_consultants_manage_nobody(team):
    ana, bruno = team["ana"], team["bruno"]
    attempts = [
        lambda: members(ana),
        lambda: tokens(ana),
        lambda: add_member(ana, DORA),
        lambda: change_member(ana, bruno.user_id, MemberChange(role=Role.MANAGER)),
        lambda: change_member(ana, ana.user_id, MemberChange(role=Role.ADMIN)),
        lambda: set_password(ana, bruno.user_id, "another-demo"),
        lambda: create_token(ana, acts_for=bruno.user_id, name="mine", scope=Scope.WRITE),
        lambda: revoke_token(ana, 1),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            await attempt()


async def test_only_admins_touch_admins(team):
    mara, ada = team["mara"], team["ada"]
    attempts = [
        lambda: add_member(mara, NewMember("x@leadline.demo", "X", Role.ADMIN)),
        lambda: change_member(mara, ada.user_id, MemberChange(active=False)),
        lambda: change_member(mara, mara.user_id, MemberChange(role=Role.ADMIN)),
        lambda: set_password(mara, ada.user_id, "another-demo"),
        lambda: create_token(mara, acts_for=ada.user_id, name="ladder", scope=Scope.WRITE),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            await attempt()
    assert (await add_member(ada, NewMember("x@leadline.demo", "X", Role.ADMIN))).role is Role.ADMIN


async def test_a_manager_changes_what_the_roster_needs(team):
    change = MemberChange(name="Ana R.", on_duty=False, weight=0.5, capacity=12)
    changed = await change_member(team["mara"], team["ana"].user_id, change)
    assert (changed.name, changed.on_duty, changed.weight, changed.capacity) == ("Ana R.", False, 0.5, 12)
    assert await member_named("ana@leadline.demo") == changed


async def test_who_comes_back_to_the_roster_starts_level_and_who_stays_keeps_the_count(team, clock):
    async def since():
        query = sa.text("select roster_since from team_user where email like 'ana@%'")
        async with reading() as db:
            return (await db.execute(query)).scalar_one()

    joined = await since()
    clock.move(days=30)
    await change_member(team["mara"], team["ana"].user_id, MemberChange(weight=2.0))
    assert await since() == joined
    await change_member(team["mara"], team["ana"].user_id, MemberChange(on_duty=False))
    assert await since() == joined
    await change_member(team["mara"], team["ana"].user_id, MemberChange(on_duty=True))
    assert await since() == clock.now()


async def test_a_change_of_role_is_seen_at_once(team):
    await change_member(team["ada"], team["ana"].user_id, MemberChange(role=Role.MANAGER))
    _, viewer = await sign_in("ana@leadline.demo", "leadline-demo", client="192.0.2.1")
    assert viewer.role is Role.MANAGER


async def test_those_who_left_are_listed_but_given_no_leads(team):
    await change_member(team["mara"], team["bruno"].user_id, MemberChange(active=False))
    assert "Bruno Costa" in [member.name for member in await members(team["mara"])]
    assert [member.name for member in await consultants()] == ["Ana Ribeiro"]


async def test_nobody_of_that_name_is_said_plainly(team):
    with pytest.raises(NotFound):
        await member_named("nobody@leadline.demo")
    with pytest.raises(NotFound):
        await change_member(team["mara"], 4_711, MemberChange(active=False))


async def test_a_token_acts_for_its_member_within_its_scope(team):
    secret = await create_token(team["mara"], acts_for=team["ana"].user_id, name="crm", scope=Scope.READ)
    assert secret.startswith("leadline_")
    holder = await token_holder(secret)
    assert holder.allow(Scope.READ) == team["ana"]
    with pytest.raises(NotAllowed):
        holder.allow(Scope.WRITE)


async def test_a_writing_token_reads_too(team):
    secret = await create_token(OPERATOR, acts_for=team["mara"].user_id, name="crm", scope=Scope.WRITE)
    holder = await token_holder(secret)
    assert holder.allow(Scope.READ) == holder.allow(Scope.WRITE) == team["mara"]


async def test_a_token_is_stored_as_a_hash_alone_and_listed_without_it(team):
    secret = await create_token(OPERATOR, acts_for=team["mara"].user_id, name="crm", scope=Scope.WRITE)
    async with reading() as db:
        row = (await db.execute(sa.text("select to_jsonb(api_token)::text from api_token"))).scalar_one()
    assert secret not in row
    [listed] = await tokens(team["mara"])
    assert (listed.name, listed.user_id, listed.scope, listed.used_at) == (
        "crm",
        team["mara"].user_id,
        "write",
        None,
    )


async def test_a_revoked_token_is_dead_at_once(team):
    secret = await create_token(OPERATOR, acts_for=team["mara"].user_id, name="crm", scope=Scope.WRITE)
    [listed] = await tokens(team["mara"])
    await revoke_token(team["mara"], listed.id)
    with pytest.raises(BadToken):
        await token_holder(secret)
    assert await tokens(team["mara"]) == []
    with pytest.raises(NotFound):
        await revoke_token(team["mara"], listed.id)


async def test_a_token_dies_with_its_time_or_its_member(team, clock):
    expired = await create_token(OPERATOR, acts_for=team["mara"].user_id, name="old", scope=Scope.READ)
    async with transaction() as db:
        await db.execute(sa.text("update api_token set expires_at = :now"), {"now": clock.now()})
    left = await create_token(OPERATOR, acts_for=team["ana"].user_id, name="left", scope=Scope.READ)
    await change_member(OPERATOR, team["ana"].user_id, MemberChange(active=False))
    for dead in (expired, left, "leadline_made-up", "made up", ""):
        with pytest.raises(BadToken):
            await token_holder(dead)


async def test_the_last_use_of_a_token_is_noted_once_a_minute(team, clock):
    secret = await create_token(OPERATOR, acts_for=team["mara"].user_id, name="crm", scope=Scope.READ)
    first = clock.now()
    await token_holder(secret)
    clock.move(seconds=59)
    await token_holder(secret)
    assert (await tokens(OPERATOR))[0].used_at == first
    clock.move(seconds=1)
    await token_holder(secret)
    assert (await tokens(OPERATOR))[0].used_at == clock.now()


async def test_a_known_secret_can_be_kept_again_and_again(team):
    for _ in range(2):
        await keep_token(OPERATOR, "leadline_demo", acts_for=team["mara"].user_id, name="demo", scope=Scope.WRITE)
    assert len(await tokens(OPERATOR)) == 1
    assert (await token_holder("leadline_demo")).viewer == team["mara"]


async def test_a_secret_that_does_not_look_like_a_token_is_refused(team):
    with pytest.raises(Invalid):
        await keep_token(OPERATOR, "demo", acts_for=team["mara"].user_id, name="demo", scope=Scope.READ)


async def test_no_token_acts_for_nobody(team):
    with pytest.raises(NotFound):
        await create_token(OPERATOR, acts_for=4_711, name="ghost", scope=Scope.READ)
