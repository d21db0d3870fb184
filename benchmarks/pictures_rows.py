"""Releases of drawn 192-pixel JPEGs in an empty database, with real files, for benchmarks of exports."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, cast

CLASSES, SOURCES = 17, 43
STEP = CLASSES * 12  # a class is split 10 : 1 : 1
DRAWN = 204  # different pictures


def whole(pictures: int) -> int:
    """The largest number up to `pictures` that can be balanced."""
    return max(pictures // STEP, 1) * STEP


def fill(sizes: Iterable[int], media: Path, *, seed: int = 89) -> dict[int, str]:
    """A release for each size, of the first pictures of the largest; size -> name. Django must be set up."""
    sizes = sorted({whole(size) for size in sizes})
    hashes = [hashlib.sha256(f"{seed}:{n}".encode()).hexdigest() for n in range(sizes[-1])]
    give_files(hashes, media)
    project, images = _images(hashes, seed)
    return {size: _release(project, images[:size], seed) for size in sizes}


def give_files(hashes: list[str], media: Path) -> None:
    """A file for each picture, none a link to another: they are read from as many places."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        drawn = list(pool.map(_drawn, range(DRAWN), chunksize=4))
    for folder in {sha256[:2] for sha256 in hashes}:
        (media / "dataset" / folder).mkdir(parents=True, exist_ok=True)
    for number, sha256 in enumerate(hashes):
        path = media / "dataset" / sha256[:2] / f"{sha256}.jpg"
        path.write_bytes(drawn[number % DRAWN])


def _drawn(number: int) -> bytes:
    """The dataset rendition of a drawn picture: about 19 kB, on the heavy side for a scan of a sheet."""
    from curation.drawing import CLASS_SLUGS, draw
    from curation.imaging.renditions import DATASET, make_renditions

    picture = draw(CLASS_SLUGS[number % CLASSES], number, short_side=384)
    return make_renditions(picture)[DATASET.name]


def _images(hashes: list[str], seed: int) -> tuple[Any, list[Any]]:
    """The project, and each image as (id, sha256, source, licence, class index)."""
    from django.utils import timezone

    from curation.models import Batch, Image, Source
    from curation.services.licences import licence_named
    from curation.services.projects import ensure_herbariograph

    draw = random.Random(seed)
    project, _ = ensure_herbariograph()
    sources = Source.objects.bulk_create(Source(code=f"S{n}", name=f"Source {n}") for n in range(SOURCES))
    batch = Batch.objects.create(origin="benchmark")
    licences = [licence_named(code) for code in ("CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-SA-4.0")]
    chosen = [
        (sources[int(SOURCES * draw.random() ** 2)], licences[number % 4]) for number in range(len(hashes))
    ]
    now = timezone.now()
    copy_in(
        Image,
        {"format": "JPEG", "extension": "jpg", "width": 800, "height": 1200, "bytes": 1000,
         "batch_id": batch.pk, "making": "{}", "group_settled": False, "representative": False,
         "created_at": now},
        (
            {"sha256": sha256, "dhash": number, "original_name": f"{number}.jpg", "group": sha256,
             "source_id": source.pk, "licence_id": licence.pk, "rights_holder": source.name,
             "catalog_number": f"{number:07d}", "occurrence_id": f"urn:catalog:{source.code}:{number:07d}",
             "access_uri": f"https://media.example.org/{number}.jpg",
             "further_information_url": f"https://collections.example.org/{number}",
             "scientific_name": f"Genus{number % 900} species{number % 9} L."}
            for number, (sha256, (source, licence)) in enumerate(zip(hashes, chosen, strict=True))
        ),
    )  # fmt: skip
    return project, list(Image.objects.order_by("dhash").select_related("source", "licence").iterator(2_000))


def _release(project: Any, images: list[Any], seed: int) -> str:
    from curation.models import Release, ReleaseMember
    from curation.services import manifest

    labels = list(project.classes.order_by("index"))
    each = len(images) // CLASSES
    train, other = each * 10 // 12, each // 12
    release = Release.objects.create(
        name=f"benchmark-{len(images)}", project=project, seed=seed, train=train, test=other, validate=other,
        software="benchmark",
    )  # fmt: skip
    splits = ["train"] * train + ["test"] * other + ["validate"] * other
    copy_in(
        ReleaseMember,
        {"release_id": release.pk},
        (
            {"image_id": image.pk, "split": splits[number // CLASSES], "sha256": image.sha256,
             "category_index": label.index, "category": label.slug, "category_name": label.name,
             "source": image.source.code, "source_kind": image.source.kind, "licence": image.licence.code,
             "licence_url": image.licence.url, "rights_holder": image.rights_holder,
             "access_uri": image.access_uri, "further_information_url": image.further_information_url,
             "occurrence_id": image.occurrence_id, "catalog_number": image.catalog_number,
             "scientific_name": image.scientific_name, "original_name": image.original_name,
             "leak_group": image.group}
            for number, image in enumerate(images)
            for label in [labels[number % CLASSES]]
        ),
    )  # fmt: skip
    release.manifest_sha256 = manifest.sha256_of_lines(manifest.stored_lines(release))
    release.save(update_fields=["manifest_sha256"])
    return release.name


def copy_in(model: Any, same: dict[str, Any], rows: Iterable[dict[str, Any]]) -> None:
    """Rows by COPY. same: columns that all have in common; text columns that are not named are empty."""
    from django.db import connection, models

    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    empty = {
        field.column: "" if isinstance(field, models.CharField) and not field.null else None
        for field in fields
    }
    columns = list(empty)

    def lines() -> Iterator[list[Any]]:
        for row in rows:
            values = empty | same | row
            yield [values[column] for column in columns]

    names = ", ".join(f'"{column}"' for column in columns)
    with (
        connection.cursor() as cursor,
        cast(Any, cursor).copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as copy,
    ):
        for line in lines():
            copy.write_row(line)
