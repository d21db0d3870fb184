"""A lead curator settles what reviewers flagged or disagreed about."""

from __future__ import annotations

import uuid

from django.db import transaction

from curation.errors import Refused
from curation.models import Candidate, Decision, LabelClass, Role, User, Vote
from curation.services import audit
from curation.services.settle import lock_candidate, save


@transaction.atomic
def adjudicate(lead: User, candidate_id: int, label: str, reason: str = "") -> Decision:
    """Decide a candidate as the class with the key `label`, whatever the votes say; the votes stay on record.

    Works on a decided candidate too: the newest decision counts. Raises Refused for a person who is no lead,
    for a class of another project, and where the candidate is open and nobody has asked for the lead.
    """
    if not lead.has_role(Role.LEAD):
        raise Refused(
            f"{lead} is {Role(lead.role).label.lower()}; settling pictures needs the role lead curator."
        )
    candidate = lock_candidate(candidate_id)
    chosen = LabelClass.objects.filter(project=candidate.project, key=label).first()
    if chosen is None:
        keys = ", ".join(candidate.project.classes.values_list("key", flat=True))
        raise Refused(f"Class {label!r} is not one of {candidate.project}. Its keys are {keys}.")
    if candidate.state == Candidate.State.OPEN:
        raise Refused(
            "This picture is open for review; only flagged, disputed or decided ones can be settled."
        )
    before = candidate.label.key if candidate.label else ""
    # One standing label a person: what the lead said as a reviewer gives way to what they say as the lead.
    own = Vote.objects.filter(candidate=candidate, user=lead, kind=Vote.Kind.LABEL, undone_by=None).first()
    if own is not None:
        Vote.objects.create(id=uuid.uuid4(), candidate=candidate, user=lead, kind=Vote.Kind.UNDO, undoes=own)
        candidate.votes -= 1
    vote = Vote.objects.create(
        id=uuid.uuid4(), candidate=candidate, user=lead, kind=Vote.Kind.LABEL, label=chosen, reason=reason
    )
    decision = Decision.objects.create(
        candidate=candidate, label=chosen, rule=Decision.Rule.ADJUDICATED, vote=vote
    )
    was = candidate.state
    candidate.state, candidate.label, candidate.decision = Candidate.State.DECIDED, chosen, decision
    candidate.votes += 1
    save(candidate, vote)
    audit.record(
        lead,
        "adjudicate",
        f"candidate {candidate.pk}",
        state=was,
        before=before,
        label=chosen.key,
        reason=reason,
    )
    return decision
