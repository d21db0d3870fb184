"""What was sent ahead comes first in every order, and breaks no rule about who is given what."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from curation.models import Assignment, Candidate, Order, Project, User
from curation.selectors.queue import classes_of, review_items
from curation.services.claims import claim_batch, claim_grid, draw_gold
from curation.services.queue import fresh, sent_ahead, waiting
from curation.services.reopen import reopen
from tests.curation.review.test_queue import predicted, take
from tests.curation.review.votes import say
from tests.factories import make_candidate, make_image, make_project, make_source, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(train=2)


@pytest.fixture
def user() -> User:
    return make_user()


def urge(*rows: Candidate) -> None:
    Candidate.objects.filter(pk__in=[row.pk for row in rows]).update(urgent=True)


@pytest.mark.parametrize("order", Order.values)
def test_it_comes_first_in_every_order(project: Project, user: User, order: str) -> None:
    rows = predicted(project, *[[0.5, 0.3, 0.2]] * 6)
    for place, row in enumerate(rows):
        # The second one is last in every order.
        last = row == rows[1]
        Candidate.objects.filter(pk=row.pk).update(
            priority=0 if last else 5 + place,
            shuffle=0.99 if last else place / 10,
            disagreement=0 if last else 0.5,
        )
    urge(rows[1])
    found = take(user, project, 3, order)
    assert found[0] == rows[1].pk and len(found) == 3
    # With nothing ahead, the order is what it was.
    Candidate.objects.update(urgent=False)
    assert rows[1].pk not in take(make_user(), project, 3, order)


def test_among_themselves_the_least_certain_come_first(project: Project, user: User) -> None:
    rows = predicted(project, *[[0.5, 0.3, 0.2]] * 4)
    for place, row in enumerate(rows):
        Candidate.objects.filter(pk=row.pk).update(priority=place)
    urge(rows[0], rows[2])
    assert take(user, project, order="newest") == [rows[2].pk, rows[0].pk, rows[3].pk, rows[1].pk]


def test_assignments_hold(project: Project, user: User) -> None:
    mine, *_ = predicted(project, [1, 0, 0], source="K")
    (others, *_) = predicted(project, [0, 1, 0], source="P")
    urge(others)
    Assignment.objects.create(
        user=user, project=project, created_by=make_user("lead"), source=make_source("K")
    )
    assert take(user, project) == [mine.pk]


def test_the_audit_share_stays_a_random_sample(user: User) -> None:
    """Even where a mark stands on a picture of the share, because the share has grown since."""
    project = make_project(audit_share=0.3)
    rows = predicted(project, *[[1.0, 0.0, 0.0]] * 10)
    for place, row in enumerate(rows):
        Candidate.objects.filter(pk=row.pk).update(shuffle=place / 10)
    urge(rows[2], rows[7])
    ahead, *_ = fresh(waiting(user, project, uuid.uuid4()), user, project, "entropy")
    assert [row.pk for row in ahead] == [rows[7].pk]
    found = claim_batch(user, project, uuid.uuid4(), 8)
    shown = {item["id"]: item for item in review_items(user, found, classes_of(project))}
    lots = [row.pk for row in found if row.pk in {rows[0].pk, rows[1].pk, rows[2].pk}]
    # Lots in their own order and blind; of the others, what was sent ahead is the first.
    assert lots == [row.pk for row in rows[: len(lots)]]
    assert all(shown[pk]["blind"] for pk in lots)
    assert next(row.pk for row in found if row.pk not in lots) == rows[7].pk


def test_second_opinions_of_what_was_sent_ahead_come_first_and_blind(user: User) -> None:
    project = make_project(votes_needed=2)
    rows = predicted(project, *[[0.9, 0.1, 0.0]] * 4)
    other = make_user()
    say(other, rows[0], "B")  # in dispute with the model
    say(other, rows[3], "A")
    urge(rows[3])
    assert take(user, project, 2)[0] == rows[3].pk
    (item,) = review_items(user, [Candidate.objects.get(pk=rows[3].pk)], classes_of(project))
    assert item["blind"] and item["prediction"] is None


def test_known_answers_are_drawn_as_before(project: Project, user: User) -> None:
    urge(*predicted(project, [1, 0, 0]))
    project.gold_share = 1.0
    project.save()
    assert draw_gold(user, project, 5) == []


def test_skipped_ones_do_not_come_back_at_once(project: Project, user: User) -> None:
    rows = predicted(project, [1, 0, 0], [1, 0, 0])
    urge(rows[0])
    say(user, rows[0], "", kind="skip")
    assert take(user, project) == [rows[1].pk, rows[0].pk]


def test_pages_of_one_class_begin_with_it(project: Project, user: User) -> None:
    rows = predicted(project, [0.99, 0.01, 0.0], [0.92, 0.08, 0.0], [0.95, 0.05, 0.0], [0.6, 0.4, 0.0])
    urge(rows[1], rows[3])
    label = project.classes.get(key="A")
    found = [row.pk for row in claim_grid(user, project, uuid.uuid4(), label, 10)]
    # The last one is too unsure for a page, sent ahead or not.
    assert found == [rows[1].pk, rows[0].pk, rows[2].pk]


def test_decided_ones_are_no_longer_ahead_and_sent_back_ones_neither(project: Project, user: User) -> None:
    (row,) = predicted(project, [1, 0, 0])
    urge(row)
    assert sent_ahead(project).count() == 1
    say(user, row, "A")
    assert sent_ahead(project).count() == 0
    reopen(make_user("lead"), [row.pk], "Look again.")
    row.refresh_from_db()
    assert (row.state, row.urgent) == ("open", False)


def test_it_costs_no_query_where_nothing_is_ahead(project: Project, user: User) -> None:
    rows = predicted(project, *[[1.0, 0.0, 0.0]] * 3)

    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as found:
            assert take(user, project, 1)
        # As a condition, not only among the columns.
        return [query["sql"] for query in found if query["sql"].count('"urgent"') > 1]

    assert asked() == []
    urge(rows[2])
    assert len(asked()) == 1


def test_the_index_is_used(project: Project, user: User) -> None:
    lead = make_user("lead")
    images = [make_image(batch=make_candidate(project).image.batch) for _ in range(300)]
    Candidate.objects.bulk_create(
        Candidate(project=project, image=image, priority=n / 300, urgent=n % 60 == 0)
        for n, image in enumerate(images)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE curation_candidate")
    ahead, *_ = fresh(waiting(user, project, uuid.uuid4()), lead, project, "random")
    assert "candidate_urgent" in ahead[:20].explain()
    assert "candidate_urgent" in sent_ahead(project).order_by(F("priority").desc(), "pk")[:1].explain()
