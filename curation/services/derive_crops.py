"""Parts of pictures that a detector found, cut out at full size."""

from __future__ import annotations

import io
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image as Pillow

from curation.errors import Refused
from curation.imaging import PictureError
from curation.imaging.detections import BoxError, Detections, DetectionsError, read_detections
from curation.models import Batch, Image, Job, Project, User
from curation.services import folders
from curation.services.derive import Made, NotMade, candidates, decoded, name_of, queue, say_not_made, take_in
from curation.services.progress import Progress
from inference.files import whole_file

QUALITY = 94
SMALLEST_SIDE = 16
LARGEST_SIDE = 4096
FOLDER = "derive"  # where files of detections lie until they are dealt with


class Work(NamedTuple):
    """A picture that is here, with what was found in it, and the names that are dealt with."""

    parent: Image
    found: Detections


def request_crops(
    project: Project,
    content: bytes,
    name: str,
    by: User | None = None,
    *,
    parts: Iterable[str] = (),
    min_side: int = 64,
) -> Job:
    """The job that cuts detected parts out of the pictures that are here.

    content: of the detections file (curation.imaging.detections). name: what it is called; the picture's
        where the file is of one. parts: which ones are wanted (none given: all). min_side: pixels that both
        sides of a crop must have. Raises Refused.
    """
    if not SMALLEST_SIDE <= min_side <= LARGEST_SIDE:
        raise Refused(
            _("The smallest side must be %(smallest_side)s to %(largest_side)s pixels, not %(min_side)s.")
            % {"smallest_side": SMALLEST_SIDE, "largest_side": LARGEST_SIDE, "min_side": min_side}
        )
    wanted = sorted({part.strip().lower() for part in parts if part.strip()})
    try:
        pictures = read_detections(content, name=Path(name).stem)
    except DetectionsError as error:
        raise Refused(
            _("%(name)s was not taken: %(detail)s.") % {"name": name, "detail": error.detail}
        ) from error
    there = {found.part for picture in pictures for found in picture.found}
    if unknown := [part for part in wanted if part not in there]:
        raise Refused(
            _("%(name)s holds no %(unknown)s; it holds: %(value)s.")
            % {"name": name, "unknown": ", ".join(unknown), "value": ", ".join(sorted(there)) or "nothing"}
        )
    name_here = f"{uuid.uuid4()}.json"
    with whole_file(folders.work_of(FOLDER) / name_here) as place:
        place.write_bytes(content)
    folders.add(FOLDER, name_here)
    params = {"do": "crops", "project": project.key, "name": name, "parts": wanted, "min_side": min_side}
    try:
        with transaction.atomic():
            return queue(
                f"Parts cut out by {name}",
                f"Cut out {', '.join(wanted) or 'all parts'} found in {name}",
                project=project,
                params=params,
                total=len(pictures),
                by=by,
                path=f"{FOLDER}/{name_here}",
            )
    except BaseException:
        folders.remove(FOLDER, [name_here])
        raise


def fill(batch: Batch, params: Mapping[str, Any], progress: Progress) -> None:
    """Cut out what the batch still lacks; the file goes when all is done."""
    if batch.project is None:
        raise Refused(_("%(batch)s has no project; start a new one.") % {"batch": batch})
    name = Path(batch.path).name
    try:
        pictures = read_detections(folders.file(FOLDER, name).read_bytes(), name=Path(params["name"]).stem)
    except (OSError, DetectionsError) as error:
        raise Refused(
            _("The detections of batch %(pk)s cannot be read any more: %(error)s.")
            % {"pk": batch.pk, "error": error}
        ) from error
    # A run that was killed may have kept crops without making them candidates.
    candidates(batch, dict.fromkeys(batch.images.all(), ""))
    settled = {
        *batch.problems.values_list("file", flat=True),
        *batch.images.values_list("original_name", flat=True),
    }
    progress.begin(total=len(pictures), done=0)
    parts, least = set(params["parts"]), int(params["min_side"])
    work = list(_found_here(batch, pictures, batch.project.licences_accepted))
    progress.advance(len(pictures) - len(work))

    def make(one: Work) -> Sequence[Made | NotMade]:
        return list(_crops(one, parts, least, settled))

    take_in(batch, work, make, progress)
    folders.remove(FOLDER, [name])


def _found_here(batch: Batch, pictures: Sequence[Detections], accepted: Sequence[str]) -> Iterator[Work]:
    """The pictures that are here, by name; the others become problems of the batch."""
    ids = _ids_by_stem({_stem(picture.name) for picture in pictures})
    images = Image.objects.select_related("source", "licence").in_bulk(
        [pks[0] for pks in ids.values() if len(pks) == 1]
    )
    for picture in pictures:
        for problem in picture.problems:
            place = problem.partition(": ")[0]
            say_not_made(batch, NotMade(f"{picture.name}, {place}", "bad-box", problem))
        here = ids.get(_stem(picture.name), [])
        if len(here) != 1:
            rule, why = (
                ("ambiguous", f"{len(here)} pictures are called so; rename them apart")
                if here
                else ("not-here", "no picture of this name is here; bring it in first")
            )
            say_not_made(batch, NotMade(picture.name, rule, why))
            continue
        image = images[here[0]]
        if image.licence.code not in accepted:
            why = f"its licence {image.licence.short} is not accepted by the project"
            say_not_made(batch, NotMade(picture.name, "licence", why))
        else:
            yield Work(image, picture)


def _ids_by_stem(stems: set[str]) -> dict[str, list[int]]:
    """Ids of the pictures called so, whatever their folder and extension; pictures made here are left out."""
    found: dict[str, list[int]] = defaultdict(list)
    rows = Image.objects.filter(made_by="").order_by("id").values_list("pk", "original_name")
    for pk, name in rows.iterator(chunk_size=10_000):
        if (stem := _stem(name)) in stems:
            found[stem].append(pk)
    return found


def _stem(name: str) -> str:
    """`a/Sheet 7.JPG` -> `sheet 7`. Only a picture's extension is one: names have dots of their own."""
    last = PurePosixPath(name.replace("\\", "/")).name.lower()
    stem, dot, extension = last.rpartition(".")
    return stem if dot and extension in _EXTENSIONS else last


_EXTENSIONS = {"jpg", "jpeg", "png", "tif", "tiff", "webp", "gif", "bmp", "jp2"}


def _crops(work: Work, parts: set[str], least: int, settled: set[str]) -> Iterator[Made | NotMade]:
    parent = work.parent
    counts: dict[str, int] = defaultdict(int)
    wanted = []
    for one in work.found.found:
        counts[one.part] += 1
        name = name_of(parent, f"{one.part} {counts[one.part]}")
        if (not parts or one.part in parts) and name not in settled:
            wanted.append((name, one))
    if not wanted:
        return
    try:
        picture = decoded(parent).image
    except PictureError as error:
        yield NotMade(work.found.name, error.rule, error.detail)
        return
    for name, one in wanted:
        try:
            left, top, width, height = one.pixels(*picture.size)
        except BoxError as error:
            yield NotMade(name, "bad-box", str(error))
            continue
        if min(width, height) < least:
            why = f"{width} x {height} pixels; both sides must have {least}"
            yield NotMade(name, "too-small", why)
            continue
        out = io.BytesIO()
        _cut(picture, left, top, width, height).save(out, "JPEG", quality=QUALITY, subsampling="4:4:4")
        making: dict[str, Any] = {"part": one.part}
        if one.confidence is not None:
            making["confidence"] = round(one.confidence, 4)
        yield Made(parent, name, out.getvalue(), Image.Making.CROP, making, box=[left, top, width, height])


def _cut(picture: Pillow.Image, left: int, top: int, width: int, height: int) -> Pillow.Image:
    return picture.crop((left, top, left + width, top + height))
