"""From a project's policy and a person's wishes to the candidates that come next, as querysets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import (
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from curation.models import Candidate, Claim, LabelClass, Order, Project, User, Vote
from curation.services.clock import Clock
from curation.services.policy import needed
from curation.services.shortfall import cells, is_in, place_among

# Cells of the shortfall order are asked in growing groups: the first one mostly has enough.
GROUPS = [4, 32, 1024]


# Asked with every batch of every curator: one statement instead of three, and none that has to be built.
WISHES = """
SELECT (SELECT "order" FROM curation_membership WHERE user_id = %(user)s AND project_id = %(project)s),
       ARRAY(SELECT ARRAY[label_id, source_id] FROM curation_assignment
             WHERE user_id = %(user)s AND project_id = %(project)s ORDER BY id),
       EXISTS (SELECT 1 FROM curation_candidate WHERE project_id = %(project)s AND state = 'open' AND urgent)
"""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What decides between the pictures of a project for one person.

    order: the person's own, else the project's. assigned: the candidates that are theirs to judge.
    ahead: whether any of the project were sent to the front (see sent_ahead).
    """

    order: str
    assigned: Q
    ahead: bool

    @classmethod
    def of(cls, user: User, project: Project) -> Wishes:
        """One query."""
        with connection.cursor() as cursor:
            cursor.execute(WISHES, {"user": user.pk, "project": project.pk})
            order, pairs, ahead = cursor.fetchone()
        return cls(order or project.order, _assigned(pairs), ahead)


def waiting(
    user: User, project: Project, tab: UUID, holding: Iterable[int] = (), wishes: Wishes | None = None
) -> QuerySet[Candidate]:
    """Open candidates of the person's assignments with a free slot that no other tab of theirs holds.

    What is full is a short list, hashed once; asking it candidate by candidate would cost more at the head of
    the queue, where everybody's claims are.
    """
    live = Claim.objects.filter(candidate__project=project, expires_at__gt=Clock()).order_by()
    full = (
        live.exclude(user=user)
        .values("candidate")
        .annotate(n=Count("pk"), votes=Max("candidate__votes"), wanted=Max(needed(project, "candidate__")))
        .filter(n__gte=F("wanted") - F("votes"))
        .values("candidate")
    )
    elsewhere = live.filter(user=user).exclude(tab=tab).values("candidate")
    wishes = wishes or Wishes.of(user, project)
    # Through the project, so that the rows know it without asking.
    found = project.candidates.filter(wishes.assigned, state=Candidate.State.OPEN)
    found = found.exclude(pk__in=full).exclude(pk__in=elsewhere)
    # One that has its votes already waits for the policy's job to count it.
    return found.filter(votes__lt=needed(project)).exclude(pk__in=list(holding))


def _assigned(pairs: Iterable[tuple[int | None, int | None]]) -> Q:
    """From pairs of class and source, of which None is any."""
    wanted = Q()
    for label, source in pairs:
        if label is None and source is None:
            return Q()
        one = Q()
        if label is not None:
            one &= Q(guess=label)
        if source is not None:
            one &= Q(source=source)
        wanted |= one
    return wanted


def free_for(base: QuerySet[Candidate], user: User) -> QuerySet[Candidate]:
    """All of `base` (see waiting) that this person may be given, by whatever of the lists below."""
    return base.filter(~judged_by(user))


def own_skips(user: User) -> QuerySet[Vote]:
    """Skips that stand, of the round their candidate is in."""
    return Vote.objects.filter(
        user=user, kind=Vote.Kind.SKIP, undone_by=None, round=F("candidate__round")
    ).order_by()


def judged_by(user: User) -> Exists:
    """This person has labelled or flagged the candidate in its present round."""
    return Exists(Vote.objects.filter(candidate=OuterRef("pk"), user=user).counting(OuterRef("round")))


def _unskipped(rows: QuerySet[Candidate], user: User) -> QuerySet[Candidate]:
    return rows.exclude(pk__in=own_skips(user).values("candidate"))


def fresh(
    base: QuerySet[Candidate], user: User, project: Project, order: str, wishes: Wishes | None = None
) -> Iterator[QuerySet[Candidate]]:
    """Without a vote, not of the audit share, not skipped: in the order asked for, to be claimed in turn.

    What was sent ahead (curation.services.urgent) comes before all of it, whatever the order.
    """
    rows = _unskipped(base.filter(votes=0, shuffle__gte=project.audit_share), user)
    if (wishes or Wishes.of(user, project)).ahead:
        yield rows.filter(urgent=True).order_by(F("priority").desc(), "pk")
    if order == Order.SHORTFALL:
        yield from _by_cell(rows, project)
    elif order == Order.DISAGREEMENT:
        yield rows.filter(disagreement__gt=0).order_by(F("disagreement").desc(), "pk")
    keys = {
        Order.MARGIN: (F("margin").asc(nulls_last=True), "pk"),
        Order.RANDOM: ("shuffle",),
        Order.NEWEST: ("-pk",),
    }
    yield rows.order_by(*keys.get(Order(order), (F("priority").desc(), "pk")))


def sent_ahead(project: Project) -> QuerySet[Candidate]:
    """Open candidates at the front of the queue; the partial index candidate_urgent holds just them."""
    return Candidate.objects.filter(project=project, state=Candidate.State.OPEN, urgent=True).order_by()


def _by_cell(rows: QuerySet[Candidate], project: Project) -> Iterator[QuerySet[Candidate]]:
    wanted = [cell for cell in cells(project) if cell.weight > 0]
    start = 0
    for size in GROUPS:
        group = wanted[start : start + size]
        start += size
        if not group:
            return
        yield rows.filter(is_in(group)).order_by(place_among(group), F("priority").desc(), "pk")


def second_opinions(base: QuerySet[Candidate], user: User) -> QuerySet[Candidate]:
    """With votes of others and a place left, finished before others are begun.

    Those sent ahead come first, then those in dispute.
    """
    rows = _unskipped(base.filter(votes__gt=0), user)
    return rows.filter(~judged_by(user)).order_by(F("urgent").desc(), F("disagreement").desc(), "pk")


def drawn(base: QuerySet[Candidate], user: User, project: Project) -> QuerySet[Candidate]:
    """Of the audit share, in the order of the lots: at any time a random sample of the whole."""
    return _unskipped(base.filter(votes=0, shuffle__lt=project.audit_share), user).order_by("shuffle")


def skipped(base: QuerySet[Candidate], user: User) -> QuerySet[Candidate]:
    """What this person skipped, longest ago first."""
    skips = own_skips(user)
    last = (
        Vote.objects.filter(candidate=OuterRef("pk"), user=user, kind=Vote.Kind.SKIP, undone_by=None)
        .order_by()
        .values("candidate")
        .annotate(at=Max("created_at"))
        .values("at")
    )
    rows = base.filter(~judged_by(user), pk__in=skips.values("candidate"))
    return rows.annotate(skipped_at=Subquery(last)).order_by("skipped_at", "pk")


def for_grid(
    base: QuerySet[Candidate], user: User, project: Project, label: LabelClass
) -> QuerySet[Candidate]:
    """Suggested as `label` with at least the confidence that the project asks for; the surest first.

    Never of the audit share, and no second votes where these are to be cast blind.
    """
    rows = base.filter(guess=label, confidence__gte=project.grid_confidence, shuffle__gte=project.audit_share)
    rows = _unskipped(rows, user)
    rows = rows.filter(votes=0) if project.blind_second else rows.filter(~judged_by(user))
    return rows.order_by(F("confidence").desc(), "pk")
