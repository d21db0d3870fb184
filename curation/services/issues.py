"""What is wrong with a picture or its record: opened by whoever sees it, closed by a lead curator.

What closing does to the picture is in `services.issue_outcomes`: it asks `adjudicate`, which asks this one.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, DataIssue, Role, User
from curation.services import audit

LONGEST = 500


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
    return DataIssue.objects.create(candidate_id=candidate_id, kind=kind, text=short(text), opened_by=user)


@transaction.atomic
def close_for(candidate: Candidate, lead: User, outcome: str) -> int:
    """Close every open issue of a candidate that was settled by other means; how many there were.

    The caller has checked that `lead` may settle it and holds the lock on the candidate. outcome: in words,
    such as "Settled as Ordinary."
    """
    rows = candidate.issues.select_for_update().filter(closed_at=None).order_by("pk")
    return write_closed(lead, rows, candidate, outcome[:LONGEST], then="settled")


@transaction.atomic
def open_again(lead: User, issue: DataIssue) -> DataIssue:
    """Open a closed issue again; what had come of it stays in the audit trail. The picture stays as it is.

    Raises Refused for people who are no lead curators, and for an open issue.
    """
    must_be_lead(lead)
    row = DataIssue.objects.select_for_update(of=("self",)).select_related("candidate__project")
    fresh = row.get(pk=issue.pk)
    if fresh.closed_at is None:
        raise Refused(_("Issue %(id)s is open already.") % {"id": fresh.pk})
    was = fresh.resolution
    fresh.closed_by, fresh.closed_at, fresh.resolution = None, None, ""
    fresh.save(update_fields=["closed_by", "closed_at", "resolution"])
    project, detail = fresh.candidate.project, {"candidate": fresh.candidate_id, "kind": fresh.kind}
    audit.record(lead, "issue.reopen", f"issue {fresh.pk}", project, was=was, **detail)
    return fresh


def write_closed(
    lead: User, issues: Iterable[DataIssue], candidate: Candidate, resolution: str, **detail: str
) -> int:
    """Write that issues of one candidate are closed, with an audit row each. The caller holds their locks."""
    rows = list(issues)
    now = timezone.now()
    for row in rows:
        row.closed_by, row.closed_at, row.resolution = lead, now, resolution
        row.save(update_fields=["closed_by", "closed_at", "resolution"])
        more = {"candidate": candidate.pk, "kind": row.kind, "resolution": resolution, **detail}
        audit.record(lead, "issue.close", f"issue {row.pk}", candidate.project, **more)
    return len(rows)


def must_be_lead(lead: User) -> None:
    """Raises Refused for people who are no lead curators."""
    if not lead.has_role(Role.LEAD):
        raise Refused(_("%(person)s may not close issues: that takes a lead curator.") % {"person": lead})


def short(text: str) -> str:
    """Without the space around it. Raises Refused for a text that is too long."""
    text = text.strip()
    if len(text) > LONGEST:
        raise Refused(
            _("The text has %(count)s characters; %(most)s are the most.")
            % {"count": len(text), "most": LONGEST}
        )
    return text
