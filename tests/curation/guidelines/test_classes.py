"""Renaming a class: what changes, what stays, what is refused."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation

from curation.errors import Refused
from curation.models import AuditEntry, LabelClass, ModelVersion, Project, User
from curation.selectors.classes import localized
from curation.services.classes import rename
from curation.services.models import class_indices
from curation.services.review import NewVote, record_votes
from tests.factories import make_candidate, make_decided, make_user

pytestmark = pytest.mark.django_db


def renamed(lead: User, label: LabelClass, **changes: Any) -> LabelClass:
    same = {
        "name": label.name,
        "plural": label.plural,
        "key": label.key,
        "definition": label.definition,
    }
    return rename(lead, label, **(same | changes))


def test_name_and_key_change_and_the_rest_stays(lead: User, project: Project) -> None:
    label = project.classes.get(key="A")
    candidate = make_decided(project, label, make_user())
    made = renamed(
        lead, label, name="Pressed", key="q", translations={"es": {"name": "Prensada", "plural": ""}}
    )
    label.refresh_from_db()
    assert made == label
    assert (label.name, label.key, label.slug, label.index) == ("Pressed", "Q", "class-a", 0)
    assert label.translations == {"es": {"name": "Prensada"}}
    candidate.refresh_from_db()
    assert candidate.label == label
    said = AuditEntry.objects.get(action="class.rename")
    assert said.subject == "flora/class-a"
    assert said.detail["before"] == {"name": "Class A", "key": "A", "translations": {}}
    assert said.detail["after"]["key"] == "Q"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"key": "B"}, "key", "Key B is that of Class B. Free are D, E"),
        ({"key": "1"}, "key", "One letter"),
        ({"key": ""}, "key", "blank"),
        ({"name": "class b"}, "name", "Another class is called Class B"),
        ({"name": " "}, "name", "blank"),
        ({"plural": "x" * 81}, "plural", "80 characters"),
    ],
)
def test_wrong_values_are_refused_by_field(
    lead: User, project: Project, changes: dict[str, str], field: str, words: str
) -> None:
    label = project.classes.get(key="A")
    with pytest.raises(Refused, match=words) as refusal:
        renamed(lead, label, **changes)
    assert field in refusal.value.extra["fields"]
    label.refresh_from_db()
    assert (label.name, label.key, label.plural) == ("Class A", "A", "Class A pictures")


def test_nothing_changed_and_no_lead_are_refused(lead: User, project: Project) -> None:
    label = project.classes.get(key="A")
    with pytest.raises(Refused, match="Nothing about Class A differs"):
        renamed(lead, label)
    with pytest.raises(Refused, match="needs the role lead curator"):
        renamed(make_user("curator"), label, name="Mine")
    assert not AuditEntry.objects.exists()


def test_a_vote_for_what_was_on_the_screen_counts_for_the_same_class(lead: User, project: Project) -> None:
    """The key that the reviewer pressed belongs to another class by the time the vote arrives."""
    a, b = project.classes.get(key="A"), project.classes.get(key="B")
    candidate = make_candidate(project)
    renamed(lead, a, key="Q", name="Pressed")
    renamed(lead, b, key="A")
    vote = NewVote(id=uuid.uuid4(), candidate=candidate.pk, kind="label", label="A", label_id=a.pk)
    [outcome] = record_votes(make_user(), [vote])
    assert (outcome.status, outcome.decided) == ("saved", "Q")
    candidate.refresh_from_db()
    assert candidate.label == a


def test_a_class_is_shown_in_the_language_of_the_page(lead: User, project: Project) -> None:
    label = renamed(lead, project.classes.get(key="A"), translations={"es": {"name": "Prensada"}})
    page = Template("{{ label|class_name }}, {{ label|class_plural }}, {{ none|class_name }}")
    words = Context({"label": label, "none": None})
    assert page.render(words) == "Class A, Class A pictures, "
    with translation.override("es-mx"):
        assert page.render(words) == "Prensada, Class A pictures, "
        assert localized(label).definition == "A picture of class A."


def test_models_find_a_class_by_what_it_was_called(lead: User, project: Project) -> None:
    a, b, c = project.classes.order_by("index")
    trained = ModelVersion(name="older", classes=[c.name, a.name, b.name])
    renamed(lead, a, name="Pressed")
    renamed(lead, LabelClass.objects.get(pk=a.pk), name="Pressed sheet")
    a.refresh_from_db()
    assert a.former_names == ["Class A", "Pressed"]
    assert class_indices(trained, project) == [2, 0, 1]
    assert class_indices(ModelVersion(name="new", classes=["Pressed", "Class B", "Class C"]), project) == [
        0,
        1,
        2,
    ]


def test_a_name_is_of_the_class_that_has_it_now(lead: User, project: Project) -> None:
    a, b, _c = project.classes.order_by("index")
    renamed(lead, a, name="Pressed")
    renamed(lead, b, name="Class A")
    with pytest.raises(Refused, match="only the model has Class B; only the project has Pressed"):
        class_indices(ModelVersion(name="x", classes=["Class B", "Class A", "Class C"]), project)
    renamed(lead, LabelClass.objects.get(pk=b.pk), name="Class B")
    assert LabelClass.objects.get(pk=b.pk).former_names == ["Class A"]
    assert class_indices(ModelVersion(name="x", classes=["Class B", "Class A", "Class C"]), project) == [
        1,
        0,
        2,
    ]
