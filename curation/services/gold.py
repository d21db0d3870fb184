"""Pictures with a known answer. Lead curators make them from decided ones; each change is an audit row."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, GoldItem, Role, User
from curation.services import audit
from curation.services.settle import lock_candidate

LONGEST = GoldItem._meta.get_field("why").max_length or 500


@transaction.atomic
def make_gold(lead: User, candidate_id: int, why: str = "") -> GoldItem:
    """Let the decided label of a candidate be its known answer; makes an old one active again.

    A reviewer who has voted on the picture never meets it as one; who answers decides nothing by it.
    """
    _leads_only(lead)
    why = why.strip()
    if len(why) > LONGEST:
        raise Refused(
            _("The reason has %(why)s characters; %(longest)s are the most.")
            % {"why": len(why), "longest": LONGEST}
        )
    candidate = lock_candidate(candidate_id)
    if candidate.state != Candidate.State.DECIDED or candidate.label is None:
        raise Refused(
            _(
                "Picture %(pk)s is %(get_state_display)s: only a decided one has a known answer. Settle it "
                "first."
            )
            % {"pk": candidate.pk, "get_state_display": candidate.get_state_display().lower()}
        )
    item, made = GoldItem.objects.update_or_create(
        candidate=candidate,
        defaults={"label": candidate.label, "why": why, "active": True},
        create_defaults={
            "project": candidate.project,
            "label": candidate.label,
            "why": why,
            "created_by": lead,
        },
    )
    action = "gold.make" if made else "gold.renew"
    audit.record(
        lead, action, f"candidate {candidate.pk}", candidate.project, label=candidate.label.key, why=why
    )
    return item


@transaction.atomic
def set_active(lead: User, item: GoldItem, active: bool) -> GoldItem:
    """Take a picture out of those with a known answer, or back in. Answers given stay."""
    _leads_only(lead)
    fresh = GoldItem.objects.select_for_update().select_related("candidate", "project").get(pk=item.pk)
    if active and fresh.candidate.label_id != fresh.label_id:
        raise Refused(
            _(
                "Picture %(candidate_id)s is no longer decided as its known answer says. Settle it, then "
                "make it one anew from its page."
            )
            % {"candidate_id": fresh.candidate_id}
        )
    if fresh.active != active:
        fresh.active = active
        fresh.save(update_fields=["active"])
        action = "gold.activate" if active else "gold.deactivate"
        audit.record(lead, action, f"candidate {fresh.candidate_id}", fresh.project, label=fresh.label.key)
    return fresh


def _leads_only(user: User) -> None:
    if not user.has_role(Role.LEAD):
        raise Refused(
            _("%(user)s is %(label)s; known answers are made by lead curators.")
            % {"user": user, "label": Role(user.role).label.lower()}
        )
