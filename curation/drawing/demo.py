"""Sets of drawn pictures with the records a collection would give: a stream, or a folder on disk."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from curation.drawing.mark import jpeg_bytes, marked
from curation.drawing.registry import CLASS_SLUGS, catalog_number, class_index, render
from curation.drawing.sources import source_of
from curation.drawing.taxa import names

SECOND_VIEWS = 0.031
"""Share of the pictures that show a specimen a second time."""
_SEEDS_PER_SET = 1_000_000
COLUMNS = (
    "file", "category", "source", "sourceName", "licence", "rightsHolder", "catalogNumber", "occurrenceID",
    "scientificName", "family", "genus",
)  # fmt: skip


def draw(slug: str, seed: int, *, short_side: int = 768) -> Image.Image:
    """A picture of a class, RGB, `short_side` pixels across its short side, marked as drawn.

    The same arguments give the same pixels on every run; another size gives the same composition.
    Raises ValueError for an unknown slug, a negative seed, or fewer than 32 pixels.
    """
    return marked(render(slug, seed, short_side))


def second_view(image: Image.Image, seed: int) -> Image.Image:
    """The same thing photographed again: a closer crop and another exposure."""
    rng = np.random.default_rng([seed, 5])
    left, top, right, bottom = rng.uniform(0.01, 0.06, 4) * (
        image.width,
        image.height,
        image.width,
        image.height,
    )
    again = image.resize(
        image.size, Image.Resampling.BILINEAR, box=(left, top, image.width - right, image.height - bottom)
    )
    return ImageEnhance.Brightness(again).enhance(float(rng.choice([0.86, 1.12])))


@dataclass(frozen=True)
class Drawn:
    """One picture of a demo set: its record; the pixels are drawn when asked for."""

    slug: str
    seed: int
    source_code: str
    source_name: str
    licence: str
    catalog_number: str
    occurrence_id: str
    scientific_name: str
    family: str
    genus: str
    rights_holder: str
    file_name: str
    view: int = 1
    """2 for a second photograph of the specimen."""

    def image(self, short_side: int = 768) -> Image.Image:
        plain = render(self.slug, self.seed, short_side)
        return marked(plain if self.view == 1 else second_view(plain, self.seed))

    def jpeg(self, short_side: int = 768, quality: int = 92) -> bytes:
        return jpeg_bytes(self.image(short_side), quality, f"{self.rights_holder}, {self.licence}")


def _again(index: int, seed: int, position: int) -> bool:
    """Whether this position shows the specimen before it once more; never twice running."""

    def low(place: int) -> bool:
        return bool(np.random.default_rng([index, seed, place, 4]).uniform() < SECOND_VIEWS)

    return position > 3 and low(position) and not low(position - 1)


def drawn_at(slug: str, seed: int, position: int) -> Drawn:
    """The picture at a position (from 0) of a class in the set of this seed."""
    again = _again(class_index(slug), seed, position)
    original = position - 1 if again else position
    picture_seed = seed * _SEEDS_PER_SET + original
    source = source_of(slug, seed, original)
    family, genus, scientific_name = names(slug, picture_seed)
    number = catalog_number(slug, picture_seed)
    view = 2 if again else 1
    return Drawn(
        slug=slug,
        seed=picture_seed,
        source_code=source.code,
        source_name=source.name,
        licence=source.licence,
        catalog_number=number,
        occurrence_id=f"urn:catalog:{source.code}:{number}",
        scientific_name=scientific_name,
        family=family,
        genus=genus,
        rights_holder=source.name,
        file_name=f"{source.code}-{number}{'-2' if again else ''}.jpg",
        view=view,
    )


def demo_set(per_class: int, seed: int = 1, classes: Sequence[str] | None = None) -> Iterator[Drawn]:
    """`per_class` pictures of each class, one of every class in turn.

    A larger set of the same seed begins with the smaller one. Nothing is drawn until `image` or `jpeg` is
    called, so any number can be streamed. `classes` picks slugs (all 17 without it).
    """
    if not 0 <= per_class <= _SEEDS_PER_SET:
        raise ValueError(f"per_class must be between 0 and {_SEEDS_PER_SET}; got {per_class}.")
    chosen = CLASS_SLUGS if classes is None else tuple(classes)
    for slug in chosen:
        class_index(slug)
    return (drawn_at(slug, seed, position) for position in range(per_class) for slug in chosen)


def write_whole(path: Path, content: bytes) -> None:
    """The file appears whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _row(item: Drawn) -> tuple[str, ...]:
    """What `COLUMNS` name."""
    where = (f"{item.slug}/{item.file_name}", item.slug, item.source_code, item.source_name)
    rights = (item.licence, item.rights_holder)
    return (
        *where,
        *rights,
        item.catalog_number,
        item.occurrence_id,
        item.scientific_name,
        item.family,
        item.genus,
    )


def write_folder(
    directory: Path | str, per_class: int, seed: int = 1, *, short_side: int = 768
) -> list[Path]:
    """JPEGs in a subfolder per class, and `labels.tsv` with one row each (columns: `COLUMNS`).

    `file` is relative to `directory`. Returns the pictures' paths in the order of the rows. The table is
    written last: where it stands, the pictures are complete.
    """
    root = Path(directory)
    for slug in CLASS_SLUGS:
        (root / slug).mkdir(parents=True, exist_ok=True)
    table = io.StringIO()
    rows = csv.writer(table, delimiter="\t", lineterminator="\n")
    rows.writerow(COLUMNS)
    paths = []
    for item in demo_set(per_class, seed):
        path = root / item.slug / item.file_name
        write_whole(path, item.jpeg(short_side))
        paths.append(path)
        rows.writerow(_row(item))
    write_whole(root / "labels.tsv", table.getvalue().encode())
    return paths
