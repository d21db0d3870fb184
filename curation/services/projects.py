"""Make projects. The Herbariograph project ships with the software."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Guideline, GuidelineSection, LabelClass, Project
from curation.services.class_table import must_be_valid, read_classes, translate_classes

HERBARIOGRAPH = "herbariograph"
HERBARIOGRAPH_CLASSES = Path(__file__).resolve().parent.parent / "data" / "herbariograph" / "classes.tsv"


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


@transaction.atomic
def create_project(key: str, *, title: str, classes: Path, intro: str = "", **fields: Any) -> Project:
    """A project with the classes of a TSV. `intro` begins its guidelines; `fields`: further ones of Project.

    classes: a file NAME.tsv; NAME.es.tsv beside it says the same in Spanish (index, name, plural,
    definition), and so for every further language. Raises Refused.
    """
    if Project.objects.filter(key=key).exists():
        raise Refused(_("There is a project %(key)r already. Choose another key.") % {"key": key})
    project = Project(key=key, title=title, **fields)
    must_be_valid(project, f"Project {key!r}")
    project.save()
    labels = LabelClass.objects.bulk_create(translate_classes(read_classes(project, classes), classes))
    if intro:
        first = Guideline.objects.create(project=project, number=1, intro=intro)
        GuidelineSection.objects.bulk_create(
            GuidelineSection(guideline=first, label=label) for label in labels
        )
        project.guideline = first
        project.save(update_fields=["guideline"])
    return project


def project_with_key(key: str) -> Project:
    """The project, or Refused with the keys there are."""
    try:
        return Project.objects.get(key=key)
    except Project.DoesNotExist:
        keys = ", ".join(Project.objects.values_list("key", flat=True)) or "none yet"
        raise Refused(
            _("There is no project %(key)r. Projects: %(keys)s.") % {"key": key, "keys": keys}
        ) from None
