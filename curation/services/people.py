"""Who may come in and what they may do. Every change is written to the audit rows."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Claim, Role, User
from curation.services.audit import record

# /people/new/ and /people/invitations/ are pages; browsers take /people/../ for another one before they ask.
RESERVED = {"new", "invitations", ".", ".."}
PASSWORD_BYTES = 12  # 96 random bits, 16 characters


def new_password() -> str:
    """A random password to hand over once; only its hash is stored."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


@transaction.atomic
def add_person(
    actor: User, *, username: str, role: Role | str, name: str = "", email: str = ""
) -> tuple[User, str]:
    """A new account and its password in clear, which can't be read again later.

    email: by which the sign-in of an institution knows them.

    The whole name goes into `first_name`: where a name is to be cut in two is not ours to guess.
    """
    if username.strip().lower() in RESERVED:
        raise Refused(
            _("Person %(username)r was not added: that user name stands for a page; take another.")
            % {"username": username}
        )
    password = new_password()
    user = User(
        username=username.strip(), role=known_role(role), first_name=name.strip(), email=email.strip()
    )
    user.set_password(password)
    try:
        user.full_clean()
        with transaction.atomic():
            user.save()
    except ValidationError as error:
        reasons = " ".join(error.messages)
        raise Refused(
            _("Person %(username)r was not added: %(reasons)s") % {"username": username, "reasons": reasons},
            fields=error.message_dict,
        ) from error
    except IntegrityError as error:
        raise Refused(
            _("Person %(username)r was not added: the user name is taken.") % {"username": username}
        ) from error
    record(actor, "person.add", user.username, role=user.role)
    return user, password


@transaction.atomic
def change_role(actor: User, user: User, role: Role | str) -> User:
    """Give `user` another role. Refused where nobody would be left as an admin."""
    role = known_role(role)
    fresh = locked(user, leaves_admin=role == Role.ADMIN)
    before = fresh.role
    if before != role:
        fresh.role = role
        fresh.save(update_fields=["role"])
        held = 0 if fresh.has_role(Role.CURATOR) else hand_back(fresh)
        record(actor, "person.role", fresh.username, before=before, after=role.value, claims=held)
    return fresh


@transaction.atomic
def set_active(actor: User, user: User, active: bool) -> User:
    """Let `user` in again, or no longer: sessions end, the pictures they hold are free, votes stay."""
    fresh = locked(user, leaves_admin=active)
    if fresh.is_active == active:
        return fresh
    fresh.is_active = active
    fresh.save(update_fields=["is_active"])
    if active:
        record(actor, "person.activate", fresh.username)
    else:
        held, sessions = hand_back(fresh), end_sessions(fresh)
        record(actor, "person.deactivate", fresh.username, claims=held, sessions=sessions)
    return fresh


def hand_back(user: User) -> int:
    """Free every picture that `user` holds, so that nobody waits for the claims to run out; how many."""
    return Claim.objects.filter(user=user).delete()[0]


def end_sessions(user: User, but: str | None = None) -> int:
    """Delete the sessions of `user`: none of them comes alive again when they are let in later. How many.

    but: the key of one that stays.
    """
    live = Session.objects.filter(expire_date__gt=timezone.now()).exclude(pk=but).iterator()
    theirs = [row.pk for row in live if row.get_decoded().get(SESSION_KEY) == str(user.pk)]
    return Session.objects.filter(pk__in=theirs).delete()[0]


@transaction.atomic
def reset_password(actor: User, user: User) -> str:
    """A new random password for `user`, returned once; their open sessions end."""
    fresh = User.objects.select_for_update().get(pk=user.pk)
    if not fresh.is_active:
        raise Refused(
            _("%(username)s may not sign in: let them in again before giving a new password.")
            % {"username": fresh.username}
        )
    password = new_password()
    fresh.set_password(password)
    fresh.save(update_fields=["password"])
    record(actor, "person.password", fresh.username)
    return password


@transaction.atomic
def set_language(user: User, language: str) -> None:
    """The language in which `user` reads this site; empty: what the browser asks for. Not audited: it is
    theirs alone."""
    if language and language not in dict(settings.LANGUAGES):
        codes = ", ".join(dict(settings.LANGUAGES))
        raise Refused(
            _("Language %(language)r is not known. Languages: %(codes)s.")
            % {"language": language, "codes": codes}
        )
    User.objects.filter(pk=user.pk).update(language=language)
    user.language = language


def known_role(role: Role | str) -> Role:
    try:
        return Role(role)
    except ValueError:
        roles = ", ".join(Role.values)
        raise Refused(
            _("Role %(role)r is not known. Roles: %(roles)s.") % {"role": role, "roles": roles}
        ) from None


def locked(user: User, *, leaves_admin: bool) -> User:
    """The row of `user`, locked, together with those of all active admins, in one order.

    Two admins who demote each other at the same moment therefore come one after the other, and the
    second one is refused. `leaves_admin`: the change can't take an admin away.
    """
    rows = User.objects.select_for_update().order_by("pk")
    admins = list(rows.filter(role=Role.ADMIN, is_active=True))
    fresh = rows.get(pk=user.pk)
    if not leaves_admin and admins == [fresh]:
        raise Refused(
            _("%(username)s is the last admin who may sign in. Make somebody else an admin first.")
            % {"username": fresh.username}
        )
    return fresh
