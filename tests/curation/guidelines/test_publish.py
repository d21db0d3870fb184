"""Versions: what is copied, what is refused, and two leads at once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from curation.errors import Refused
from curation.models import AuditEntry, Guideline, Project, User
from curation.selectors import guidelines as rows
from curation.services.guidelines import NewExample, Translation, publish
from tests.factories import make_image, make_project, make_user

pytestmark = pytest.mark.django_db


def published(lead: User, project: Project, **changes: Any) -> Guideline:
    a, b, _ = project.classes.all()
    what: dict[str, Any] = {
        "intro": "Look twice.",
        "sections": {a.pk: "A pressed plant.", b.pk: "A slide."},
        "examples": {},
        "translations": {"es": Translation("Mire dos veces.", {a.pk: "Una planta prensada."})},
        "note": "First words",
        "based_on": project.guideline.number if project.guideline else 0,
    }
    return publish(lead, project, **(what | changes))


def test_a_version_holds_all_and_the_one_before_stays(lead: User, project: Project) -> None:
    a = project.classes.get(key="A")
    shown, other = make_image(), make_image()
    examples = {
        a.pk: [NewExample(other.sha256, True, "A drawing"), NewExample(shown.sha256, False, " Fine ")]
    }
    first = project.guideline
    second = published(lead, project, examples=examples)
    assert second.number == 2
    assert Project.objects.get(pk=project.pk).guideline == second
    assert first is not None and Guideline.objects.get(pk=first.pk).intro == "Look twice."
    guide = rows.guide(project, second)
    assert [entry.text for entry in guide.entries] == ["A pressed plant.", "A slide.", ""]
    entry = guide.entries[0]
    assert [(one.image, one.caption) for one in entry.shows] == [(shown, "Fine")]
    assert [(one.image, one.caption) for one in entry.counters] == [(other, "A drawing")]
    with translation.override("es"):
        spoken = rows.guide(project, second)
        assert spoken.intro == "Mire dos veces."
        assert [entry.text for entry in spoken.entries] == ["Una planta prensada.", "A slide.", ""]
    said = AuditEntry.objects.get(action="guideline.publish")
    assert (said.actor, said.detail["number"], said.detail["before"]) == (lead, 2, 1)


def test_reading_takes_as_many_queries_for_many_pictures_as_for_one(
    lead: User, project: Project, django_assert_num_queries: Any
) -> None:
    labels = list(project.classes.all())
    examples = {one.pk: [NewExample(make_image().sha256) for _ in range(4)] for one in labels}
    version = published(lead, project, examples=examples)
    with django_assert_num_queries(3):
        guide = rows.guide(project, version)
        assert [len({one.image.sha256 for one in entry.shows}) for entry in guide.entries] == [4, 4, 4]


def test_nothing_changed_is_refused_with_what_was_compared(lead: User, project: Project) -> None:
    published(lead, project)
    with pytest.raises(Refused, match="Nothing differs from version 2.*3 classes"):
        published(lead, project, note="Other note", sections=as_sent(project))
    assert project.guideline_versions.count() == 2


def as_sent(project: Project) -> dict[int, str]:
    """The same texts as a browser sends them."""
    a, b, c = project.classes.all()
    return {a.pk: "A pressed plant.\r\n", b.pk: " A slide.", c.pk: ""}


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"note": "x" * 301}, "301 characters"),
        ({"sections": {0: "No class"}}, "Class 0 is not one"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    lead: User, project: Project, what: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        published(lead, project, **what)
    assert project.guideline_versions.count() == 1


def test_pictures_must_be_here_and_stand_once(lead: User, project: Project) -> None:
    a = project.classes.get(key="A")
    sha = make_image().sha256
    with pytest.raises(Refused, match="twice"):
        published(lead, project, examples={a.pk: [NewExample(sha), NewExample(sha, True)]})
    with pytest.raises(Refused, match=f"There is no picture {'0' * 64}"):
        published(lead, project, examples={a.pk: [NewExample("0" * 64)]})
    with pytest.raises(Refused, match="301 characters"):
        published(lead, project, examples={a.pk: [NewExample(sha, False, "x" * 301)]})
    assert project.guideline_versions.count() == 1


def test_only_leads_publish(project: Project) -> None:
    with pytest.raises(Refused, match="needs the role lead curator"):
        published(make_user("curator"), project)


def test_the_second_of_two_leads_is_told_which_version_appeared(lead: User, project: Project) -> None:
    published(lead, project)
    with pytest.raises(Refused, match="Version 2 by Lena Lead appeared meanwhile") as refusal:
        published(make_user("lead"), project, intro="Mine", based_on=1)
    assert refusal.value.extra["version"] == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_refused() -> None:
    project, leads = make_project(key="race"), [make_user("lead"), make_user("lead")]
    said: list[str] = []
    start = threading.Barrier(2)

    def one(user: User) -> None:
        start.wait(10)
        try:
            made = published(user, Project.objects.get(pk=project.pk), intro=f"By {user.pk}", based_on=0)
            said.append(f"version {made.number}")
        except Refused as refusal:
            said.append(refusal.message[:9])
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[user]) for user in leads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said) == ["Version 1", "version 1"]
    assert list(project.guideline_versions.values_list("number", flat=True)) == [1]


def test_what_differs_is_told_class_by_class(lead: User, project: Project) -> None:
    a, b, c = project.classes.all()
    kept, gone, new = (make_image() for _ in range(3))
    examples = {a.pk: [NewExample(kept.sha256, False, "Old"), NewExample(gone.sha256)]}
    second = published(lead, project, examples=examples)
    project.refresh_from_db()
    examples = {a.pk: [NewExample(kept.sha256, False, "New"), NewExample(new.sha256, True)]}
    words = {a.pk: "A pressed plant.", b.pk: "A glass slide."}
    spoken = {"es": Translation("Mire dos veces.", {a.pk: "Una planta prensada.", c.pk: "Nada."})}
    third = published(lead, project, examples=examples, sections=words, translations=spoken)
    first, then, last = rows.changes(second, third)
    assert (first.label, first.reworded, first.translated) == (a, False, False)
    assert [one.image for one in first.added + first.removed + first.recaptioned] == [new, gone, kept]
    assert then.label == b
    assert [(piece.kind, piece.text) for piece in then.words] == [
        ("same", "A "),
        ("new", "glass "),
        ("same", "slide."),
    ]
    assert (last.label, last.translated, last.reworded) == (c, True, False)
    # A translation changes no rule, so nothing need be judged anew for it.
    assert rows.changed_classes(project, third.number) == [a, b]
