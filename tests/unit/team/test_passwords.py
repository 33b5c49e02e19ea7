import threading

import pytest
from argon2 import PasswordHasher

from app.team import passwords
from app.team.passwords import HASHER, PasswordCheck, PasswordTooShort, check_password, hash_password


async def test_the_right_password_is_right_and_another_is_not():
    stored = await hash_password("leadline-demo")
    assert await check_password("leadline-demo", stored) == PasswordCheck(right=True)
    assert await check_password("leadline-demO", stored) == PasswordCheck(right=False)


async def test_a_hash_is_argon2id_and_salted():
    first, second = await hash_password("leadline-demo"), await hash_password("leadline-demo")
    assert first.startswith("$argon2id$")
    assert first != second


async def test_a_short_password_is_refused():
    with pytest.raises(PasswordTooShort):
        await hash_password("short")


async def test_nobody_is_never_right_not_even_with_the_decoy():
    assert await check_password("leadline-demo", None) == PasswordCheck(right=False)


def test_an_unknown_account_costs_the_work_of_a_known_one():
    assert not HASHER.check_needs_rehash(passwords._DECOY)


async def test_a_hash_of_older_parameters_is_renewed():
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("leadline-demo")
    check = await check_password("leadline-demo", old)
    assert check.right
    assert check.renewed is not None
    assert await check_password("leadline-demo", check.renewed) == PasswordCheck(right=True)


async def test_a_stored_hash_that_is_broken_lets_nobody_in():
    assert await check_password("leadline-demo", "no hash at all") == PasswordCheck(right=False)


async def test_the_work_is_done_outside_of_the_event_loop(monkeypatch):
    seen = []
    monkeypatch.setattr(passwords, "_check", lambda *_: seen.append(threading.current_thread().name))
    await passwords._in_thread(passwords._check, "a", "b")
    assert seen[0].startswith("argon2")
    assert passwords._threads._max_workers == 2
