"""Which decided pictures are shown beside one that is to be settled, and why."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from curation.models import Candidate, Project, Source
from curation.selectors.neighbours import MOST, neighbours
from tests.factories import decide, make_candidate, make_image, make_project, make_source, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(key="sheets")


@pytest.fixture
def source() -> Source:
    return make_source()


def decided(project: Project, source: Source, label: str = "A", **image: Any) -> Candidate:
    row = make_candidate(project, make_image(source=source, **image))
    return decide(row, project.classes.get(key=label), make_user())


def why(row: Candidate) -> dict[int, str]:
    labels = list(row.project.classes.all()[:2])
    return {one.candidate.pk: one.why for one in neighbours(row, labels)}


def test_relatives_come_first_then_the_catalogue_then_look_alikes(project: Project, source: Source) -> None:
    row = make_candidate(project, make_image(source=source, catalog_number="M-100", dhash=0))
    alike = decided(project, make_source(), dhash=0b111)
    before = decided(project, source, catalog_number="M-099", dhash=-1)
    after = decided(project, source, catalog_number="M-101", dhash=-1)
    same = decided(project, source, catalog_number="M-100", dhash=-1)
    decided(project, source, catalog_number="M-102", dhash=-1)  # not the next one
    decided(project, make_source(), dhash=0x0FFFFFFF)  # 28 bits differ
    decided(project, make_source(), label="C", dhash=0)  # not of a class in question
    assert why(row) == {
        same.pk: "the same catalogue number",
        before.pk: "beside it in the catalogue",
        after.pk: "beside it in the catalogue",
        alike.pk: "looks alike (3 of 64 bits differ)",
    }


def test_nothing_undecided_of_another_project_or_of_another_source_by_number(
    project: Project, source: Source
) -> None:
    row = make_candidate(project, make_image(source=source, catalog_number="M-100", dhash=0))
    make_candidate(project, make_image(source=source, catalog_number="M-100", dhash=-1))
    decided(make_project(key="other"), source, catalog_number="M-100", dhash=0)
    decided(project, make_source(), catalog_number="M-100", dhash=-1)
    assert why(row) == {}


def test_never_more_than_there_is_room_for_and_a_bounded_number_of_queries(
    project: Project, source: Source
) -> None:
    row = make_candidate(project, make_image(source=source, catalog_number="M-100", dhash=0))
    for number in range(20):
        decided(project, source, catalog_number="M-100", dhash=(1 << (19 - number)) - 1)
    with CaptureQueriesContext(connection) as found:
        shown = neighbours(row, list(project.classes.all()))
    assert len(shown) == MOST and len({one.candidate.pk for one in shown}) == MOST
    assert len(found) <= 6
