"""Take a settlement back: the picture is again what it was before, and its issues are open again."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import AuditEntry, Candidate, DataIssue, Decision, User, Vote
from curation.services import audit
from curation.services.adjudicate import ACTION, may_adjudicate, undo
from curation.services.settle import lock_candidate, settle, standing

UNDONE = f"{ACTION}.undo"


@transaction.atomic
def take_settlement_back(lead: User, candidate_id: int) -> Candidate:
    """Undo the lead's own settlement of a candidate, if nothing was decided about it since.

    A decision that it replaced counts again; else the votes that stand are counted anew. What the lead had
    said as a reviewer counts again, too, as a vote of its own.
    Raises Refused for somebody else's settlement, and for a picture that none decides at present.
    """
    candidate = lock_candidate(candidate_id)
    decision = candidate.decision
    if decision is None or decision.rule != Decision.Rule.ADJUDICATED or decision.vote is None:
        raise Refused(_("This picture is not settled; there is nothing to take back."))
    if decision.by_id != lead.pk or not may_adjudicate(lead, candidate.project):
        raise Refused(_("%(by)s settled this picture; settle it anew to change that.") % {"by": decision.by})
    first, changed = _as_written(decision)
    cause = undo(decision.vote, lead)
    again = _say_again(changed)
    Decision.objects.create(candidate=candidate, label=None, rule=Decision.Rule.UNDONE, vote=cause, by=lead)
    before = Decision.objects.filter(candidate=candidate, pk__lt=first).order_by("-pk").first()
    restored = None
    if before is not None and before.label_id is not None:
        restored = _decide_again(candidate, before, again)
    else:
        candidate.state, candidate.label, candidate.decision = Candidate.State.OPEN, None, None
        settle(candidate, cause, standing(candidate))
    _open_issues(changed, candidate, lead)
    audit.record(
        lead,
        UNDONE,
        f"candidate {candidate.pk}",
        candidate.project,
        label=decision.label.key if decision.label else "",
        state=candidate.state,
        restored=restored.pk if restored else None,
        of=before.pk if before else None,
    )
    return candidate


def _as_written(decision: Decision) -> tuple[int, dict[str, Any]]:
    """The settlement as it was first made, and what the audit trail says it changed beside the decision.

    One that counts again after a later one was taken back is a row of its own, and leads to the first one.
    """
    rows = AuditEntry.objects.filter(
        subject=f"candidate {decision.candidate_id}", action__in=[ACTION, UNDONE]
    )
    details = list(rows.order_by("-pk").values_list("detail", flat=True))
    pk = decision.pk
    for detail in details:
        if detail.get("restored") == pk:
            pk = detail["of"]
        elif detail.get("decision") == pk:
            return pk, detail
    return pk, {}


def _say_again(changed: dict[str, Any]) -> Vote | None:
    """The lead's own vote that gave way to the settlement, cast anew."""
    vote = Vote.objects.filter(pk=changed["replaced"]).first() if changed.get("replaced") else None
    if vote is None:
        return None
    vote.pk, vote.page, vote._state.adding = uuid.uuid4(), None, True
    vote.save(force_insert=True)
    return vote


def _decide_again(candidate: Candidate, before: Decision, again: Vote | None) -> Decision:
    own = again is not None and before.vote is not None and before.vote.user_id == again.user_id
    decision = Decision.objects.create(
        candidate=candidate,
        label=before.label,
        rule=before.rule,
        vote=again if own else before.vote,
        by=before.by,
        reason=before.reason,
    )
    candidate.state, candidate.label, candidate.decision = Candidate.State.DECIDED, before.label, decision
    candidate.votes = sum(mark.kind == Vote.Kind.LABEL for mark in standing(candidate))
    candidate.save(update_fields=["state", "votes", "label", "decision"])
    return decision


def _open_issues(changed: dict[str, Any], candidate: Candidate, lead: User) -> None:
    """Those that the settlement closed and nobody has opened since."""
    rows = DataIssue.objects.select_for_update().filter(pk__in=changed.get("issues", []), candidate=candidate)
    for issue in rows.filter(closed_by=lead):
        was = issue.resolution
        issue.closed_by, issue.closed_at, issue.resolution = None, None, ""
        issue.save(update_fields=["closed_by", "closed_at", "resolution"])
        detail = {"candidate": candidate.pk, "kind": issue.kind, "was": was}
        audit.record(lead, "issue.reopen", f"issue {issue.pk}", candidate.project, **detail)
