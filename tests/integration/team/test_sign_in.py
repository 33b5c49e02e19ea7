import asyncio
import json

import psycopg
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from app.database import reading, transaction
from app.errors import NotFound
from app.team import auth
from app.team.auth import (
    SignInThrottled,
    WrongCredentials,
    forget_viewers,
    revoke_all,
    sign_in,
    sign_out,
    viewer_of,
    viewers_of,
)
from app.team.service import MemberChange, change_member, set_password
from app.team.viewer import OPERATOR

PASSWORD = "leadline-demo"
ANA = "ana@leadline.demo"


@pytest.fixture(autouse=True)
def nobody_remembered():
    forget_viewers()


async def ask(sql, **values):
    async with reading() as db:
        return (await db.execute(sa.text(sql), values)).all()


async def change(sql, **values):
    async with transaction() as db:
        await db.execute(sa.text(sql), values)


async def fail(times, email=ANA, client="192.0.2.1"):
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            await sign_in(email, "not this one", client=client)


async def test_the_right_password_gives_a_cookie_that_names_the_member(team):
    cookie, viewer = await sign_in(ANA, PASSWORD, client="192.0.2.1")
    assert viewer == team["ana"]
    assert await viewer_of(cookie) == team["ana"]


async def test_the_spelling_of_the_email_does_not_matter(team):
    _, viewer = await sign_in(" ANA@leadline.demo ", PASSWORD, client="192.0.2.1")
    assert viewer == team["ana"]


async def test_the_cookie_is_stored_as_a_hash_alone(team):
    cookie, _ = await sign_in(ANA, PASSWORD, client="192.0.2.1", agent="Chrome on Linux")
    [row] = await ask("select cookie_sha256, agent, to_jsonb(sign_in)::text as all from sign_in")
    assert row.cookie_sha256 == auth.digest(cookie)
    assert row.agent == "Chrome on Linux"
    assert cookie not in row.all


async def test_a_wrong_password_and_an_unknown_account_are_refused_in_the_same_words(team):
    refusals = []
    for email in (ANA, "nobody@leadline.demo"):
        with pytest.raises(WrongCredentials) as refused:
            await sign_in(email, "not this one", client="192.0.2.1")
        refusals.append((str(refused.value), refused.value.code, refused.value.status, refused.value.facts))
    assert refusals[0] == refusals[1]


async def test_an_unknown_account_is_throttled_like_a_known_one(team):
    waits = []
    for number, email in enumerate((ANA, "nobody@leadline.demo")):
        await fail(5, email, client=f"192.0.2.{number}")
        with pytest.raises(SignInThrottled) as throttled:
            await sign_in(email, PASSWORD, client=f"192.0.2.{number}")
        waits.append(throttled.value.retry_after)
    assert waits == [60, 60]


async def test_a_member_without_a_password_cannot_sign_in(team):
    await change("update team_user set password_hash = null where email = :email", email=ANA)
    await fail(1)


async def test_somebody_who_left_cannot_sign_in(team):
    await change("update team_user set active = false where email = :email", email=ANA)
    with pytest.raises(WrongCredentials):
        await sign_in(ANA, PASSWORD, client="192.0.2.1")


async def test_after_five_failures_even_the_right_password_waits_a_minute(team, clock):
    await fail(5)
    with pytest.raises(SignInThrottled) as throttled:
        await sign_in(ANA, PASSWORD, client="192.0.2.1")
    assert throttled.value.retry_after == 60
    clock.move(seconds=60)
    assert (await sign_in(ANA, PASSWORD, client="192.0.2.1"))[1] == team["ana"]


async def test_the_delay_grows_with_each_further_failure(team, clock):
    await fail(5)
    clock.move(seconds=60)
    await fail(1)
    with pytest.raises(SignInThrottled) as throttled:
        await sign_in(ANA, PASSWORD, client="192.0.2.1")
    assert throttled.value.retry_after == 120


async def test_an_account_is_throttled_from_wherever_it_is_tried(team):
    for number in range(5):
        await fail(1, client=f"192.0.2.{number}")
    with pytest.raises(SignInThrottled):
        await sign_in(ANA, PASSWORD, client="192.0.2.77")


async def test_an_address_is_throttled_whatever_account_it_tries(team):
    for number in range(20):
        await fail(1, email=f"guess{number}@leadline.demo")
    with pytest.raises(SignInThrottled):
        await sign_in("mara@leadline.demo", PASSWORD, client="192.0.2.1")
    assert (await sign_in("mara@leadline.demo", PASSWORD, client="192.0.2.2"))[1] == team["mara"]


async def test_a_success_forgives_the_account_but_not_the_address(team):
    await fail(4)
    await sign_in(ANA, PASSWORD, client="192.0.2.1")
    await fail(4)
    assert (await sign_in(ANA, PASSWORD, client="192.0.2.1"))[1] == team["ana"]
    [row] = await ask("select count(*) as tries from sign_in_try")
    assert row.tries == 8


async def test_the_tries_left_are_told(team):
    left = []
    for _ in range(5):
        with pytest.raises(WrongCredentials) as refused:
            await sign_in(ANA, "not this one", client="192.0.2.1")
        left.append(refused.value.facts["tries_left"])
    assert left == [4, 3, 2, 1, 0]


async def test_many_guesses_at_one_instant_do_not_slip_past_the_limit(team):
    guesses = await asyncio.gather(
        *(sign_in(ANA, "not this one", client="192.0.2.1") for _ in range(12)), return_exceptions=True
    )
    assert sum(isinstance(guess, WrongCredentials) for guess in guesses) == 5
    assert sum(isinstance(guess, SignInThrottled) for guess in guesses) == 7


async def test_failures_of_yesterday_are_forgotten(team, clock):
    await fail(5)
    clock.move(days=1)
    await sign_in(ANA, PASSWORD, client="192.0.2.1")
    assert await ask("select 1 from sign_in_try") == []


async def test_an_old_hash_is_renewed_at_the_next_sign_in(team):
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await change("update team_user set password_hash = :old where email = :email", old=old, email=ANA)
    await sign_in(ANA, PASSWORD, client="192.0.2.1")
    [row] = await ask("select password_hash from team_user where email = :email", email=ANA)
    assert row.password_hash != old
    assert (await sign_in(ANA, PASSWORD, client="192.0.2.1"))[1] == team["ana"]


async def test_nobody_is_behind_no_cookie_or_a_made_up_one(team):
    assert await viewer_of(None) is None
    assert await viewer_of("") is None
    assert await viewer_of("made up") is None
    assert await viewer_of("\ud800 no text") is None


async def test_a_sign_in_expires(team, clock, settings):
    cookie, _ = await sign_in(ANA, PASSWORD, client="192.0.2.1")
    clock.move(days=settings.session_days, seconds=-6)
    assert await viewer_of(cookie) == team["ana"]
    clock.move(seconds=6)
    assert await viewer_of(cookie) is None


async def test_many_cookies_are_looked_up_by_one_read_and_touched_by_one_write(team, clock, database):
    cookies = [(await sign_in(f"{who}@leadline.demo", PASSWORD, client="192.0.2.1"))[0] for who in ("ana", "mara")]
    await sign_out(ended := (await sign_in(ANA, PASSWORD, client="192.0.2.1"))[0])
    forget_viewers()
    clock.move(minutes=2)
    statements: list[str] = []
    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))

    found = await viewers_of([*cookies, ended, "made up"])

    assert found == dict(zip(cookies, (team["ana"], team["mara"]), strict=True))
    assert [text.split()[0] for text in statements] == ["SELECT", "UPDATE"]
    assert {row.seen_at for row in await ask("select seen_at from sign_in where revoked_at is null")} == {clock.now()}


async def test_who_was_looked_up_a_moment_ago_is_not_looked_up_again(team, clock, database):
    cookie, _ = await sign_in(ANA, PASSWORD, client="192.0.2.1")
    assert await viewer_of(cookie) == team["ana"]
    statements: list[str] = []
    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))

    assert await viewers_of([cookie]) == {cookie: team["ana"]}
    assert statements == []


async def test_signing_out_ends_the_sign_in_at_once(team):
    cookie, _ = await sign_in(ANA, PASSWORD, client="192.0.2.1")
    other, _ = await sign_in(ANA, PASSWORD, client="192.0.2.1")
    assert await viewer_of(cookie) == team["ana"]
    await sign_out(cookie)
    assert await viewer_of(cookie) is None
    assert await viewer_of(other) == team["ana"]


async def test_signing_out_twice_or_with_no_cookie_is_harmless(team):
    cookie, _ = await sign_in(ANA, PASSWORD, client="192.0.2.1")
    for known in (cookie, cookie, None, "made up"):
        await sign_out(known)


async def test_another_process_believes_a_stolen_cookie_for_five_seconds_at_most(team, clock):
    cookie, _ = await sign_in(ANA, PASSWORD, client="192.0.2.1")
    assert await viewer_of(cookie) == team["ana"]
    await change("update sign_in set revoked_at = now()")
    clock.move(seconds=4)
    assert await viewer_of(cookie) == team["ana"]
    clock.move(seconds=1)
    assert await viewer_of(cookie) is None


async def test_another_process_that_hears_of_the_revocation_forgets_at_once(team):
    cookie, _ = await sign_in(ANA, PASSWORD, client="192.0.2.1")
    assert await viewer_of(cookie) == team["ana"]
    await change("update sign_in set revoked_at = now()")
    forget_viewers(team["ana"].user_id)
    assert await viewer_of(cookie) is None


async def test_revoking_all_ends_every_sign_in_of_the_member_alone(team):
    cookies = [(await sign_in(ANA, PASSWORD, client="192.0.2.1"))[0] for _ in range(2)]
    others, _ = await sign_in("mara@leadline.demo", PASSWORD, client="192.0.2.1")
    await revoke_all(team["ana"].user_id)
    assert [await viewer_of(cookie) for cookie in cookies] == [None, None]
    assert await viewer_of(others) == team["mara"]


async def test_a_new_password_ends_the_sign_ins_of_the_old_one(team):
    cookie, _ = await sign_in(ANA, PASSWORD, client="192.0.2.1")
    await set_password(team["ana"], team["ana"].user_id, "another-demo")
    assert await viewer_of(cookie) is None
    await fail(1)
    assert (await sign_in(ANA, "another-demo", client="192.0.2.1"))[1] == team["ana"]


async def test_somebody_who_leaves_is_signed_out(team):
    cookie, _ = await sign_in(ANA, PASSWORD, client="192.0.2.1")
    await change_member(team["mara"], team["ana"].user_id, MemberChange(active=False))
    assert await viewer_of(cookie) is None


async def test_the_end_of_a_sign_in_is_told_to_every_web_process(team, database_url):
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as listener:
        await listener.execute("listen leadline")
        cookie, _ = await sign_in(ANA, PASSWORD, client="192.0.2.1")
        await sign_out(cookie)
        heard = await anext(listener.notifies(timeout=10))
    assert json.loads(heard.payload) == {"k": "signin", "user": team["ana"].user_id}


async def test_the_last_use_is_noted_once_a_minute(team, clock):
    cookie, _ = await sign_in(ANA, PASSWORD, client="192.0.2.1")
    opened = clock.now()
    clock.move(seconds=30)
    await viewer_of(cookie)
    assert (await ask("select seen_at from sign_in"))[0].seen_at == opened
    clock.move(seconds=30)
    await viewer_of(cookie)
    assert (await ask("select seen_at from sign_in"))[0].seen_at == clock.now()


async def test_long_expired_sign_ins_are_swept_at_the_next_one(team, clock, settings):
    await sign_in(ANA, PASSWORD, client="192.0.2.1")
    clock.move(days=settings.session_days + 2)
    await sign_in(ANA, PASSWORD, client="192.0.2.1")
    assert len(await ask("select 1 from sign_in")) == 1


async def test_nothing_personal_is_logged(team, capsys, caplog):
    await fail(1)
    cookie, _ = await sign_in(ANA, PASSWORD, client="192.0.2.1")
    await sign_out(cookie)
    logged = capsys.readouterr().out + caplog.text
    assert "signed_in" in logged
    for secret in (ANA, PASSWORD, cookie, "not this one", "192.0.2.1"):
        assert secret not in logged


async def test_a_member_that_does_not_exist_cannot_be_given_a_password(team):
    with pytest.raises(NotFound):
        await set_password(OPERATOR, 4_711, "another-demo")
