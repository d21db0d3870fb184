"""Who is looking at what: claims are rows with an expiry, so that no two people decide one slot at once.

The rule of this module: whoever gives or prolongs a claim, and whoever records a vote
(curation.services.review), first locks the row of the candidate. Freeing needs no lock, it only gives back.
Time is the database's clock, read after the lock was taken; web servers may disagree about the time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from time import sleep
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from curation.models import Candidate, Claim, GoldItem, LabelClass, Project, User, Vote
from curation.services import queue
from curation.services.clock import Clock
from curation.services.policy import NEEDED_SQL

TRIES = 3  # looks at one list while others take all that was seen in it
LOOKS = 10  # looks at all lists while there is something free that others have locked or just taken
PAUSE = 0.002  # seconds before the second look, at most; twice as long before each further one

# What makes room: claims that have run out, and those that this tab gets anew.
CLEAR = """
DELETE FROM curation_claim
WHERE candidate_id = ANY(%(candidates)s)
  AND (expires_at <= clock_timestamp() OR (user_id = %(user)s AND tab = %(tab)s))
"""

# Slots are looked up and filled in one statement on candidates whose rows are locked: what it reads of their
# claims and votes is what it writes upon.
TAKE = f"""
INSERT INTO curation_claim (candidate_id, slot, user_id, tab, claimed_at, expires_at)
SELECT c.id, free.slot, %(user)s, %(tab)s,
       clock_timestamp(), clock_timestamp() + make_interval(secs => %(seconds)s)
FROM curation_candidate c
JOIN curation_project p ON p.id = c.project_id
CROSS JOIN LATERAL (
    SELECT slot FROM generate_series(1, {NEEDED_SQL}) AS slot
    WHERE NOT EXISTS (SELECT 1 FROM curation_claim k WHERE k.candidate_id = c.id AND k.slot = slot.slot)
    ORDER BY slot LIMIT 1
) AS free
WHERE c.id = ANY(%(candidates)s) AND c.state = 'open'
  AND c.votes + (SELECT count(*) FROM curation_claim k WHERE k.candidate_id = c.id) < {NEEDED_SQL}
ON CONFLICT DO NOTHING
RETURNING candidate_id
"""

# A claim that has run out but that nobody has taken yet is its holder's again, if the votes still leave room.
EXTEND = f"""
UPDATE curation_claim k
SET expires_at = clock_timestamp() + make_interval(secs => %(seconds)s)
FROM curation_candidate c
JOIN curation_project p ON p.id = c.project_id
WHERE k.candidate_id = c.id AND k.user_id = %(user)s AND k.tab = %(tab)s
  AND c.id = ANY(%(candidates)s) AND c.state = 'open'
  AND c.votes + (
      SELECT count(*) FROM curation_claim o
      WHERE o.candidate_id = c.id AND o.user_id <> k.user_id AND o.expires_at > clock_timestamp()
  ) < {NEEDED_SQL}
"""


def claim_batch(
    user: User,
    project: Project,
    tab: UUID,
    count: int | None = None,
    holding: Iterable[int] = (),
    order: str = "",
) -> list[Candidate]:
    """Take up to `count` open candidates for one browser tab.

    holding: candidates the tab has already, or has judged and not yet sent; they are not given again, while
    claims of the tab that it does not name (an answer that got lost on the way) are. What this person has
    judged is left out; what they skipped comes again, longest ago first, when nothing else is left.

    At most half are second opinions as long as there are new ones; the audit share is drawn by lot; the rest
    comes in `order` (else the person's, else the project's).
    """
    count = settings.CLAIM_BATCH if count is None else count
    wishes = queue.Wishes.of(user, project)
    base = queue.waiting(user, project, tab, holding, wishes)

    def look() -> list[Candidate]:
        lots = sum(random.random() < project.audit_share for _ in range(count))
        taken = _claim(user, tab, queue.drawn(base, user, project), lots) if lots else []
        if project.votes_needed > 1 or project.double_share:
            taken += _claim(user, tab, queue.second_opinions(base, user), (count - len(taken)) // 2)
        for rows in queue.fresh(base, user, project, order or wishes.order, wishes):
            taken += _more(user, tab, rows, count, taken)
        if len(taken) < count:
            rest = (queue.second_opinions(base, user), queue.drawn(base, user, project))
            for rows in (*rest, queue.skipped(base, user)):
                taken += _more(user, tab, rows, count, taken)
        return taken

    return _look_until(look, lambda: queue.free_for(base, user)) if count > 0 else []


def claim_grid(
    user: User, project: Project, tab: UUID, label: LabelClass, count: int, holding: Iterable[int] = ()
) -> list[Candidate]:
    """Take up to `count` candidates suggested as `label`: those sent ahead first, then the surest."""
    wishes = queue.Wishes.of(user, project)
    rows = queue.for_grid(queue.waiting(user, project, tab, holding, wishes), user, project, label)

    def look() -> list[Candidate]:
        taken = _claim(user, tab, rows.filter(urgent=True), count) if wishes.ahead else []
        return taken + _more(user, tab, rows, count, taken)

    return _look_until(look, lambda: rows)


def draw_gold(user: User, project: Project, count: int, holding: Iterable[int] = ()) -> list[Candidate]:
    """Pictures with a known answer for a batch of `count`, by lot; none that this person has met before."""
    lots = sum(random.random() < project.gold_share for _ in range(count))
    if not lots:
        return []
    met = Vote.objects.filter(user=user, candidate__gold__project=project).exclude(kind=Vote.Kind.SKIP)
    items = (
        GoldItem.objects.filter(project=project, active=True, candidate__state=Candidate.State.DECIDED)
        .exclude(candidate__in=list(holding))
        .exclude(candidate__in=met.order_by().values("candidate"))
    )
    return [item.candidate for item in items.select_related("candidate__project").order_by("?")[:lots]]


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
    # Pictures with a known answer are held by nobody and lost to nobody.
    gold = GoldItem.objects.filter(candidate__in=holding, active=True)
    return sorted(
        {*live.values_list("candidate_id", flat=True), *gold.values_list("candidate_id", flat=True)}
    )


def free_claims(user: User, tab: UUID) -> int:
    """Give back whatever the tab holds; how many claims that were."""
    with transaction.atomic():
        # Those that somebody has locked are going already; waiting for them might be waiting in a circle.
        own = Claim.objects.filter(user=user, tab=tab).select_for_update(skip_locked=True)
        return Claim.objects.filter(pk__in=list(own.values_list("pk", flat=True))).delete()[0]


def take_locked(user: User, tab: UUID, candidates: Sequence[int]) -> set[int]:
    """Insert claims on candidates whose rows the caller has locked; those that were given.

    Two claims can't meet here, for every giver holds the lock. Should one ever come around the lock, the
    unique constraints (candidate, slot) and (candidate, user) drop the row; only what went in is returned.
    """
    _execute(CLEAR, user, tab, candidates)
    return _execute(TAKE, user, tab, candidates)


def let_go(user_id: int, candidate: Candidate) -> None:
    """Give up this person's claim on the candidate, whatever tab holds it."""
    with connection.cursor() as cursor:
        own = [candidate.pk, user_id]
        cursor.execute("DELETE FROM curation_claim WHERE candidate_id = %s AND user_id = %s", own)


def _look_until(
    look: Callable[[], list[Candidate]], free: Callable[[], QuerySet[Candidate]]
) -> list[Candidate]:
    """What the first look that finds anything takes; nothing only where nothing is `free`.

    A look passes over rows that others have locked, and what it has seen free may be taken before it has the
    lock. Both last for milliseconds. So an empty look counts only where a plain reading finds nothing either.
    """
    taken = look()
    for number in range(LOOKS - 1):
        if taken or not free().exists():
            break
        sleep(random.uniform(0, PAUSE * 2**number))
        taken = look()
    return taken


def _more(
    user: User, tab: UUID, rows: QuerySet[Candidate], count: int, taken: Sequence[Candidate]
) -> list[Candidate]:
    left = count - len(taken)
    # Claims of this tab do not make a candidate full, so what was taken a moment ago is named.
    return _claim(user, tab, rows.exclude(pk__in=[c.pk for c in taken]), left) if left > 0 else []


def _claim(user: User, tab: UUID, rows: QuerySet[Candidate], count: int) -> list[Candidate]:
    if count <= 0:
        return []
    for _try in range(TRIES):
        with transaction.atomic():
            # The subqueries of this statement see the claims as they were when it began, perhaps before
            # another request got its lock and let it go. So it only proposes; what is free is read again by
            # the statement that takes it, which begins when the rows are locked.
            proposed = _lock(rows[:count])
            given = take_locked(user, tab, [candidate.pk for candidate in proposed]) if proposed else set()
        if given or not proposed:
            break  # else others took all of them in that moment, and the next look sees that
    return [candidate for candidate in proposed if candidate.pk in given]


def _lock(queue: QuerySet[Candidate]) -> list[Candidate]:
    # NO KEY: predictions that refer to these rows may be inserted meanwhile.
    return list(queue.select_for_update(skip_locked=True, no_key=True, of=("self",)))


def _execute(statement: str, user: User, tab: UUID, candidates: Sequence[int]) -> set[int]:
    values: Any = {"user": user.pk, "tab": tab, "candidates": list(candidates)}
    with connection.cursor() as cursor:
        cursor.execute(statement, values | {"seconds": settings.CLAIM_SECONDS})
        return {row[0] for row in cursor.fetchall()} if cursor.description else set()
