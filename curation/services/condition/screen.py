"""The job that screens a project's sheets. One that was killed goes on behind the last sheet of its table."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from django.db import transaction
from django.urls import reverse

from curation.errors import Refused
from curation.models import Candidate, Job, Screening, SheetScore
from curation.services import folders
from curation.services.condition.places import HEATMAPS, TABLE, TILES, name_of, name_of_screening
from curation.services.models import folder_of
from curation.services.originals import Original
from curation.services.pages import in_pages
from curation.services.progress import Progress
from curation.services.runs.places import path_of_model
from inference.files import whole_file
from inference.part import MARK

PAGE = 2000


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work: table, heat maps and tiles in the folder of the screening, then its rows.

    Sheets that cannot be read are told and counted; the rest goes on. Raises Refused for what people can put
    right.
    """
    from inference.condition.screen import screen
    from inference.condition.tile_model import read_tile_model
    from inference.errors import InputError, ModelError
    from inference.folder import load_folder

    row = Screening.objects.select_related("project", "tile_model", "sheet_model").get(job=job)
    progress.result_url = reverse("screening", args=[row.project.key, row.pk])
    name = name_of_screening(row)
    # Heat maps and tiles of sheets that are done stay where they are: only the table goes on.
    folder = folders.checkout(name, f"{TABLE}*")
    sender = folders.Sender(name, job=job, only_adds=True)
    try:
        for model in filter(None, (row.tile_model, row.sheet_model)):
            folder_of(model)
        tile_model = read_tile_model(path_of_model(row.tile_model))
        whole = load_folder(path_of_model(row.sheet_model)) if row.sheet_model else None
        last = _last(row)
        if not (folder / TABLE).is_file():
            _rehome(folder)
            report = screen(
                tile_model,
                whole,
                _source(row, last),
                folder / TABLE,
                _told(progress, sender),
                heatmaps=folder / HEATMAPS,
                tiles=folder / TILES,
            )
            for file, why in report.unreadable:
                progress.log(f"{file}: {why}")
            if report.seconds > 0:
                progress.log(f"{report.per_minute:,.0f} sheets a minute.")
        progress.check()
        sender.send()
        kept = _keep(row, folder / TABLE, tile_model.tiling.describe())
    except (InputError, ModelError) as error:
        raise Refused(" ".join(str(error).split())) from error
    folders.remove(name, [f"{TABLE}.part"])
    folders.leave(name)
    return kept


def _rehome(folder: Path) -> None:
    """Where the table was begun in another place: have it name the folders of here, which hold the same."""
    part = folder / f"{TABLE}.part"
    if not part.is_file():
        return
    first, end, rest = part.read_bytes().partition(b"\n")
    told = json.loads(first.removeprefix(MARK)) if end and first.startswith(MARK) else None
    own = {"heatmaps": str(folder / HEATMAPS), "tiles": str(folder / TILES)}
    if told is None or told["options"] == told["options"] | own:
        return
    told["options"] |= own
    with whole_file(part) as temporary:
        temporary.write_bytes(MARK + json.dumps(told).encode() + end + rest)


def _last(row: Screening) -> int:
    """The last candidate that belongs to the screening: those that come in meanwhile wait for the next."""
    if "last" not in row.facts:
        newest = Candidate.objects.filter(project=row.project).order_by("-pk").values_list("pk", flat=True)
        row.facts = {**row.facts, "last": newest[0]}
        row.save(update_fields=["facts"])
    return int(row.facts["last"])


def _source(row: Screening, last: int) -> Any:
    from inference.inputs import Source

    wanted = Candidate.objects.filter(project=row.project, pk__lte=last).order_by("pk")
    listing = hashlib.sha256()
    count = 0
    for sha256 in wanted.values_list("image__sha256", flat=True).iterator(chunk_size=PAGE):
        listing.update(sha256.encode())
        count += 1
    return Source(
        f"the sheets of {row.project.key}", count, listing.hexdigest(), lambda start: _each(wanted, start)
    )


def _each(wanted: Any, start: int) -> Iterator[Any]:
    """The sheets from that number (from 0) on."""
    from inference.inputs import Picture

    after = wanted.values_list("pk", flat=True)[start - 1] if start else 0
    for page in in_pages(wanted.select_related("image"), PAGE, after):
        for candidate in page:
            image = candidate.image
            yield Picture(name_of(image), cast(Path, Original(image)), str(candidate.pk))


def _told(progress: Progress, sender: folders.Sender) -> Any:
    """Progress as `screen` calls it: with how many are done of how many."""
    told: list[int] = []

    def tell(done: int, total: int) -> None:
        if not told:
            progress.begin(total, done, "sheets")
        elif done > told[0]:
            progress.advance(done - told[0])
            sender.send_soon()
        told[:] = [done]

    return tell


@transaction.atomic
def _keep(row: Screening, table: Path, tiling: dict[str, Any]) -> dict[str, Any]:
    """The table as rows of the database, all or none; anew where the job was killed before its end."""
    from inference.condition.table import UNREADABLE, read_table

    Screening.objects.select_for_update().get(pk=row.pk)
    row.scores.all().delete()
    total = unreadable = blank = 0
    for lines in _chunks(read_table(table)):
        kept = [line for line in lines if line.problem != UNREADABLE]
        unreadable += len(lines) - len(kept)
        blank += sum(not line.kept for line in kept)
        total += len(lines)
        SheetScore.objects.bulk_create(
            SheetScore(
                screening=row,
                candidate_id=int(line.id),
                sound_mean=line.sound_mean,
                condition_share=line.condition_share,
                condition_max=line.condition_max,
                sheet_sound=line.sheet_sound,
                tiles=line.kept or 0,
                entropy=line.entropy,
            )
            for line in kept
        )
    counts = {"sheets": total, "unreadable": unreadable, "blank": blank}
    row.facts = {**row.facts, **counts, "tiling": tiling}
    row.save(update_fields=["facts"])
    return counts


def _chunks(lines: Iterable[Any]) -> Iterator[list[Any]]:
    rows = iter(lines)
    while page := list(itertools.islice(rows, PAGE)):
        yield page
