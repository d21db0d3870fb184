"""How many pictures each part of a policy is about."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from curation.models import Candidate, GoldItem, Project
from curation.services.policy import second_lot


@dataclass(frozen=True)
class Reach:
    """Counts of a project's pictures as its policy divides them."""

    open: int
    begun: int
    doubled: int
    audited: int
    sure: int
    set_aside: int
    gold: int


def reach(project: Project) -> Reach:
    """Two queries."""
    State = Candidate.State
    is_open = Q(state=State.OPEN)
    found = (
        Candidate.objects.filter(project=project)
        .alias(second=second_lot())
        .aggregate(
            open=Count("pk", filter=is_open),
            begun=Count("pk", filter=is_open & Q(votes__gt=0)),
            doubled=Count("pk", filter=is_open & Q(second__lt=project.double_share)),
            audited=Count("pk", filter=is_open & Q(shuffle__lt=project.audit_share)),
            sure=Count("pk", filter=is_open & Q(confidence__gte=project.grid_confidence)),
            set_aside=Count("pk", filter=Q(state__in=[State.FLAGGED, State.DISPUTED])),
        )
    )
    return Reach(**found, gold=GoldItem.objects.filter(project=project, active=True).count())
