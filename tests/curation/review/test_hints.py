"""Hints beside the suggestions: what came with the picture, and its tone where plates are told apart."""

from __future__ import annotations

from typing import Any

import pytest

from curation.models import Candidate, LabelClass, Project
from curation.selectors.queue import classes_of, review_items
from tests.factories import make_candidate, make_image, make_model, make_prediction, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    """A coloured illustration, B grey illustration, C ordinary."""
    project = make_project(classes=3)
    slugs = {"A": "illustrations-color", "B": "illustrations-gray", "C": "ordinary-pressed-specimens"}
    for key, slug in slugs.items():
        LabelClass.objects.filter(project=project, key=key).update(slug=slug, name=slug)
    return project


def hints(project: Project, candidate: Candidate) -> list[dict[str, Any]]:
    (item,) = review_items(make_user(), [candidate], classes_of(project))
    found: list[dict[str, Any]] = item["hints"]
    return found


@pytest.mark.parametrize(
    ("chroma", "expected"),
    [
        (1.5, {"kind": "tone", "label": "B", "text": "Looks grey"}),
        (30.0, {"kind": "tone", "label": "A", "text": "Looks coloured"}),
    ],
)
def test_the_tone(project: Project, chroma: float, expected: dict[str, str]) -> None:
    assert hints(project, make_candidate(project, make_image(chroma=chroma))) == [expected]


def test_no_tone_where_it_answers_nothing(project: Project) -> None:
    assert hints(project, make_candidate(project, make_image())) == []  # not measured
    other = make_project(classes=3)
    assert hints(other, make_candidate(other, make_image(chroma=1.5))) == []
    LabelClass.objects.filter(project=project, key="A").update(slug="illustrations-painted")
    assert hints(project, make_candidate(project, make_image(chroma=1.5))) == []


def test_the_tone_is_told_where_the_model_thinks_of_an_illustration() -> None:
    project = make_project(classes=6)
    for key, slug in (("E", "illustrations-color"), ("F", "illustrations-gray")):
        LabelClass.objects.filter(project=project, key=key).update(slug=slug)
    model = make_model(list(project.classes.values_list("name", flat=True)))
    plain, plate = (make_candidate(project, make_image(chroma=2.0)) for _ in range(2))
    make_prediction(plain, model, [0.5, 0.3, 0.1, 0.06, 0.03, 0.01])
    make_prediction(plate, model, [0.5, 0.3, 0.02, 0.02, 0.15, 0.01])
    assert hints(project, plain) == []
    assert [hint["text"] for hint in hints(project, plate)] == ["Looks grey"]


@pytest.mark.parametrize(
    ("by", "text"),
    [("folder", "Folder says Class B"), ("list", "List says Class B"), ("export", "Export says Class B"),
     ("made", "Made as Class B")],
)  # fmt: skip
def test_what_came_with_it(by: str, text: str) -> None:
    project = make_project()
    candidate = make_candidate(project, proposed=project.classes.get(key="B"), proposed_by=by)
    assert hints(project, candidate) == [{"kind": "proposed", "label": "B", "text": text}]
    (item,) = review_items(make_user(), [candidate], classes_of(project))
    assert item["prediction"] is None  # a hint is no suggestion: Enter and digits choose nothing
