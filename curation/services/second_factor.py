"""The second factor: codes of an authenticator (TOTP, RFC 6238), and ten recovery codes, good once each.

Secrets are kept by django-allauth's model, encrypted with a key made from the site's secret key: a copy of
the database alone gives no codes. With another secret key they cannot be read, and nobody's codes are right
until they are reset.
"""

from __future__ import annotations

import hmac
import logging

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from cryptography.fernet import InvalidToken
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import User
from curation.services.audit import record
from curation.services.people import end_sessions

log = logging.getLogger(__name__)

TOTP, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES
LONGEST = 20  # characters of a code with its spaces


def is_on(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=TOTP).exists()


def facts(user: User) -> dict[str, object]:
    """For the person's own page: since when, last used, how many recovery codes are left."""
    rows = {row.type: row for row in Authenticator.objects.filter(user=user)}
    if TOTP not in rows:
        return {"on": False}
    return {"on": True, "since": rows[TOTP].created_at, "used": rows[TOTP].last_used_at, "left": _left(rows)}


def new_secret() -> str:
    """160 random bits in base 32, as authenticators take them."""
    return totp.generate_totp_secret()


@transaction.atomic
def switch_on(user: User, secret: str, code: str, session_key: str | None) -> list[str]:
    """Set up the factor: the recovery codes, which are shown once. Refused where the code is wrong.

    Other sessions of this person end: they were begun without a code.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if is_on(user):
        raise Refused(_("The second factor is on already."))
    step = matching_step(secret, code)
    if step is None:
        raise Refused(
            _(
                "That code is not the one of now. See that the clock of your phone is right, and type the "
                "newest."
            ),
            fields={"code": [_("That code is not the one of now.")]},
        )
    data = {"secret": get_adapter().encrypt(secret), "step": step}
    Authenticator.objects.create(user=user, type=TOTP, data=data)
    codes = _new_codes(user)
    record(user, "person.totp.on", user.username, sessions=end_sessions(user, but=session_key))
    return codes


@transaction.atomic
def renew_codes(user: User) -> list[str]:
    """New recovery codes; the old ones are good no more."""
    _locked(user)
    codes = _new_codes(user)
    record(user, "person.totp.codes", user.username)
    return codes


@transaction.atomic
def switch_off(user: User) -> None:
    _locked(user)
    Authenticator.objects.filter(user=user).delete()
    record(user, "person.totp.off", user.username)


@transaction.atomic
def reset(actor: User | None, user: User) -> int:
    """Take the factor from somebody who has lost it: how many sessions ended.

    actor: None on the command line.
    """
    _locked(user)
    Authenticator.objects.filter(user=user).delete()
    ended = end_sessions(user)
    record(actor, "person.totp.reset", user.username, sessions=ended)
    return ended


@transaction.atomic
def accept(user: User, code: str) -> bool:
    """Whether `code` is right just now, of the authenticator or one of the recovery codes; never twice."""
    code = "".join(code.split())[:LONGEST]
    rows = {row.type: row for row in Authenticator.objects.select_for_update().filter(user=user)}
    if TOTP not in rows or not code:
        return False
    try:
        return _accept_step(rows[TOTP], code) or _accept_recovery(user, rows.get(RECOVERY), code)
    except InvalidToken:
        log.error("The second factor of person %d was kept under another secret key: reset it", user.pk)
        return False


def matching_step(secret: str, code: str) -> int | None:
    """The newest step of time whose code this is, among those that clocks may differ by."""
    code = "".join(code.split())
    for step in sorted(totp.yield_hotp_counters_from_time(), reverse=True):
        if hmac.compare_digest(totp.format_hotp_value(totp.hotp_value(secret, step)).encode(), code.encode()):
            return step
    return None


def _accept_step(row: Authenticator, code: str) -> bool:
    """RFC 6238, section 5.2: a code that was taken, and all before it, are taken no more."""
    step = matching_step(get_adapter().decrypt(row.data["secret"]), code)
    if step is None or step <= row.data["step"]:
        return False
    row.data["step"], row.last_used_at = step, timezone.now()
    row.save(update_fields=["data", "last_used_at"])
    return True


def _accept_recovery(user: User, row: Authenticator | None, code: str) -> bool:
    if row is None or not RecoveryCodes(row).validate_code(code):
        return False
    left = len(RecoveryCodes(Authenticator.objects.get(pk=row.pk)).get_unused_codes())
    record(user, "person.totp.recovery", user.username, left=left)
    return True


def _new_codes(user: User) -> list[str]:
    Authenticator.objects.filter(user=user, type=RECOVERY).delete()
    return RecoveryCodes.activate(user).get_unused_codes()


def _locked(user: User) -> None:
    if not Authenticator.objects.select_for_update().filter(user=user, type=TOTP).exists():
        raise Refused(_("%(someone)s has no second factor.") % {"someone": user})


def _left(rows: dict[str, Authenticator]) -> int:
    try:
        return len(RecoveryCodes(rows[RECOVERY]).get_unused_codes()) if RECOVERY in rows else 0
    except InvalidToken:
        return 0
