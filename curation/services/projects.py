"""Make projects. Herbariograph ships with the software, and so do the classes of sheet condition."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Guideline, GuidelineSection, LabelClass, Project, ProjectKind
from curation.services.class_table import must_be_valid, read_classes, translate_classes

HERBARIOGRAPH = "herbariograph"
_DATA = Path(__file__).resolve().parent.parent / "data"
HERBARIOGRAPH_CLASSES = _DATA / "herbariograph" / "classes.tsv"
CONDITION_CLASSES = _DATA / "condition" / "classes.tsv"
USUAL_CLASSES = {
    ProjectKind.IDENTIFICATION: HERBARIOGRAPH_CLASSES,
    ProjectKind.CONDITION: CONDITION_CLASSES,
}
# Per class: as published; and 70 % to train, 20 % to validate and 10 % to test of a thousand sheets.
TARGETS = {
    ProjectKind.IDENTIFICATION: {"train": 10_240, "test": 1_024, "validate": 1_024},
    ProjectKind.CONDITION: {"train": 700, "test": 100, "validate": 200},
}


@transaction.atomic
def ensure_herbariograph() -> tuple[Project, bool]:
    """The project with the 17 published classes and targets; (project, whether it was made now)."""
    project = Project.objects.filter(key=HERBARIOGRAPH).first()
    if project is not None:
        return project, False
    project = create_project(
        HERBARIOGRAPH,
        title="Herbariograph",
        classes=HERBARIOGRAPH_CLASSES,
        question="What kind of picture is this?",
        intro=(
            "Choose the class that the whole picture shows. Evidence of more than one collecting event "
            "or taxon makes a sheet Mixed, also when a packet hides the plant. A closed container with "
            "no plant in sight is Occluded. Where only a label fills the picture, it is Text."
        ),
    )
    return project, True


def create_project(key: str, *, title: str, classes: Path, intro: str = "", **fields: Any) -> Project:
    """A project with the classes of a TSV. `intro` begins its guidelines; `fields`: further ones of Project.

    classes: a file NAME.tsv; NAME.es.tsv beside it says the same in Spanish (index, name, plural,
    definition), and so for every further language. Targets that are not given are those of the kind.
    Raises Refused.
    """
    return save_project(
        key,
        title=title,
        rows=lambda project: translate_classes(read_classes(project, classes), classes),
        intro=intro,
        **fields,
    )


@transaction.atomic
def save_project(
    key: str, *, title: str, rows: Callable[[Project], list[LabelClass]], intro: str = "", **fields: Any
) -> Project:
    """A project with the classes that `rows` makes for it, checked and not saved. Raises Refused."""
    if Project.objects.filter(key=key).exists():
        raise Refused(
            _("There is a project %(key)r already. Choose another key.") % {"key": key},
            fields={"key": [_("There is a project with this key already. Choose another one.")]},
        )
    targets = TARGETS.get(fields.get("kind", ProjectKind.IDENTIFICATION), {})
    project = Project(key=key, title=title, **(targets | fields))
    must_be_valid(project, f"Project {key!r}")
    project.save()
    made = rows(project)
    must_tell_apart(project, made)
    labels = LabelClass.objects.bulk_create(made)
    if intro:
        first = Guideline.objects.create(project=project, number=1, intro=intro)
        GuidelineSection.objects.bulk_create(
            GuidelineSection(guideline=first, label=label) for label in labels
        )
        project.guideline = first
        project.save(update_fields=["guideline"])
    return project


def must_tell_apart(project: Project, labels: list[LabelClass]) -> None:
    """A condition is told from the sound state: two classes at least, and the first has the index 0."""
    if project.kind != ProjectKind.CONDITION:
        return
    if len(labels) < 2 or min(label.index for label in labels) != 0:
        raise Refused(
            _("A project on condition needs the sound class, with the index 0, and a condition beside it."),
            fields={"classes": [_("Name the sound class first, and at least one condition after it.")]},
        )


def project_with_key(key: str) -> Project:
    """The project, or Refused with the keys there are."""
    try:
        return Project.objects.get(key=key)
    except Project.DoesNotExist:
        keys = ", ".join(Project.objects.values_list("key", flat=True)) or "none yet"
        raise Refused(
            _("There is no project %(key)r. Projects: %(keys)s.") % {"key": key, "keys": keys}
        ) from None
