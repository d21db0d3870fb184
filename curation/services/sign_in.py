"""A brake on guessing.

Wrong passwords, and wrong codes of a second factor, for one account from one address are counted by
django-axes, in the database: whoever reaches the limit waits, or an admin lets them in. What comes from one
address whatever the account, codes whatever the address, and guesses of links, are counted here, in Redis;
hashing a password is slow on purpose, so this is asked before a password is looked at. Without Redis nobody
is kept out by it.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta
from enum import Enum
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.contrib.auth import user_login_failed
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from redis.exceptions import RedisError

from curation.models import User
from curation.services.audit import record

log = logging.getLogger(__name__)


class Guess(Enum):
    """What is guessed, and how many wrong ones an address has."""

    PASSWORD = "password"
    LINK = "link"
    CODE = "code"  # of one account, wherever they come from: whoever guesses has its password already


LIMITS = {Guess.PASSWORD: 50, Guess.LINK: 10, Guess.CODE: 10}


def address_of(request: HttpRequest) -> str:
    """Where a request comes from; behind VASCULUM_PROXIES proxies, what the outermost of them has seen.

    Each proxy appends the address that it was asked from to X-Forwarded-For; all before those is the word of
    whoever asks, and worth nothing.
    """
    proxies = settings.PROXIES
    if proxies:
        seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(seen) >= proxies and seen[-proxies]:
            return seen[-proxies][:45]
    return str(request.META.get("REMOTE_ADDR") or "")


def is_braked(what: Guess, address: str) -> bool:
    """True where there were too many wrong ones in the last minutes."""
    try:
        return int(cache.get(_key(what, address), 0)) >= LIMITS[what]
    except RedisError as error:
        log.warning("Guesses go on without their brake: %s", error)
        return False


def count_wrong(what: Guess, address: str) -> None:
    """One more wrong one."""
    try:
        cache.add(_key(what, address), 0, settings.SIGN_IN_WAIT_SECONDS)
        cache.incr(_key(what, address))
    except (RedisError, ValueError) as error:  # ValueError: it ran out between the two
        log.warning("A wrong guess was not counted: %s", error)


def codes_braked(request: HttpRequest, user: User) -> bool:
    """Wrong codes count as wrong passwords do, for the account from this address and for the address; and for
    the account alone, so that many addresses are of no use."""
    return (
        is_braked(Guess.PASSWORD, address_of(request))
        or is_braked(Guess.CODE, _account(user))
        or not AxesProxyHandler.is_allowed(request, {"username": user.username})
    )


def count_wrong_code(request: HttpRequest, user: User) -> None:
    count_wrong(Guess.PASSWORD, address_of(request))
    count_wrong(Guess.CODE, _account(user))
    user_login_failed.send(sender=__name__, credentials={"username": user.username}, request=request)


def _account(user: User) -> str:
    return f"account {user.pk}"


def _key(what: Guess, address: str) -> str:
    return f"sign-in:{what.value}:{address.encode().hex()}"


def account(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """For django-axes: capital letters make no other account of it."""
    given = (credentials or {}).get("username") or (request.POST.get("username") if request else None) or ""
    return str(given).casefold()[:150]


def own_words(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any]) -> HttpResponse:
    """For django-axes: the sign-in page has said it already."""
    return response


def locked_from(user: User) -> list[str]:
    """The addresses from which this person is kept out just now."""
    rows = AccessAttempt.objects.filter(
        username=user.username.casefold(),
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT,
        attempt_time__gt=timezone.now() - timedelta(seconds=settings.SIGN_IN_WAIT_SECONDS),
    )
    return sorted({str(row.ip_address) for row in rows})


@transaction.atomic
def let_in(actor: User, user: User) -> int:
    """Forget the wrong passwords and codes for this account, wherever they came from: how many addresses."""
    addresses = reset(username=user.username.casefold())
    with suppress(RedisError):
        cache.delete(_key(Guess.CODE, _account(user)))
    record(actor, "person.unlock", user.username, addresses=addresses)
    return addresses
