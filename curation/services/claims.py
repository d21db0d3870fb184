"""Who is looking at what: claims are rows with an expiry, so that no two people decide one slot at once.

The rule of this module: whoever gives or prolongs a claim, and whoever records a vote
(curation.services.review), first locks the row of the candidate. Freeing needs no lock, it only gives back.
Time is the database's clock, read after the lock was taken; web servers may disagree about the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    F,
    Func,
    IntegerField,
    Max,
    OuterRef,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from curation.models import Candidate, Claim, Project, User, Vote


class Clock(Func):
    """The time now, not that of the transaction's start: a claim may run out while a lock is awaited."""

    function = "CLOCK_TIMESTAMP"
    template = "%(function)s()"
    output_field = DateTimeField()


# Slots are looked up and filled in one statement on candidates whose rows are locked: what it reads of their
# claims and votes is what it writes upon.
TAKE = """
INSERT INTO curation_claim (candidate_id, slot, user_id, tab, claimed_at, expires_at)
SELECT c.id, free.slot, %(user)s, %(tab)s,
       clock_timestamp(), clock_timestamp() + make_interval(secs => %(seconds)s)
FROM curation_candidate c
JOIN curation_project p ON p.id = c.project_id
CROSS JOIN LATERAL (
    SELECT slot FROM generate_series(1, p.votes_needed) AS slot
    WHERE NOT EXISTS (SELECT 1 FROM curation_claim k WHERE k.candidate_id = c.id AND k.slot = slot.slot)
    ORDER BY slot LIMIT 1
) AS free
WHERE c.id = ANY(%(candidates)s) AND c.state = 'open'
  AND c.votes + (SELECT count(*) FROM curation_claim k WHERE k.candidate_id = c.id) < p.votes_needed
ON CONFLICT DO NOTHING
RETURNING candidate_id
"""

# A claim that has run out but that nobody has taken yet is its holder's again, if the votes still leave room.
EXTEND = """
UPDATE curation_claim k
SET expires_at = clock_timestamp() + make_interval(secs => %(seconds)s)
FROM curation_candidate c
JOIN curation_project p ON p.id = c.project_id
WHERE k.candidate_id = c.id AND k.user_id = %(user)s AND k.tab = %(tab)s
  AND c.id = ANY(%(candidates)s) AND c.state = 'open'
  AND c.votes + (
      SELECT count(*) FROM curation_claim o
      WHERE o.candidate_id = c.id AND o.user_id <> k.user_id AND o.expires_at > clock_timestamp()
  ) < p.votes_needed
"""


def claim_batch(
    user: User, project: Project, tab: UUID, count: int | None = None, holding: Iterable[int] = ()
) -> list[Candidate]:
    """Take up to `count` open candidates for one browser tab, the most important first.

    holding: candidates the tab has already, or has judged and not yet sent; they are not given again, while
    claims of the tab that it does not name (an answer that got lost on the way) are. What this person has
    judged is left out; what they skipped comes again, longest ago first, when nothing else is left.
    """
    count = settings.CLAIM_BATCH if count is None else count
    waiting = _within_reach(user, project, tab).exclude(pk__in=list(holding))
    skips = Vote.objects.filter(candidate=OuterRef("pk"), user=user, kind=Vote.Kind.SKIP, undone_by=None)
    fresh = waiting.filter(~Exists(skips)).order_by(F("priority").desc(), "pk")
    taken = _claim(user, tab, fresh, count)
    if len(taken) < count:
        last_skip = skips.order_by().values("candidate").annotate(at=Max("created_at")).values("at")
        again = (
            waiting.filter(Exists(skips))
            .annotate(skipped_at=Subquery(last_skip))
            .order_by("skipped_at", "pk")
        )
        taken += _claim(user, tab, again, count - len(taken))
    return taken


def extend_claims(user: User, tab: UUID, holding: Sequence[int]) -> list[int]:
    """Prolong the claims of `tab` on the candidates `holding`; return those it still holds.

    The others have been decided, set aside, or taken by somebody else after the claim ran out.
    """
    with transaction.atomic():
        # A row that somebody else has locked is passed over: its claim lives until the next heartbeat.
        locked = _lock(Candidate.objects.filter(pk__in=holding, state=Candidate.State.OPEN).order_by("pk"))
        _execute(EXTEND, user, tab, [candidate.pk for candidate in locked])
    live = Claim.objects.filter(
        user=user,
        tab=tab,
        candidate__in=holding,
        candidate__state=Candidate.State.OPEN,
        expires_at__gt=Clock(),
    )
    return sorted(live.values_list("candidate_id", flat=True))


def free_claims(user: User, tab: UUID) -> int:
    """Give back whatever the tab holds; how many claims that were."""
    return Claim.objects.filter(user=user, tab=tab).delete()[0]


def take_locked(user: User, tab: UUID, candidates: Sequence[int]) -> set[int]:
    """Insert claims on candidates whose rows the caller has locked; those that were given.

    Two claims can't meet here, for every giver holds the lock. Should one ever come around the lock, the
    unique constraints (candidate, slot) and (candidate, user) drop the row; only what went in is returned.
    """
    gone = Claim.objects.filter(candidate__in=candidates, expires_at__lte=Clock())
    own = Claim.objects.filter(candidate__in=candidates, user=user, tab=tab)
    (gone | own).delete()
    return _execute(TAKE, user, tab, candidates)


def _claim(user: User, tab: UUID, queue: QuerySet[Candidate], count: int) -> list[Candidate]:
    if count <= 0:
        return []
    with transaction.atomic():
        # The subqueries of this statement see the claims as they were when it began, perhaps before another
        # request got its lock and let it go. So it only proposes; what is free is read again by the
        # statement that takes it, which begins when the rows are locked.
        proposed = _lock(queue[:count])
        given = take_locked(user, tab, [candidate.pk for candidate in proposed])
    return [candidate for candidate in proposed if candidate.pk in given]


def _within_reach(user: User, project: Project, tab: UUID) -> QuerySet[Candidate]:
    """Open candidates with a free slot that this person has not judged and holds in no other tab."""
    live = Claim.objects.filter(candidate=OuterRef("pk"), expires_at__gt=Clock())
    others = live.exclude(user=user).order_by().values("candidate").annotate(n=Count("pk")).values("n")
    judged = Vote.objects.filter(
        candidate=OuterRef("pk"), user=user, kind__in=[Vote.Kind.LABEL, Vote.Kind.FLAG], undone_by=None
    )
    return (
        Candidate.objects.filter(project=project, state=Candidate.State.OPEN)
        .annotate(taken=F("votes") + Coalesce(Subquery(others, output_field=IntegerField()), 0))
        .filter(
            ~Exists(judged), ~Exists(live.filter(user=user).exclude(tab=tab)), taken__lt=project.votes_needed
        )
    )


def _lock(queue: QuerySet[Candidate]) -> list[Candidate]:
    # NO KEY: predictions that refer to these rows may be inserted meanwhile.
    return list(queue.select_for_update(skip_locked=True, no_key=True, of=("self",)))


def _execute(statement: str, user: User, tab: UUID, candidates: Sequence[int]) -> set[int]:
    values: Any = {"user": user.pk, "tab": tab, "candidates": list(candidates)}
    with connection.cursor() as cursor:
        cursor.execute(statement, values | {"seconds": settings.CLAIM_SECONDS})
        return {row[0] for row in cursor.fetchall()} if cursor.description else set()
