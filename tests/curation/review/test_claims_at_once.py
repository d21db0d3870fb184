"""Many curators claim from a short queue at once: nobody is told that it is empty while it is not."""

from __future__ import annotations

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from curation.models import Candidate, Claim, User
from curation.services import claims
from curation.services.claims import claim_batch, claim_grid
from tests.curation.review.locks import held
from tests.curation.review.test_queue import predicted
from tests.factories import make_candidate, make_project, make_user

pytestmark = pytest.mark.django_db(transaction=True)
CURATORS = 16


def free_for(user: User, needed: int) -> list[int]:
    """What the rows of the claims say, without any of the code that gives them."""
    rows = Candidate.objects.filter(state="open").exclude(claims__user=user).annotate(n=Count("claims"))
    return list(rows.filter(n__lt=needed).values_list("pk", flat=True))


@pytest.mark.parametrize(("needed", "pictures", "at_once"), [(1, 48, 3), (5, 6, 6)])
def test_nobody_finds_it_empty_while_there_is_a_free_place(needed: int, pictures: int, at_once: int) -> None:
    project = make_project(votes_needed=needed)
    for _ in range(pictures):
        make_candidate(project)
    users = [make_user() for _ in range(CURATORS)]
    begin = Barrier(CURATORS)

    def curator(user: User) -> tuple[list[int], list[int]]:
        """What they were given before nothing came, and what was free when nothing came.

        Nothing is ever given back here: what is free after the answer was free all the time before it.
        """
        tab = uuid.uuid4()
        mine: list[int] = []
        begin.wait(60)
        try:
            while given := claim_batch(user, project, tab, at_once, holding=mine):
                mine += [row.pk for row in given]
            return mine, free_for(user, needed)
        finally:
            connection.close()

    with ThreadPoolExecutor(CURATORS) as pool:
        found = list(pool.map(curator, users))
    assert [missed for _, missed in found if missed] == []
    times = Counter(pk for mine, _ in found for pk in mine)
    assert set(times.values()) == {needed} and len(times) == pictures
    assert all(len(set(mine)) == len(mine) for mine, _ in found)
    assert Claim.objects.count() == needed * pictures


@pytest.mark.parametrize("grid", [False, True])
def test_what_is_locked_for_a_moment_is_not_called_empty(grid: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    project, user = make_project(), make_user()
    (row,) = predicted(project, [1.0, 0.0, 0.0])
    with ExitStack() as stack:
        stack.enter_context(held(row))  # as by a vote of somebody else
        monkeypatch.setattr(claims, "sleep", lambda seconds: stack.close())
        if grid:
            given = claim_grid(user, project, uuid.uuid4(), project.classes.get(key="A"), 5)
        else:
            given = claim_batch(user, project, uuid.uuid4(), 5)
    assert given == [row]


def test_what_others_were_quicker_to_take_is_not_called_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five times in a row somebody takes what was seen, between the reading of it and the lock on it."""
    project, user = make_project(), make_user()
    rows = [make_candidate(project) for _ in range(6)]
    lock, left = claims._lock, [make_user() for _ in range(5)]

    def slow(seen: Any) -> list[Candidate]:
        proposed = lock(seen)
        if proposed and left:
            hold(left.pop(), proposed)
        return proposed

    monkeypatch.setattr(claims, "_lock", slow)
    monkeypatch.setattr(claims, "sleep", lambda seconds: None)
    assert claim_batch(user, project, uuid.uuid4(), 1) == [rows[5]]
    assert Claim.objects.values("user").distinct().count() == 6


def hold(user: User, candidates: list[Candidate]) -> None:
    now = timezone.now()
    for candidate in candidates:
        Claim.objects.create(
            candidate=candidate, slot=1, user=user, tab=uuid.uuid4(),
            claimed_at=now, expires_at=now + timedelta(minutes=1),
        )  # fmt: skip
