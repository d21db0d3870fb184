"""Send pictures back to review: a new round begins, and what was said before stays on record."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, Claim, Comment, Decision, User
from curation.services import audit
from curation.services.adjudicate import may_adjudicate

FIRST = 1.0  # the priority of what the model knows nothing about: it comes soon


@transaction.atomic
def reopen(lead: User, candidates: Iterable[int], reason: str, question: str = "") -> int:
    """Open decided, disputed and flagged candidates again; how many there were.

    Their votes count no more: reviewers judge them anew. question: shown to them with the picture.
    Raises Refused for a person who may not settle pictures of the project, and without a reason.
    """
    if not (reason or question).strip():
        raise Refused(_("Sending a picture back needs a reason."))
    rows = list(
        Candidate.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=list(candidates))
        .exclude(state=Candidate.State.OPEN)
        .select_related("project")
        .order_by("pk")
    )
    for project in {row.project for row in rows}:
        if not may_adjudicate(lead, project):
            raise Refused(
                _("%(person)s may not send back pictures of %(project)s.")
                % {"person": lead, "project": project}
            )
    reason = (reason or question)[:500]
    ids = [row.pk for row in rows]
    Decision.objects.bulk_create(
        Decision(candidate=row, label=None, rule=Decision.Rule.REOPENED, by=lead, reason=reason)
        for row in rows
    )
    Candidate.objects.filter(pk__in=ids).update(
        state=Candidate.State.OPEN,
        label=None,
        decision=None,
        votes=0,
        round=F("round") + 1,
        priority=FIRST,
        urgent=False,  # the release that was short of it may long have been frozen
    )
    Claim.objects.filter(candidate__in=ids).delete()
    if question.strip():
        Comment.objects.bulk_create(
            Comment(candidate=row, author=lead, kind=Comment.Kind.QUESTION, text=question.strip())
            for row in rows
        )
    for row in rows:
        audit.record(lead, "reopen", f"candidate {row.pk}", row.project, state=row.state, reason=reason)
    return len(rows)
