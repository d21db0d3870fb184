"""A brake on guessing passwords: wrong ones are counted per name and address, and per address, in Redis.

Hashing a password is slow on purpose, so the brake is asked before a password is looked at. Without Redis
nobody is kept out.
"""

from __future__ import annotations

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

SECONDS = 300
PER_NAME = 10  # wrong passwords for one name from one address
PER_ADDRESS = 50  # wrong passwords from one address

log = logging.getLogger(__name__)


def _limits(username: str, address: str) -> dict[str, int]:
    return {
        f"sign-in:{address}:{username.casefold()[:150].encode().hex()}": PER_NAME,
        f"sign-in:{address}": PER_ADDRESS,
    }


def is_braked(username: str, address: str) -> bool:
    """True where there were too many wrong passwords in the last minutes."""
    limits = _limits(username, address)
    try:
        counts = cache.get_many(limits)
    except RedisError as error:
        log.warning("Sign-in goes on without its brake: %s", error)
        return False
    return any(counts.get(key, 0) >= limit for key, limit in limits.items())


def count_wrong(username: str, address: str) -> None:
    """One more wrong password."""
    try:
        for key in _limits(username, address):
            cache.add(key, 0, SECONDS)
            cache.incr(key)
    except (RedisError, ValueError) as error:  # ValueError: it ran out between the two
        log.warning("A wrong password was not counted: %s", error)
