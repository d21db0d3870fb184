"""Which decided pictures are shown beside one that is to be settled, and why."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from curation.models import Candidate, Project, Source
from curation.selectors.neighbours import MOST, neighbours
from tests.factories import (
    decide,
    make_candidate,
    make_image,
    make_model,
    make_prediction,
    make_project,
    make_source,
    make_user,
)

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


def test_relatives_by_specimen_group_and_making(project: Project, source: Source) -> None:
    parent = make_image(source=source, dhash=-1)
    image = make_image(source=source, parent=parent, occurrence_id="urn:catalog:1", group="9" * 64, dhash=0)
    row = make_candidate(project, image)
    first = decide(make_candidate(project, parent), project.classes.get(key="A"), make_user())
    specimen = decided(project, source, occurrence_id="urn:catalog:1", dhash=-1)
    double = decided(project, make_source(), group="9" * 64, dhash=-1)
    sibling = decided(project, source, parent=parent, dhash=-1)
    decided(project, make_source(), occurrence_id="urn:catalog:1", dhash=-1)  # numbers are a source's own
    assert why(row) == {
        first.pk: "made from the same picture",
        specimen.pk: "the same specimen",
        double.pk: "a near-duplicate",
        sibling.pk: "made from the same picture",
    }
    child = decided(project, source, parent=image, dhash=-1)
    Candidate.objects.filter(pk=first.pk).update(state="open", label=None, decision=None)
    assert why(row)[child.pk] == "made from the same picture" and first.pk not in why(row)


def test_what_the_model_took_for_the_same_fills_up(project: Project, source: Source) -> None:
    model = make_model([label.name for label in project.classes.order_by("index")])
    row = make_candidate(project, make_image(source=source, dhash=0))
    make_prediction(row, model, [0.1, 0.1, 0.8])
    row.refresh_from_db()

    def taken_for_c(label: str, of: Source, said: tuple[float, ...] = (0.1, 0.1, 0.8)) -> Candidate:
        found = decided(project, of, label=label, dhash=-1)
        make_prediction(found, model, list(said))
        return found

    far, near = taken_for_c("A", make_source()), taken_for_c("B", source)
    taken_for_c("C", source)  # decided as a class that is not in question
    taken_for_c("A", source, said=(0.1, 0.8, 0.1))  # taken for another
    assert why(row) == {
        near.pk: "suggested as the same class, from the same source",
        far.pk: "suggested as the same class",
    }
    assert list(why(row)) == [near.pk, far.pk]


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
