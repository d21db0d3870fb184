"""The sheets of a release as training reads them: originals in full size, their splits, marked regions.

    FOLDER/sheets.tsv, FOLDER/regions.tsv    see training.condition.sheets
    FOLDER/sheets/ab/abcd….jpg               the original as it was received

Each run has a folder of its own, since regions may be marked between two runs. Where the storage is this
machine's disk the files are links, so that it costs no room.
"""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, Image, Project, ProjectKind, Release, ReleaseMember, Split
from curation.services.pages import in_pages
from curation.services.progress import Progress
from curation.services.regions import standing_regions
from inference.files import whole_folder

PAGE = 1000
SPLITS = (Split.TRAIN, Split.VALIDATE, Split.TEST)
SHEETS = ("id", "file", "label", "split", "source", "group")
REGIONS = ("id", "label", "left", "top", "width", "height")


def sound_class(project: Project) -> str:
    """The name of the class that is sound: the first one. Raises Refused for another kind of project."""
    if project.kind != ProjectKind.CONDITION:
        raise Refused(_("%(project)s is no project on the condition of sheets.") % {"project": project})
    sound = project.classes.order_by("index").values_list("name", flat=True).first()
    if sound is None:
        raise Refused(_("%(project)s has no classes yet.") % {"project": project})
    return sound


def ready_sheets(release: Release, folder: Path, progress: Progress) -> Path:
    """Write the folder, whole or not at all; one that is there is as it was when its run began."""
    if folder.is_dir():
        progress.log("The sheets are there as they were when the run began.")
        return folder
    wanted = release.members.filter(split__in=SPLITS).select_related("image")
    progress.begin(wanted.count(), 0, "sheets")
    with (
        whole_folder(folder) as fresh,
        (fresh / "sheets.tsv").open("w", encoding="utf-8", newline="") as sheets,
        (fresh / "regions.tsv").open("w", encoding="utf-8", newline="") as regions,
    ):
        sheet_rows = csv.writer(sheets, dialect="excel-tab", lineterminator="\n")
        region_rows = csv.writer(regions, dialect="excel-tab", lineterminator="\n")
        sheet_rows.writerow(SHEETS)
        region_rows.writerow(REGIONS)
        for page in in_pages(wanted, PAGE):
            marked = _regions(release.project, page)
            for member in page:
                file = f"sheets/{member.sha256[:2]}/{member.sha256}.{member.image.extension}"
                _bring(member.image, fresh / file)
                facts = (member.category_name, member.split, member.source, member.leak_group)
                sheet_rows.writerow([member.sha256, file, *facts])
                region_rows.writerows([member.sha256, *row] for row in marked.get(member.image_id, []))
            progress.advance(len(page))
    return folder


def _regions(project: Project, page: list[ReleaseMember]) -> dict[int, list[list[object]]]:
    """By image: what stands on each sheet. Two queries a page."""
    images = [member.image_id for member in page]
    rows = Candidate.objects.filter(project=project, image__in=images).values_list("pk", "image_id")
    image_of = dict(rows)
    return {
        image_of[pk]: [[row.label.name, row.left, row.top, row.width, row.height] for row in found]
        for pk, found in standing_regions(image_of).items()
    }


def _bring(image: Image, target: Path) -> None:
    """The original; of a picture that only a release brought back, what it brought."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for rendition in (Image.Rendition.ORIGINAL, Image.Rendition.DATASET):
        name = image.file_name(rendition)
        try:
            _link_or_copy(name, target)
        except FileNotFoundError:
            continue
        return
    raise Refused(_("The file of %(image)s is gone from the storage.") % {"image": image})


def _link_or_copy(name: str, target: Path) -> None:
    try:
        source = default_storage.path(name)
    except NotImplementedError:  # a bucket
        source = ""
    if source:
        try:
            os.link(source, target)
            return
        except FileNotFoundError:
            raise
        except OSError:
            pass  # another file system, or one without links
    with default_storage.open(name) as file, target.open("wb") as out:
        shutil.copyfileobj(file, out)
