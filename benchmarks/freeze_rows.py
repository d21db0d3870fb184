"""Decided candidates to freeze from: 43 sources, 17 classes, near-duplicates, specimens, derived pictures.

python -m benchmarks.freeze_rows [--rows 300000] [--per-class 12288] [--order 0]

Fills the database that the environment names. The same rows for the same numbers, whatever --order says; that
says only in which order they are written, and so which ids they get.

Of the first class there are exactly --per-class pictures, most of them in groups, so that not one may be
lost; the others share the rest unevenly. About a tenth of all pictures are in near-duplicate groups of two to
four, a tenth are of specimens with two or three pictures, one in twenty was made from another. One in fifty
more is not decided, one in a hundred more is under a licence that is not accepted.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import uuid
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from benchmarks.summary import number

SOURCES = 43
LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-SA-4.0")


class Made(NamedTuple):
    """One picture. parent: number of what it was made from, -1 for none. label: index, -1 undecided."""

    sha256: str
    source: int
    licence: int
    group: str
    occurrence: str
    parent: int
    label: int


def rows(count: int, per_class: int, classes: int, seed: int = 89) -> list[Made]:
    """`count` decided pictures and some more, by their number. Needs per_class * classes <= count."""
    if per_class * classes > count:
        raise ValueError(f"{count:,} pictures are too few for {classes} classes of {per_class:,}")
    draw = random.Random(seed)
    made: list[Made] = []
    wholes: list[int] = []
    for label, supply in enumerate(_supplies(count, per_class, classes, draw)):
        last = len(made) + supply
        near, specimens = (0.444, 0.666) if label == 0 else (0.038, 0.084)
        while len(made) < last:
            kind, first, source = draw.random(), len(made), int(SOURCES * draw.random() ** 2)
            size = draw.choice((2, 3, 4)) if kind < near else draw.choice((2, 3)) if kind < specimens else 1
            derived = label and kind > 0.94
            licence = draw.randrange(len(LICENCES))
            parent = draw.choice(wholes) if derived else -1
            if parent >= 0:  # what was made from a picture has its source and licence
                source, licence = made[parent].source, made[parent].licence
            for n in range(first, min(first + size, last)):
                group = _sha256(first if kind < near else n)
                specimen = f"urn:specimen:{first}" if near <= kind < specimens else ""
                made.append(Made(_sha256(n), source, licence, group, specimen, parent, label))
                if parent < 0:
                    wholes.append(n)
    for n in range(count, count + count // 50 + count // 100):
        label = -1 if n < count + count // 50 else draw.randrange(classes)
        licence = draw.randrange(len(LICENCES)) if label < 0 else len(LICENCES)
        made.append(Made(_sha256(n), draw.randrange(SOURCES), licence, _sha256(n), "", -1, label))
    return made


def _supplies(count: int, per_class: int, classes: int, draw: random.Random) -> list[int]:
    """per_class for each; what is over goes to all but the first, to some more than to others."""
    found = [per_class] * classes
    for _ in range(count - per_class * classes):
        found[min(1 + int((classes - 1) * draw.random() ** 1.5), classes - 1)] += 1
    return found


def _sha256(n: int) -> str:
    return hashlib.sha256(f"picture {n}".encode()).hexdigest()


def fill(project: Any, made: list[Made], order: int = 0) -> None:
    """Write them into an empty database in a random order that `order` says. Django must be set up."""
    from curation.models import Batch, Candidate, Decision, Image, Licence, Source, User, Vote
    from curation.services.licences import licence_named

    labels = dict(project.classes.values_list("index", "pk"))
    places = list(range(SOURCES))
    draw = random.Random(order)
    draw.shuffle(places)
    sources = dict(
        zip(
            places,
            Source.objects.bulk_create(Source(code=f"S{n}", name=f"Source {n}") for n in places),
            strict=True,
        )
    )
    licences = [licence_named(each) for each in LICENCES]
    licences.append(Licence.objects.create(code="CC-BY-ND", version="4.0", title="No derivatives"))
    batch = Batch.objects.create(origin="benchmark")
    user = User.objects.create(username="reviewer", role="curator")
    numbers = list(range(len(made)))
    draw.shuffle(numbers)
    numbers.sort(key=lambda n: made[n].parent >= 0)  # a parent comes before what was made from it
    ids = {n: at for at, n in enumerate(numbers, 1)}
    decided = [n for n in numbers if made[n].label >= 0]
    votes = {n: uuid.UUID(int=ids[n]) for n in decided}

    def image(n: int) -> dict[str, Any]:
        row = made[n]
        return {
            "id": ids[n], "sha256": row.sha256, "dhash": n, "format": "JPEG", "extension": "jpg",
            "width": 800, "height": 1200, "bytes": 1000, "original_name": f"{row.label}/{n}.jpg",
            "source_id": sources[row.source].pk, "licence_id": licences[row.licence].pk, "group": row.group,
            "batch_id": batch.pk, "occurrence_id": row.occurrence, "rights_holder": f"Museum {row.source}",
            "access_uri": f"https://example.org/{n}.jpg", "scientific_name": f"Species {n % 9000}",
            "parent_id": ids[row.parent] if row.parent >= 0 else None,
            "made_by": "corruption" if row.parent >= 0 else "",
        }  # fmt: skip

    def candidate(n: int) -> dict[str, Any]:
        label = made[n].label
        return {
            "id": ids[n], "project_id": project.pk, "image_id": ids[n],
            **({"state": "decided", "label_id": labels[label], "decision_id": ids[n], "votes": 1}
               if label >= 0 else {}),
        }  # fmt: skip

    copy_rows(Image, map(image, numbers))
    copy_rows(Candidate, map(candidate, numbers))
    copy_rows(
        Vote,
        (
            {"id": votes[n], "candidate_id": ids[n], "user_id": user.pk, "kind": "label",
             "label_id": labels[made[n].label]}
            for n in decided
        ),
    )  # fmt: skip
    copy_rows(
        Decision,
        (
            {"id": ids[n], "candidate_id": ids[n], "label_id": labels[made[n].label], "rule": "votes",
             "vote_id": votes[n]}
            for n in decided
        ),
    )  # fmt: skip


def copy_rows(model: Any, given: Iterable[dict[str, Any]]) -> None:
    """Insert rows with COPY; columns that no row names have the field's default. Ids follow from here on."""
    from django.db import connection
    from django.utils import timezone
    from psycopg.types.json import Jsonb

    defaults: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.has_db_default():
            continue
        value = timezone.now() if getattr(field, "auto_now_add", False) else field.get_default()
        defaults[field.column] = Jsonb(value) if isinstance(value, dict) else value
    columns = ", ".join(f'"{column}"' for column in defaults)

    def lines() -> Iterator[list[Any]]:
        for row in given:
            yield [row.get(column, value) for column, value in defaults.items()]

    table = model._meta.db_table
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for line in lines():
                copy.write_row(line)
        if model._meta.pk.get_internal_type() == "BigAutoField":
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.freeze_rows", description=__doc__)
    parser.add_argument("--rows", type=number, default=300_000)
    parser.add_argument("--per-class", type=number, default=12_288)
    parser.add_argument("--order", type=int, default=0)
    arguments = parser.parse_args()
    import django

    django.setup()
    from django.db import connection, transaction

    from curation.services.projects import ensure_herbariograph

    project, _ = ensure_herbariograph()
    made = rows(arguments.rows, arguments.per_class, project.classes.count())
    with transaction.atomic():
        fill(project, made, arguments.order)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    grouped = sum(row.group != row.sha256 for row in made)
    print(f"{len(made):,} pictures, {grouped:,} near-duplicates of another")
    return 0


if __name__ == "__main__":
    sys.exit(main())
