"""Passwords: argon2id, always off the event loop, and never more at a time than a small machine can bear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Invalid

T = TypeVar("T")
SHORTEST_PASSWORD = 10

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's lean argon2id profile: 19 MiB for each check, two checks at a time."""

_DECOY = "$argon2id$v=19$m=19456,t=2,p=1$yOQFCM1z84oeyKggRPiJPw$QnfcBX7AqQhR/1ZRVTRUA4FsHIXVs3mGr0VGtK9u/sg"
"""The hash of a password that nobody knows, so that an unknown e-mail costs the same time as a known one."""

_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


class PasswordTooShort(Invalid):
    """A password needs at least 10 characters."""

    code = "password_too_short"


@dataclass(frozen=True)
class PasswordCheck:
    """Whether the password is right; ``renewed`` is a hash to store when the old parameters are outdated."""

    right: bool
    renewed: str | None = None


async def hash_password(password: str) -> str:
    """The argon2id hash to store; raises PasswordTooShort."""
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort(shortest=SHORTEST_PASSWORD)
    return await _in_thread(HASHER.hash, password)


async def check_password(password: str, stored: str | None) -> PasswordCheck:
    """Compare a password with the stored hash; None (nobody) takes the same time and is never right."""
    check = await _in_thread(_check, password, stored or _DECOY)
    return check if stored else PasswordCheck(right=False)


def _check(password: str, stored: str) -> PasswordCheck:
    try:
        HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return PasswordCheck(right=False)
    renewed = HASHER.hash(password) if HASHER.check_needs_rehash(stored) else None
    return PasswordCheck(right=True, renewed=renewed)


async def _in_thread(work: Callable[..., T], *args: str) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work, *args)
