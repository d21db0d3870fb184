"""Make projects. The Herbariograph project ships with the software."""

from __future__ import annotations

import csv
from pathlib import Path

from django.db import transaction

from curation.errors import Refused
from curation.models import LabelClass, Project

HERBARIOGRAPH = "herbariograph"
HERBARIOGRAPH_CLASSES = Path(__file__).resolve().parent.parent / "data" / "herbariograph" / "classes.tsv"
COLUMNS = ["index", "key", "name", "slug", "plural", "definition"]


@transaction.atomic
def ensure_herbariograph() -> tuple[Project, bool]:
    """The project with the 17 published classes and targets; (project, whether it was made now)."""
    project, created = Project.objects.get_or_create(
        key=HERBARIOGRAPH,
        defaults={
            "title": "Herbariograph",
            "question": "What kind of picture is this?",
            "guidelines": (
                "Choose the class that the whole picture shows. Evidence of more than one collecting event "
                "or taxon makes a sheet Mixed, also when a packet hides the plant. A closed container with "
                "no plant in sight is Occluded. Where only a label fills the picture, it is Text."
            ),
        },
    )
    if created:
        load_classes(project, HERBARIOGRAPH_CLASSES)
    return project, created


def load_classes(project: Project, path: Path) -> list[LabelClass]:
    """Classes from a TSV with the columns index, key, name, slug, plural, definition."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
        if missing:
            raise Refused(f"{path.name}: the columns {', '.join(missing)} are missing.")
        rows = [LabelClass(project=project, **{name: row[name] for name in COLUMNS}) for row in reader]
    for row in rows:
        row.full_clean(validate_unique=False, validate_constraints=False)
    return LabelClass.objects.bulk_create(rows)


def project_with_key(key: str) -> Project:
    """The project, or Refused with the keys there are."""
    try:
        return Project.objects.get(key=key)
    except Project.DoesNotExist:
        keys = ", ".join(Project.objects.values_list("key", flat=True)) or "none yet"
        raise Refused(f"There is no project {key!r}. Projects: {keys}.") from None
