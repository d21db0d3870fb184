"""Make projects. The Herbariograph project ships with the software."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Guideline, GuidelineSection, LabelClass, Project

HERBARIOGRAPH = "herbariograph"
HERBARIOGRAPH_CLASSES = Path(__file__).resolve().parent.parent / "data" / "herbariograph" / "classes.tsv"
COLUMNS = ["index", "key", "name", "slug", "plural", "definition"]


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

    Raises Refused.
    """
    if Project.objects.filter(key=key).exists():
        raise Refused(_("There is a project %(key)r already. Choose another key.") % {"key": key})
    project = Project(key=key, title=title, **fields)
    _check(project, f"Project {key!r}")
    project.save()
    labels = LabelClass.objects.bulk_create(read_classes(project, classes))
    if intro:
        first = Guideline.objects.create(project=project, number=1, intro=intro)
        GuidelineSection.objects.bulk_create(
            GuidelineSection(guideline=first, label=label) for label in labels
        )
        project.guideline = first
        project.save(update_fields=["guideline"])
    return project


def read_classes(project: Project, path: Path) -> list[LabelClass]:
    """Classes from a TSV with the columns index, key, name, slug, plural, definition, checked, not saved."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            _("%(path)s cannot be read as a UTF-8 table: %(error)s") % {"path": path, "error": error}
        ) from error
    reader = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        raise Refused(
            _("%(name)s: the columns %(missing)s are missing.")
            % {"name": path.name, "missing": ", ".join(missing)}
        )
    rows: list[LabelClass] = []
    seen: dict[tuple[str, str], int] = {}
    for line, values in enumerate(reader, start=2):
        for name in ("index", "key", "name", "slug"):
            value = values[name] or ""
            if first := seen.get((name, value)):
                raise Refused(
                    _("%(name)s line %(line)s: %(name_2)s %(value)r stands in line %(first)s already.")
                    % {"name": path.name, "line": line, "name_2": name, "value": value, "first": first}
                )
            seen[name, value] = line
        row = LabelClass(project=project, **{name: values[name] or "" for name in COLUMNS})
        _check(row, f"{path.name} line {line}")
        rows.append(row)
    if not rows:
        raise Refused(_("%(name)s holds no classes. Give one line a class.") % {"name": path.name})
    return rows


def _check(row: Project | LabelClass, where: str) -> None:
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        reasons = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise Refused(f"{where}: {reasons}") from error


def project_with_key(key: str) -> Project:
    """The project, or Refused with the keys there are."""
    try:
        return Project.objects.get(key=key)
    except Project.DoesNotExist:
        keys = ", ".join(Project.objects.values_list("key", flat=True)) or "none yet"
        raise Refused(
            _("There is no project %(key)r. Projects: %(keys)s.") % {"key": key, "keys": keys}
        ) from None
