"""Every file that a project's labels can be had as: for the command line and the pages alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from curation.errors import Refused
from curation.models import Project
from curation.selectors.label_columns import TABLES, table_named
from curation.selectors.label_rows import Scope
from curation.services.labels import label_studio, write
from curation.services.labels.package import MEDIA_TYPES, package, resource
from inference.files import whole_file

TASKS, CONFIG = "label-studio", "label-studio-config"
STUDIO = {TASKS: "json", CONFIG: "xml"}
ALL_FORMS = (*write.FORMS, *STUDIO.values())
CONTENT_TYPES = write.CONTENT_TYPES | {"json": "application/json", "xml": "application/xml; charset=utf-8"}


def default_form(name: str) -> str:
    return STUDIO.get(name, "tsv")


def pieces(name: str, form: str, scope: Scope, images: str | None = None) -> Iterator[bytes]:
    """The bytes of a file. name: a table, `label-studio` or `label-studio-config`. images: see tasks.

    Raises Refused for a file that there is not, before the first byte.
    """
    if name not in STUDIO:
        return write.pieces(table_named(name), form, scope)
    if form != STUDIO[name]:
        raise Refused(f"Form {form!r}: {name} is written as {STUDIO[name]} only.")
    if name == CONFIG:
        return iter([label_studio.config(label_studio.choices(scope.project))])
    return label_studio.tasks(scope, images)


def package_beside(name: str, form: str, path: Path, project: Project) -> Path | None:
    """Write FILE.datapackage.json beside a table at `path`; its path, none where the file needs none."""
    if name not in TABLES or form not in MEDIA_TYPES:
        return None
    beside = path.with_name(f"{path.name}.datapackage.json")
    with whole_file(beside) as place:
        place.write_bytes(package(project.key, project.title, [resource(TABLES[name], form, path.name)]))
    return beside
