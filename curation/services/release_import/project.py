"""The project of a release that is brought back: the one that is here, or a new one with its classes."""

from __future__ import annotations

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.licensing import identifiers
from curation.models import LabelClass, Project
from curation.models.projects import accepted_by_default, reviewed_by_default
from curation.services.class_table import must_be_valid
from curation.services.release_import.delivery import Delivery

KEYS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def project_of(delivery: Delivery) -> tuple[Project, dict[str, LabelClass]]:
    """The project and its classes by slug, made where there is none. Raises Refused as `check_project`."""
    project = Project.objects.select_for_update(no_key=True).filter(key=delivery.project).first()
    if project is None:
        project = _new_project(delivery)
        _new_classes(project, _wanted(delivery))
    check_project(delivery, project)
    return project, {label.slug: label for label in project.classes.all()}


def _wanted(delivery: Delivery) -> list[tuple[int, str, str]]:
    return [(each["index"], each["slug"], each["name"]) for each in delivery.described["classes"]]


def check_project(delivery: Delivery, project: Project | None) -> None:
    """Raises Refused where the project is here with other classes."""
    if project is None:
        return
    wanted = _wanted(delivery)
    here = list(project.classes.order_by("index").values_list("index", "slug", "name"))
    if here != wanted:
        raise Refused(
            _(
                "Project %(key)s is here with other classes: %(here)s. The release has %(wanted)s. Bring it "
                "back into an empty database, or one where the project has these classes."
            )
            % {"key": project.key, "here": _in_words(here), "wanted": _in_words(wanted)}
        )


def _in_words(classes: list[tuple[int, str, str]]) -> str:
    return ", ".join(f"{index} {slug} ({name})" for index, slug, name in classes)


def _new_project(delivery: Delivery) -> Project:
    """With what the release says: title, numbers a class, and its licences beside the usual ones."""
    counts = delivery.described["counts"]
    codes = {known[0] for row in delivery.rows.values() if (known := identifiers.parted(row.licence))}
    accepted = accepted_by_default()
    project = Project(
        key=delivery.project,
        title=str(delivery.facts.get("title") or delivery.project),
        licences_accepted=accepted + sorted(codes - set(accepted)),
        licences_review=[code for code in reviewed_by_default() if code not in codes],
        **{name: counts.get(name) for name in ("train", "test", "validate")},
    )
    must_be_valid(project, f"Project {delivery.project!r}")
    project.save()
    return project


def _new_classes(project: Project, classes: list[tuple[int, str, str]]) -> None:
    """Keys go by the order of the classes, as a release has none; definitions are for people to write."""
    if len(classes) > len(KEYS):
        raise Refused(
            _("Project %(key)s would have %(n)s classes; there are keys for %(most)s.")
            % {"key": project.key, "n": len(classes), "most": len(KEYS)}
        )
    rows = [
        LabelClass(project=project, index=index, key=key, slug=slug, name=name, plural=name)
        for key, (index, slug, name) in zip(KEYS, classes, strict=False)
    ]
    for row in rows:
        must_be_valid(row, f"Class {row.slug!r}")
    LabelClass.objects.bulk_create(rows)
