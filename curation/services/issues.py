"""What is wrong with a picture or its record: opened by whoever sees it, closed by a lead curator."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, DataIssue, Role, User
from curation.services import audit
from curation.services.adjudicate import adjudicate
from curation.services.reopen import reopen

LONGEST = 500
NOTHING, REVIEW, SETTLE = "", "review", "settle"


@transaction.atomic
def open_issue(user: User, candidate_id: int, kind: str, text: str = "") -> DataIssue:
    """Say that something is wrong without a vote. Raises Refused for readers, unknown kinds and pictures."""
    if not user.has_role(Role.CURATOR):
        raise Refused(_("%(person)s may not open issues: that takes a curator.") % {"person": user})
    if kind not in DataIssue.Kind.values:
        kinds = ", ".join(DataIssue.Kind.values)
        raise Refused(
            _("%(kind)s is no kind of issue. The kinds are %(kinds)s.") % {"kind": kind, "kinds": kinds}
        )
    if not Candidate.objects.filter(pk=candidate_id).exists():
        raise Refused(_("There is no picture %(id)s.") % {"id": candidate_id})
    return DataIssue.objects.create(candidate_id=candidate_id, kind=kind, text=_short(text), opened_by=user)


@transaction.atomic
def close_issue(
    lead: User, issue: DataIssue, resolution: str, then: str = NOTHING, label: str = ""
) -> DataIssue:
    """Close an issue with what came of it, and send its picture back or settle it where asked to.

    then: "" leaves the picture as it is, "review" sends it back, "settle" decides it as the class `label`.
    Raises Refused for people who are no lead curators, without a resolution, and for a closed issue.
    """
    if not lead.has_role(Role.LEAD):
        raise Refused(_("%(person)s may not close issues: that takes a lead curator.") % {"person": lead})
    resolution = _short(resolution)
    if not resolution:
        raise Refused(_("Say what came of the issue before you close it."))
    if then not in (NOTHING, REVIEW, SETTLE):
        raise Refused(_("%(then)s is not review or settle.") % {"then": then})
    fresh = (
        DataIssue.objects.select_for_update(of=("self",))
        .select_related("candidate__project")
        .get(pk=issue.pk)
    )
    if fresh.closed_at is not None:
        raise Refused(_("Issue %(id)s is closed already.") % {"id": fresh.pk})
    fresh.closed_by, fresh.closed_at, fresh.resolution = lead, timezone.now(), resolution
    fresh.save(update_fields=["closed_by", "closed_at", "resolution"])
    if then == REVIEW:
        reopen(lead, [fresh.candidate_id], resolution)
    elif then == SETTLE:
        adjudicate(lead, fresh.candidate_id, label, resolution)
    project = fresh.candidate.project
    detail = {"candidate": fresh.candidate_id, "kind": fresh.kind, "then": then, "label": label}
    audit.record(lead, "issue.close", f"issue {fresh.pk}", project, resolution=resolution, **detail)
    return fresh


def _short(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST:
        raise Refused(
            _("The text has %(count)s characters; %(most)s are the most.")
            % {"count": len(text), "most": LONGEST}
        )
    return text
