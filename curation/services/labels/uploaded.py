"""A file of Label Studio that came by the browser: kept until it is taken in or forgotten.

It lies among the uploads that nobody has handed in, so one that is left alone goes after two days.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Project
from curation.services import folders, uploads
from curation.services.labels.tasks import Wrong, read_file, said, shown, task_of

# A request casts the votes, some milliseconds each, and somebody waits for it.
MOST_BYTES = 16 << 20
MOST_ANNOTATIONS = 2_000
MOST_PEOPLE = 50


def keep(project: Project, name: str, size: int, chunks: Iterable[bytes]) -> UUID:
    """Keep a file that is being sent; the id it is found by. Raises Refused for what is no file of tasks."""
    if size > MOST_BYTES:
        raise Refused(
            _(
                "%(name)s has %(size)s bytes; a page takes at most %(most)s. Larger files are taken in on "
                "the command line (manage.py import_label_studio)."
            )
            % {"name": name, "size": f"{size:,}", "most": f"{MOST_BYTES:,}"}
        )
    upload = uuid4()
    uploads.save_file(upload, f"{project.key}/{name}", chunks, announced=size)
    try:
        path = find(project, upload)
        assert path is not None
        annotators(path)
    except Refused:
        forget(upload)
        raise
    return upload


def find(project: Project, upload: UUID) -> Path | None:
    """The file, if it was sent for this project and is still there."""
    name = uploads.name_of(upload)
    files = [one.name for one in folders.entries(name) if one.name.partition("/")[0] == project.key]
    return folders.checkout(name) / files[0] if len(files) == 1 else None


def forget(upload: UUID) -> None:
    folders.remove(uploads.name_of(upload))


def annotators(path: Path) -> dict[str, int]:
    """Who said something in a file, as the file calls them, and how many times; in its order.

    Raises Refused for a file without tasks, and for more than a page takes.
    """
    found: dict[str, int] = {}
    tasks = 0
    try:
        for number, value in read_file(path):
            tasks = number
            for who in _who_said(number, value):
                found[who] = found.get(who, 0) + 1
    except Wrong as wrong:
        # The tasks before this one are good and can go in; the report names what is wrong.
        if not tasks:
            raise Refused(f"{path.name}, {wrong.field} = {wrong.value}: {wrong.rule}") from wrong
    if not tasks:
        raise Refused(_("%(name)s holds no task: its array is empty.") % {"name": path.name})
    if sum(found.values()) > MOST_ANNOTATIONS:
        raise Refused(
            _(
                "%(name)s has %(count)s annotations; a page takes at most %(most)s. More are taken in on the "
                "command line (manage.py import_label_studio)."
            )
            % {"name": path.name, "count": f"{sum(found.values()):,}", "most": f"{MOST_ANNOTATIONS:,}"}
        )
    if len(found) > MOST_PEOPLE:
        raise Refused(
            _("%(name)s names %(count)s annotators, %(last)s the last; a page takes at most %(most)s.")
            % {
                "name": path.name,
                "count": len(found),
                "last": shown(next(reversed(found))),
                "most": MOST_PEOPLE,
            }
        )
    return found


def _who_said(number: int, value: object) -> Iterable[str]:
    """Of a task; nobody for what is wrong, which taking it in will name."""
    try:
        task = task_of(number, value)
    except Wrong:
        return
    for place, annotation in enumerate(task.annotations, 1):
        try:
            one = said(annotation, place)
        except Wrong:
            continue
        if one is not None:
            yield one.who
