"""What comes of an issue: closed as it is, its picture sent back to review, or settled as a class."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, Comment, DataIssue, User
from curation.services.adjudicate import adjudicate
from curation.services.comments import tell_reviewers
from curation.services.issues import must_be_lead, short, write_closed
from curation.services.reopen import reopen
from curation.services.settle import lock_candidate

NOTHING, REVIEW, SETTLE = "", "review", "settle"


@transaction.atomic
def close_issue(
    lead: User, issue: DataIssue, resolution: str, then: str = NOTHING, label: str = ""
) -> DataIssue:
    """Close an issue with what came of it, and send its picture back or settle it where asked to.

    then: "" leaves the picture as it is, "review" sends it back with the resolution as the question its
    reviewers see, "settle" decides it as the class `label`, which closes its other issues too.
    Raises Refused for people who are no lead curators, without a resolution, and for a closed issue.
    """
    must_be_lead(lead)
    resolution = short(resolution)
    if not resolution:
        raise Refused(_("Say what came of the issue before you close it."))
    if then not in (NOTHING, REVIEW, SETTLE):
        raise Refused(_("%(then)s is not review or settle.") % {"then": then})
    # First the candidate, then its issue, as settling and taking back a flag do: so nobody waits in a ring.
    candidate = lock_candidate(issue.candidate_id)
    fresh = DataIssue.objects.select_for_update().get(pk=issue.pk)
    if fresh.closed_at is not None:
        raise Refused(_("Issue %(id)s is closed already.") % {"id": fresh.pk})
    if then == SETTLE:
        # It closes all the issues of the picture, so that taking the settlement back opens them all again.
        adjudicate(lead, candidate.pk, label, resolution)
        fresh.refresh_from_db()
        return fresh
    write_closed(lead, [fresh], candidate, resolution, then=then)
    if then == REVIEW:
        _send_back(lead, candidate, resolution)
    return fresh


def _send_back(lead: User, candidate: Candidate, question: str) -> None:
    """Open the picture again with the question; reviewers of one that is open are asked all the same."""
    asked = Comment(candidate=candidate, author=lead, kind=Comment.Kind.QUESTION, text=question)
    if reopen(lead, [candidate.pk], question, question=question):
        asked = candidate.comments.filter(kind=Comment.Kind.QUESTION, author=lead).latest("pk")
    else:
        asked.save()
    tell_reviewers(asked)


@transaction.atomic
def close_issues(lead: User, issues: Iterable[DataIssue], resolution: str, then: str = NOTHING) -> int:
    """Close several alike, all or none; how many there were. A picture with two is asked about once."""
    if then == SETTLE:
        raise Refused(_("Several issues cannot be settled as one class; open each."))
    asked: set[int] = set()
    rows = sorted(issues, key=lambda row: (row.candidate_id, row.pk))
    for row in rows:
        close_issue(lead, row, resolution, NOTHING if row.candidate_id in asked else then)
        asked.add(row.candidate_id)
    return len(rows)
