"""A lead curator settles what reviewers flagged or disagreed about."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import (
    Adjudicators,
    Candidate,
    Decision,
    Membership,
    Project,
    Role,
    User,
    Vote,
)
from curation.services import audit
from curation.services.issues import close_for
from curation.services.settle import lock_candidate, save
from curation.services.vote_rules import class_named

ACTION = "adjudicate"  # in the audit trail


def may_adjudicate(user: User, project: Project) -> bool:
    """Whether this person settles what reviewers flagged or disagreed about in the project."""
    if project.adjudicators == Adjudicators.LEADS:
        return user.has_role(Role.LEAD)
    if user.has_role(Role.ADMIN):
        return True
    if project.adjudicators == Adjudicators.ADMINS or not user.has_role(Role.CURATOR):
        return False
    return Membership.objects.filter(user=user, project=project, adjudicates=True).exists()


def stamp(candidate: Candidate) -> str:
    """Changes with whatever is decided about the candidate."""
    return f"{candidate.state} {candidate.round} {candidate.decision_id or 0}"


def must_be_as_seen(candidate: Candidate, seen: str) -> None:
    """Raises Refused where somebody has decided otherwise since; nothing is settled unseen."""
    if seen in ("", stamp(candidate)):
        return
    if candidate.state == Candidate.State.DECIDED:
        raise Refused(
            _("Meanwhile it was decided as %(label)s. Nothing was changed; look at it again first.")
            % {"label": candidate.label}
        )
    raise Refused(_("Meanwhile something was said about it. Nothing was changed; look at it again first."))


@transaction.atomic
def adjudicate(lead: User, candidate_id: int, label: str, reason: str = "", seen: str = "") -> Decision:
    """Decide a candidate as the class with the key `label`, whatever the votes say; the votes stay on record.

    Its open issues are closed with it. services.adjudicate_undo takes it back.
    seen: the `stamp` of the candidate as the lead saw it; empty where that does not matter.
    Works on a decided candidate too: the newest decision counts. Raises Refused for a person who is no lead,
    for a class of another project, and where the candidate is open and nobody has asked for the lead.
    """
    candidate = lock_candidate(candidate_id)
    if not may_adjudicate(lead, candidate.project):
        who = candidate.project.get_adjudicators_display().lower()
        raise Refused(
            _("%(lead)s is %(label)s; settling pictures of %(project)s is for: %(who)s.")
            % {"lead": lead, "label": Role(lead.role).label.lower(), "project": candidate.project, "who": who}
        )
    must_be_as_seen(candidate, seen)
    chosen = class_named(candidate.project, label)
    if candidate.state == Candidate.State.OPEN:
        raise Refused(
            _("This picture is open for review; only flagged, disputed or decided ones can be settled.")
        )
    before = candidate.label.key if candidate.label else ""
    # One standing label a person: what the lead said as a reviewer gives way to what they say as the lead.
    said = Vote.objects.filter(candidate=candidate, user=lead, kind=Vote.Kind.LABEL)
    own = said.counting(candidate.round).first()
    if own is not None:
        undo(own, lead)
        candidate.votes -= 1
    vote = Vote.objects.create(
        id=uuid.uuid4(),
        candidate=candidate,
        user=lead,
        kind=Vote.Kind.LABEL,
        label=chosen,
        reason=reason,
        round=candidate.round,
        via=Vote.Via.LEAD,
        guideline_id=candidate.project.guideline_id,
    )
    decision = Decision.objects.create(
        candidate=candidate, label=chosen, rule=Decision.Rule.ADJUDICATED, vote=vote, by=lead, reason=reason
    )
    was = candidate.state
    candidate.state, candidate.label, candidate.decision = Candidate.State.DECIDED, chosen, decision
    candidate.votes += 1
    save(candidate, vote)
    issues = list(candidate.issues.filter(closed_at=None).values_list("pk", flat=True))
    outcome = _("Settled as %(label)s. %(reason)s") % {"label": chosen, "reason": reason}
    close_for(candidate, lead, outcome.strip())
    audit.record(
        lead,
        ACTION,
        f"candidate {candidate.pk}",
        candidate.project,
        state=was,
        before=before,
        label=chosen.key,
        reason=reason,
        decision=decision.pk,
        replaced=str(own.pk) if own else "",
        issues=issues,
    )
    return decision


def undo(vote: Vote, lead: User) -> Vote:
    """Take a vote of the lead's own back, without counting anew. In the caller's transaction."""
    return Vote.objects.create(
        id=uuid.uuid4(),
        candidate_id=vote.candidate_id,
        user=lead,
        kind=Vote.Kind.UNDO,
        undoes=vote,
        round=vote.round,
        via=Vote.Via.LEAD,
    )
