"""Links that make one account each. The link is shown once; only the SHA-256 of its secret is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Assignment, Invitation, Project, Role, User
from curation.services.audit import record
from curation.services.people import RESERVED, known_role

TOKEN_BYTES = 32
DAYS = 7
MOST_DAYS = 60


@transaction.atomic
def create(
    admin: User, *, role: Role | str, project: Project | None = None, days: int = DAYS, note: str = ""
) -> tuple[Invitation, str]:
    """A new invitation and its token in clear, which can't be read again later.

    project: whoever accepts is assigned it; without one they review wherever there is something.
    """
    _needs_admin(admin)
    role = known_role(role)
    if not admin.has_role(role):
        raise Refused(_("Nobody invites to a role above their own: %(role)s.") % {"role": role.label})
    if not 1 <= days <= MOST_DAYS:
        raise Refused(
            _("An invitation is good for 1 to %(most)d days, not %(days)d.")
            % {"most": MOST_DAYS, "days": days},
            fields={"days": [_("Between 1 and %(most)d days.") % {"most": MOST_DAYS}]},
        )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = Invitation.objects.create(
        token_sha256=digest(token),
        role=role,
        project=project,
        note=note.strip(),
        created_by=admin,
        expires_at=timezone.now() + timedelta(days=days),
    )
    record(admin, "invitation.add", made.pk, project=project, role=role.value, days=days, note=made.note)
    return made, token


@transaction.atomic
def revoke(admin: User, invitation: Invitation) -> Invitation:
    """The link does nothing any more. Refused where it was accepted: the account is what counts then."""
    _needs_admin(admin)
    row = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if row.accepted_at:
        raise Refused(
            _("%(person)s has accepted this invitation. End their access on their page instead.")
            % {"person": row.accepted_by}
        )
    if row.revoked_at is None:
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])
        record(admin, "invitation.revoke", row.pk, project=row.project, note=row.note)
    return row


@transaction.atomic
def accept(token: str, *, username: str, name: str, password: str) -> User:
    """Make the account that the link stands for. Of two who use it at once the second one is told so."""
    row = Invitation.objects.select_for_update().filter(token_sha256=digest(token)).first()
    if why := closed(row):
        raise Refused(why)
    assert row is not None
    username = username.strip()
    user = User(username=username, role=row.role, first_name=name.strip())
    try:
        user.set_password(password)
        if username.lower() in RESERVED:
            raise ValidationError({"username": _("That user name stands for a page; take another.")})
        _check(user, password)
        with transaction.atomic():
            user.save()
    except ValidationError as error:
        raise Refused(" ".join(error.messages), fields=error.message_dict) from error
    except IntegrityError as error:
        taken = _("The user name %(name)s is taken.") % {"name": username}
        raise Refused(taken, fields={"username": [taken]}) from error
    row.accepted_at, row.accepted_by = timezone.now(), user
    row.save(update_fields=["accepted_at", "accepted_by"])
    if row.project and user.has_role(Role.CURATOR):
        Assignment.objects.create(user=user, project=row.project, created_by_id=row.created_by_id)
    record(user, "invitation.accept", row.pk, project=row.project, role=row.role)
    return user


def found(token: str) -> Invitation | None:
    """The invitation that a link stands for."""
    return Invitation.objects.select_related("project").filter(token_sha256=digest(token)).first()


def closed(row: Invitation | None) -> str:
    """Why a link does nothing, and what to do then; empty where it is good."""
    if row is None:
        return _("This link stands for no invitation. See that it was copied whole, or ask for a new one.")
    if row.accepted_at:
        return _("This invitation has been used. If it was you, sign in; otherwise ask for a new one.")
    if row.revoked_at:
        return _("This invitation was taken back. Ask whoever sent it for a new one.")
    # Who invited may be gone by now; what they promised went with their access.
    if not row.created_by.has_role(Role.ADMIN):
        return _("Whoever sent this invitation is no admin any more. Ask an admin of the site for a new one.")
    if row.expires_at <= timezone.now():
        return _("This invitation has run out. Ask whoever sent it for a new one.")
    return ""


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _needs_admin(user: User) -> None:
    if not user.has_role(Role.ADMIN):
        raise Refused(_("Invitations are made and taken back by admins."))


def _check(user: User, password: str) -> None:
    """All that is wrong with the account at once, by field."""
    wrong: dict[str, list[str]] = {}
    try:
        user.full_clean()
    except ValidationError as error:
        wrong = dict(error.message_dict)
    try:
        validate_password(password, user)
    except ValidationError as error:
        wrong["password"] = error.messages
    if wrong:
        raise ValidationError(wrong)
