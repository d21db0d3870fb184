"""Bring a release back from an export of it, into this or any other database.

The folder is verified first. Files are stored before rows, rows in one transaction: a run that is stopped
leaves files that nobody sees, and the next one goes on with them. What comes back is the release itself,
whose manifest has the SHA-256 that it had, with pictures, sources, licences, classes and decisions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Project, Release, User
from curation.services.progress import NullProgress, Progress
from curation.services.release_import.delivery import Delivery, open_delivery
from curation.services.release_import.pictures import check_known, store_pictures
from curation.services.release_import.project import check_project
from curation.services.release_import.rows import write_rows
from curation.services.verify import verify


@dataclass(frozen=True)
class Imported:
    """made: False where the release was here already, and nothing was written."""

    release: Release
    made: bool


def import_release(
    directory: Path, *, created_by: User | None = None, progress: Progress | None = None
) -> Imported:
    """Bring back the release that `directory` is an export of.

    Raises Refused for an export that is not in order (`extra["faults"]`), does not hold the whole release or
    no pictures that can be used, and for one that contradicts what is here.
    """
    progress = progress or NullProgress()
    report = verify(directory, progress=progress)
    if not report.ok:
        raise Refused(
            _("%(folder)s is not in order, so nothing was brought back. %(fault)s")
            % {"folder": directory.name, "fault": report.faults[0]},
            faults=report.as_dict()["faults"],
        )
    delivery = open_delivery(directory)
    if there := already_here(delivery):
        return Imported(there, made=False)
    check_project(delivery, Project.objects.filter(key=delivery.project).first())
    check_known(delivery)
    measures = store_pictures(delivery, progress)
    progress.check()
    try:
        with transaction.atomic():
            release = write_rows(delivery, measures, created_by)
    except DataError as error:
        raise Refused(
            _("Release %(name)s holds a value that cannot be kept here: %(problem)s")
            % {"name": delivery.name, "problem": " ".join(str(error).split())}
        ) from error
    except IntegrityError as error:
        if there := already_here(delivery):  # another process has just brought it back
            return Imported(there, made=False)
        raise Refused(
            _("Release %(name)s contradicts what is here: %(problem)s")
            % {"name": delivery.name, "problem": " ".join(str(error).split())}
        ) from error
    return Imported(release, made=True)


def already_here(delivery: Delivery) -> Release | None:
    """The release by this name, if it is the same. Raises Refused where it is another."""
    there = Release.objects.select_related("project").filter(name=delivery.name).first()
    if there is None:
        return None
    if there.manifest_sha256 != delivery.manifest_sha256 or there.project.key != delivery.project:
        raise Refused(
            _(
                "There is another release %(name)r here, of project %(project)s with the manifest "
                "%(manifest)s; a release never changes, and names are given once."
            )
            % {"name": there.name, "project": there.project.key, "manifest": there.manifest_sha256}
        )
    return there
