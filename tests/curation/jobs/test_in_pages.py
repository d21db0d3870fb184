"""Rows page by page: all of them, each once, with one query a page."""

from __future__ import annotations

import pytest
from django.test.utils import CaptureQueriesContext

from curation.models import Job, JobLog
from curation.services.pages import in_pages

pytestmark = pytest.mark.django_db


def lines(n: int) -> list[int]:
    job = Job.objects.create(kind="demo", title="Draw")
    return [JobLog.objects.create(job=job, line=str(number)).pk for number in range(n)]


def test_every_row_comes_once_in_order(django_assert_num_queries: CaptureQueriesContext) -> None:
    made = lines(5)
    with django_assert_num_queries(4):  # type: ignore[operator]
        pages = [[row.pk for row in page] for page in in_pages(JobLog.objects.order_by("-pk"), 2)]
    assert pages == [made[:2], made[2:4], made[4:]]
    assert [row.pk for page in in_pages(JobLog.objects.all(), 2, made[2]) for row in page] == made[3:]
    assert list(in_pages(JobLog.objects.none(), 2)) == []


def test_what_has_left_by_then_does_not_come() -> None:
    made = lines(5)
    walk = in_pages(JobLog.objects.filter(line__in="0124"), 2)
    assert [row.pk for row in next(walk)] == made[:2]
    JobLog.objects.filter(pk=made[2]).delete()
    assert [row.pk for row in next(walk)] == made[4:]
