"""What a session knows about how it began: when password or code were given last, and whether a code was."""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from curation.models import User

CONFIRMED_AT = "confirmed_at"
SECOND_FACTOR = "second_factor"
SECRET = "second_factor_secret"  # of an authenticator that is being set up, encrypted


def confirmed(session: SessionBase) -> None:
    """Whoever sits there has just shown who they are."""
    session[CONFIRMED_AT] = time.time()


def is_confirmed(session: SessionBase) -> bool:
    """So lately that the second factor may be changed."""
    at = session.get(CONFIRMED_AT)
    return isinstance(at, float) and 0 <= time.time() - at < settings.CONFIRMED_SECONDS


def code_given(session: SessionBase, user: User) -> None:
    session[SECOND_FACTOR] = user.pk
    confirmed(session)


def factor_gone(session: SessionBase) -> None:
    session.pop(SECOND_FACTOR, None)


def lacks_second_factor(session: SessionBase, user: User) -> bool:
    """True where the role needs a second factor and this session was begun without one."""
    return user.role in settings.TOTP_ROLES and session.get(SECOND_FACTOR) != user.pk
