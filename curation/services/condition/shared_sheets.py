"""The sheets of a run on every machine that works on it: the same ones, with the regions of when it began.

What they are (sheets.tsv, regions.tsv) is known to all machines; the pictures are brought by each from where
pictures lie.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from curation.models import Image, Release
from curation.services import folders
from curation.services.condition.sheets import _bring, ready_sheets
from curation.services.progress import Progress
from inference.files import sha256_of, whole_folder

LISTS = ("sheets.tsv", "regions.tsv")
PAGE = 1000


def shared_sheets(release: Release, name: str, progress: Progress) -> Path:
    """The folder `name` with the sheets of a release, as it was when the run began, wherever that was."""
    work = folders.work_of(name)
    if folders.is_stored(name) and not _same(name, work):
        shutil.rmtree(work, ignore_errors=True)
        _bring_again(name, work, progress)
    ready_sheets(release, work, progress)
    folders.Sender(name, wanted=lambda each: each in LISTS).send()
    return work


def _same(name: str, work: Path) -> bool:
    known = {entry.name: entry.sha256 for entry in folders.entries(name)}
    return all((work / one).is_file() and sha256_of(work / one) == known.get(one) for one in LISTS)


def _bring_again(name: str, work: Path, progress: Progress) -> None:
    lists = folders.place(name, *LISTS)
    with (lists / "sheets.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, dialect="excel-tab"))
    progress.log("Bringing the sheets as they were when the run began.")
    progress.begin(len(rows), 0, "sheets")
    with whole_folder(work) as fresh:
        for start in range(0, len(rows), PAGE):
            some = rows[start : start + PAGE]
            images = Image.objects.filter(sha256__in=[row["id"] for row in some]).in_bulk(field_name="sha256")
            for row in some:
                _bring(images[row["id"]], fresh / row["file"])
            progress.advance(len(some))
        for one in LISTS:
            shutil.copy2(lists / one, fresh / one)
