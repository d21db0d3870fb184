"""The people who may sign in, with what they have done."""

from __future__ import annotations

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from curation.models import AuditEntry, Role, User, Vote


def people() -> QuerySet[User]:
    """Everybody, those who may sign in first, admins before readers. Adds `standing_votes`."""
    standing = Q(votes__kind=Vote.Kind.LABEL, votes__undone_by__isnull=True)
    rank = Case(*[When(role=role, then=Value(role.rank)) for role in Role], output_field=IntegerField())
    return User.objects.annotate(standing_votes=Count("votes", filter=standing), rank=rank).order_by(
        "-is_active", "-rank", "username"
    )


def audit_of(user: User, count: int = 20) -> QuerySet[AuditEntry]:
    """What was done to this account, newest first."""
    rows = AuditEntry.objects.filter(action__startswith="person.", subject=user.username)
    return rows.select_related("actor").order_by("-id")[:count]
