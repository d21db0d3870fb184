"""What a reviewer may still confirm by the page, class by class, and what is left for other ways."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from curation.models import Candidate, Claim, LabelClass, Project, User
from curation.services.clock import Clock
from curation.services.queue import judged_by, own_skips, waiting


@dataclass(frozen=True, slots=True)
class OnOffer:
    """Open pictures that are suggested as one class, as one reviewer meets them.

    left: sure enough, free, and not yet passed over in the grid. below: free, and less sure than the project
    asks for. single: all that is free and stays out of the grid, `below` among it. held: sure enough, in the
    hands of other people at this moment.
    """

    left: int = 0
    below: int = 0
    single: int = 0
    held: int = 0


def on_offer(user: User, project: Project, tab: UUID) -> dict[int, OnOffer]:
    """Class id -> what is on offer; what `tab` itself holds is still left. Classes without any are missing.

    Two queries. The rule for `left` is that of curation.services.queue.for_grid.
    """
    open_rows = waiting(user, project, tab).filter(guess__isnull=False)
    open_rows = open_rows.filter(Q(votes=0) | ~Q(judged_by(user)))
    enough, passed = Q(confidence__gte=project.grid_confidence), Q(pk__in=own_skips(user).values("candidate"))
    fit = enough & _by_the_page(project) & ~passed
    counts = (
        open_rows.order_by()
        .annotate(fits=Case(When(fit, then=True), default=Value(False), output_field=BooleanField()))
        .values("guess")
        .annotate(n=Count("pk"), left=Count("pk", filter=Q(fits=True)), below=Count("pk", filter=~enough))
    )
    found = {row["guess"]: (row["n"], row["left"], row["below"]) for row in counts}
    held = _held(user, project, enough)
    return {guess: _offer(*found.get(guess, (0, 0, 0)), held.get(guess, 0)) for guess in {*found, *held}}


def _offer(free: int, left: int, below: int, held: int) -> OnOffer:
    return OnOffer(left=left, below=below, single=free - left, held=held)


def by_key(user: User, project: Project, classes: list[LabelClass], tab: UUID) -> dict[str, dict[str, Any]]:
    """The same for a script: class key -> counts, every class of the project."""
    found = on_offer(user, project, tab)
    return {label.key: asdict(found.get(label.pk, OnOffer())) for label in classes}


def _by_the_page(project: Project) -> Q:
    """Not of the audit share, and no second vote where these are cast blind."""
    rule = Q(shuffle__gte=project.audit_share)
    return rule & Q(votes=0) if project.blind_second else rule


def _held(user: User, project: Project, enough: Q) -> dict[int, int]:
    live = Claim.objects.filter(candidate=OuterRef("pk"), expires_at__gt=Clock()).exclude(user=user)
    rows: QuerySet[Candidate] = Candidate.objects.filter(
        enough, _by_the_page(project), Exists(live), project=project, state=Candidate.State.OPEN
    )
    counted = rows.order_by().values("guess").annotate(n=Count("pk"))
    return {row["guess"]: row["n"] for row in counted if row["guess"] is not None}
