"""Tokens of the API: made by their person, shown once, checked at each request, taken back at will."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import ApiToken, Scope, User
from curation.services import audit

START = "vas_"  # so that scanners for leaked secrets can know one
MOST_DAYS = 366
MOST_TOKENS = 50  # usable ones of a person
NOTED_EVERY = timedelta(minutes=1)
LONGEST = ApiToken._meta.get_field("name").max_length or 60


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def make_token(user: User, name: str, scopes: Collection[str], days: int) -> tuple[ApiToken, str]:
    """The row, and the token itself, which can be had only here. days: until it expires.

    Raises Refused for a name that is none, scopes beyond the person's role, and a time out of bounds.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST:
        raise Refused(
            _("A token needs a name of 1 to %(most)s characters, got %(n)s.")
            % {"most": LONGEST, "n": len(name)}
        )
    chosen = allowed_scopes(user, scopes)
    if not 1 <= days <= MOST_DAYS:
        raise Refused(
            _("A token holds for 1 to %(most)s days, got %(days)s.") % {"most": MOST_DAYS, "days": days}
        )
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    now = timezone.now()
    if usable(user).count() >= MOST_TOKENS:
        raise Refused(_("You have %(most)s tokens. Take one back first.") % {"most": MOST_TOKENS})
    text = START + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        digest=digest(text),
        start=text[: len(START) + 6],
        scopes=chosen,
        expires_at=now + timedelta(days=days),
    )
    audit.record(user, "token.make", token, scopes=chosen, days=days)
    return token, text


def allowed_scopes(user: User, scopes: Collection[str]) -> list[str]:
    """In their order. Raises Refused for none, unknown ones, and those that the role cannot use."""
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise Refused(
            _("scopes must be one or more of %(known)s, got %(got)s.")
            % {"known": ", ".join(Scope.values), "got": ", ".join(unknown) or _("none")}
        )
    chosen = [scope for scope in Scope if scope in scopes]
    beyond = [scope for scope in chosen if not user.has_role(scope.role)]
    if beyond:
        raise Refused(
            _("The scope %(scope)s needs the role %(role)s or above, and yours is %(mine)s.")
            % {"scope": beyond[0], "role": beyond[0].role.label, "mine": user.get_role_display()}
        )
    return [str(scope) for scope in chosen]


@transaction.atomic
def revoke_token(token: ApiToken, by: User) -> bool:
    """Take a token back, for good; False where it was already. Raises Refused for other people's."""
    if token.user_id != by.pk:
        raise Refused(_("Only the person who made a token takes it back."))
    changed = ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
    if changed:
        audit.record(by, "token.revoke", token)
    return bool(changed)


def usable(user: User) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=timezone.now())


def find(text: str) -> ApiToken | None:
    """The usable token of a person who may sign in, or None. Notes the minute in which it was last used."""
    found = ApiToken.objects.select_related("user").filter(digest=digest(text)).first()
    if found is None or not found.is_usable or not found.user.is_active:
        return None
    now = timezone.now()
    if found.last_used_at is None or now - found.last_used_at > NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
        ApiToken.objects.filter(stale, pk=found.pk).update(last_used_at=now)
    return found
