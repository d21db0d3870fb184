"""What lead curators say of two pictures that are almost alike to a model: the same, or different.

The same joins the groups of both (curation.services.duplicates), which settles them. Both can be taken back.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import AuditEntry, NearPair, Project, Role, User
from curation.services import audit, duplicates

OPEN, SAME, DIFFERENT = NearPair.Verdict.OPEN, NearPair.Verdict.SAME, NearPair.Verdict.DIFFERENT


@transaction.atomic
def say_same(pair_id: int, by: User, *, seen: tuple[str | None, str | None] = (None, None)) -> NearPair:
    """Join the groups of both pictures. seen: the tokens of the groups that the person saw, in that order.

    Raises Refused for people below lead curators, a pair that is gone or judged already, and a group that
    has changed.
    """
    pair = _open_pair(pair_id, by)
    groups = [pair.first.group, pair.second.group]
    if groups[0] == groups[1]:
        raise Refused(_("Both pictures are in one group already."))
    entry = duplicates.join(groups, by, seen=seen)
    return _say(pair, SAME, by, ruling=entry.pk)


@transaction.atomic
def say_different(pair_id: int, by: User) -> NearPair:
    """Note that the pictures are not the same. Raises Refused as `say_same`."""
    return _say(_open_pair(pair_id, by), DIFFERENT, by)


@transaction.atomic
def undo_last(project: Project, by: User) -> NearPair:
    """Take back what a person said last of a pair of the project; groups joined by it come apart.

    Raises Refused where there is nothing, or where the joined pictures were ruled on or grouped again.
    """
    pair = last_said(project, by)
    if pair is None:
        raise Refused(_("There is no verdict of yours to be taken back."))
    if pair.verdict == SAME:
        # It opens the pair again, too: see duplicates.undo.
        duplicates.undo(_ruling(pair), by)
    said = pair.verdict
    NearPair.objects.filter(pk=pair.pk, by=by).update(verdict=OPEN, by=None, at=None)
    audit.record(by, "near.undo", f"pair {pair.pk}", project, was=said)
    pair.refresh_from_db()
    return pair


def last_said(project: Project, by: User) -> NearPair | None:
    """The pair of the project that a person has judged last; one query."""
    rows = NearPair.objects.filter(feature_set__project=project, by=by).exclude(verdict=OPEN)
    return rows.select_related("first", "second").order_by("-at", "-pk").first()


def _open_pair(pair_id: int, by: User) -> NearPair:
    if not by.has_role(Role.LEAD):
        raise Refused(_("Pictures almost alike are judged by lead curators."))
    rows = NearPair.objects.select_related("first", "second", "feature_set__project")
    pair = rows.filter(pk=pair_id).first()
    if pair is None:
        raise Refused(_("This pair is not there any more: the pictures have been compared anew."))
    if pair.verdict != OPEN:
        raise Refused(_("This pair was judged already, by %(by)s.") % {"by": pair.by})
    return pair


def _say(pair: NearPair, verdict: NearPair.Verdict, by: User, **detail: Any) -> NearPair:
    now = timezone.now()
    rows = NearPair.objects.filter(pk=pair.pk, verdict=OPEN)
    if not rows.update(verdict=verdict, by=by, at=now):
        raise Refused(_("Somebody else has judged this pair at this moment. Look at it again."))
    pictures = [pair.first.sha256, pair.second.sha256]
    audit.record(
        by, f"near.{verdict.value}", f"pair {pair.pk}", pair.feature_set.project, pictures=pictures, **detail
    )
    pair.verdict, pair.by, pair.at = verdict, by, now
    return pair


def _ruling(pair: NearPair) -> int:
    said = AuditEntry.objects.filter(action="near.same", actor=pair.by, subject=f"pair {pair.pk}")
    return int(said.latest("pk").detail["ruling"])
