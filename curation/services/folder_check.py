"""What bringing in a folder of pictures would do, from headers and checksums: no pixel is decoded.

Damage further into a file therefore goes unseen here; the ingest finds and names it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from curation.errors import Refused
from curation.imaging import PictureError, PictureInfo, inspect
from curation.models import Batch, Image
from curation.services.ingest import chunks, folder_names
from curation.services.ingest_items import Item, folder_items
from curation.services.intake import DECODERS
from curation.services.progress import NullProgress, Progress
from curation.services.uploads import arrived

AT_ONCE = 64  # files whose checksums are looked up together
SHOWN = 20  # file names for each kind of problem
CLASSES = 40


@dataclass
class Found:
    """What has been seen so far. Sizes in bytes and pixels."""

    new: int = 0
    bytes: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    short_sides: list[int] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # SHA-256 -> the first file with it
    twins: list[dict[str, str]] = field(default_factory=list)
    duplicates: int = 0
    problems: dict[str, list[PictureError]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)


def check_folder(batch: Batch, progress: Progress | None = None) -> dict[str, Any]:
    """What would become of each file below `batch.path`; nothing is written, and the batch need not be saved.

    The batch must have a source and a licence. Returns JSON in the shape of `selectors.deliveries.preview`,
    with names of files where that has numbers of rows. Raises Refused where the folder can't be read.
    """
    progress = progress or NullProgress()
    if batch.source is None or batch.licence is None:
        raise Refused("A folder of pictures needs a source and a licence. Name both and check it again.")
    items = folder_items(
        arrived(batch.path),
        source=batch.source,
        licence=batch.licence,
        rights_holder=batch.rights_holder,
        classes=folder_names(batch.project),
    )
    progress.begin(total=len(items), unit="files")
    found = Found()
    with ThreadPoolExecutor(DECODERS) as pool:
        for chunk in chunks(items, AT_ONCE):
            progress.check()
            _add(found, chunk, list(pool.map(_look, chunk)))
            progress.advance(len(chunk))
    return _told(batch, found, len(items))


def _look(item: Item) -> PictureInfo | PictureError:
    try:
        if item.path.is_dir():
            raise PictureError(item.name, "unreadable", "this folder cannot be opened")
        return inspect(item.path)
    except PictureError as error:
        return error
    except OSError as error:
        return PictureError(item.name, "unreadable", f"it cannot be read ({error.strerror or error})")


def _add(found: Found, items: list[Item], looks: list[PictureInfo | PictureError]) -> None:
    hashes = [look.sha256 for look in looks if isinstance(look, PictureInfo)]
    known = {
        image.sha256: image for image in Image.objects.filter(sha256__in=hashes).select_related("source")
    }
    for item, look in zip(items, looks, strict=True):
        if isinstance(look, PictureError):
            found.refused[look.rule] += 1
            if len(found.problems[look.rule]) < SHOWN:
                found.problems[look.rule].append(PictureError(item.name, look.rule, look.detail))
        elif look.sha256 in known:
            image = known[look.sha256]
            said = f"{image.title} of {image.source.code} (batch {image.batch_id})"
            _twin(found, item.name, said, look.sha256)
        elif look.sha256 in found.names:
            _twin(found, item.name, f"{found.names[look.sha256]} of this folder", "")
        else:
            found.names[look.sha256] = item.name
            found.new += 1
            found.bytes += look.bytes
            found.formats[look.format] += 1
            found.classes[item.proposed] += 1
            found.short_sides.append(min(look.width, look.height))


def _twin(found: Found, file: str, same_as: str, sha256: str) -> None:
    found.duplicates += 1
    if len(found.twins) < SHOWN:
        found.twins.append({"file": file, "same_as": same_as, "sha256": sha256})


def _told(batch: Batch, found: Found, files: int) -> dict[str, Any]:
    labels = (
        {label.slug: label.name for label in batch.project.classes.all()} if batch.project is not None else {}
    )
    problems = [
        {
            "kind": "refused",
            "rule": rule,
            "n": n,
            "message": f"{found.problems[rule][0].name}: {found.problems[rule][0].detail}",
            "files": [error.name for error in found.problems[rule]],
            "rows": [],
        }
        for rule, n in found.refused.most_common()
    ]
    states = {"added": found.new, "duplicate": found.duplicates}
    return {
        "kind": Batch.Kind.FOLDER.value,
        "rows": files,
        "states": {state: n for state, n in states.items() if n},
        "problems": problems,
        "reasons": [],
        "twins": found.twins,
        "classes": [{"name": labels.get(slug, ""), "n": n} for slug, n in found.classes.most_common(CLASSES)],
        "formats": [{"name": name, "n": n} for name, n in found.formats.most_common()],
        "bytes": found.bytes,
        "short_sides": [min(found.short_sides), max(found.short_sides)] if found.short_sides else [],
    }
