"""The `tfrecord` format: TFRecord files of 96 x 96 JPEGs, as the published training scripts read them.

Each record is a tf.train.Example with `image` (JPEG bytes) and `category` (int64), and besides `id` (SHA-256
of the original), `source` and `licence` (bytes), which readers that do not ask for them pass over.

The records are made by the processes of `crew` (see `records`), without TensorFlow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Release
from curation.selectors import crosstab
from curation.services.exports import tables
from curation.services.exports.content import Content
from curation.services.exports.crew import Crew
from curation.services.exports.crew_files import LOST
from curation.services.exports.folder import ExportFile, finish, write_tables
from curation.services.exports.formats import SHARD_PICTURES
from curation.services.exports.output import Output
from curation.services.exports.pictures import Places, Said, chunks, lost
from curation.services.exports.records import Made, Task
from curation.services.exports.steady import steady
from curation.services.exports.training_jpeg import QUALITY, SIDE
from curation.services.progress import Progress

CHANGES = f"Changes: scaled to {SIDE} × {SIDE} pixels, aspect not kept, and saved as JPEG."
README_FILE = "README.md"
TABLES = {
    tables.LABELS_FILE: tables.TFRECORD_COLUMNS,
    tables.ATTRIBUTION_FILE: tables.ATTRIBUTION_COLUMNS,
}
OWN = ("id", "shard", "record", "file_sha256")
# As the published files are named.
SPLIT_WORDS = {"train": "train", "test": "test", "validate": "validation", "survey": "survey"}
AT_ONCE = 64  # pictures that a process is given together


def shard_names(release: Release, split: str, pictures: int, shard_pictures: int) -> list[str]:
    """NAME-96-train.tfr, or NAME-96-train-00000-of-00003.tfr and so on where there are several."""
    stem = f"{release.name}-{SIDE}-{SPLIT_WORDS[split]}"
    shards = -(-pictures // shard_pictures)
    if shards == 1:
        return [f"{stem}.tfr"]
    return [f"{stem}-{number:05d}-of-{shards:05d}.tfr" for number in range(shards)]


def write(
    content: Content, output: Output, progress: Progress, *, shard_pictures: int = SHARD_PICTURES
) -> list[ExportFile]:
    """Write everything; returns the list of files.

    The records of a split are shuffled by the release's seed (Content.shuffled), so that a reader need not
    shuffle all of it.
    """
    if shard_pictures < 1:
        raise ValueError(f"shard_pictures must be at least 1, got {shard_pictures}")
    shards: dict[str, dict[str, int]] = {}
    pictures = content.count("split")
    with Crew("curation.services.exports.records:made") as crew:
        for split in content.splits:
            rows = content.shuffled(split)
            for name in shard_names(content.release, split, pictures[split], shard_pictures):
                own = islice(rows, shard_pictures)
                shard = partial(_shard, own, crew, progress)
                shards.setdefault(split, {})[name] = output.make(name, shard, progress)
                deque(own, maxlen=0)  # those of a shard that was finished before
                progress.log(f"{name}: {shards[split][name]:,} records")
    folder = output.folder
    write_tables(content, folder, TABLES, (OWN, output.lines), CHANGES)
    (folder / README_FILE).write_bytes(readme(content, shards).encode())
    return finish(folder, content.facts(side=SIDE, shards=shards, shard_pictures=shard_pictures))


def _shard(rows: Iterable[Said], crew: Crew, progress: Progress, path: Path) -> Iterator[list[str]]:
    """One file of records; yields the cells of OWN for each."""
    number = 0
    with steady(path) as file:
        for some, made in crew.work(chunks(rows, AT_ONCE), _tasks):
            if made.fault:
                raise _refusal(some[len(made.sums)], made)
            file.write(made.records)
            for row, sha256 in zip(some, made.sums, strict=True):
                yield [row.sha256, path.name, str(number), sha256]
                number += 1
                progress.advance()


def _tasks(rows: list[Said]) -> list[Task]:
    """The process reads the file itself where there is one, else it gets what the storage gives."""
    places = Places()  # of this thread
    return [
        Task(places.path(row) or places.read(row), row.category_index, row.sha256, row.source, row.licence)
        for row in rows
    ]


def _refusal(row: Said, made: Made) -> Refused:
    if made.fault == LOST:
        return lost(row)
    return Refused(
        _(
            "Picture %(sha256)s (%(name)s) cannot be made smaller: %(problem)s. Put its file back from a "
            "backup."
        )
        % {"sha256": row.sha256, "name": row.original_name, "problem": made.fault}
    )


def readme(content: Content, shards: dict[str, dict[str, int]]) -> str:
    counts = crosstab.Crosstab.of(content.count("category", "source"))
    return render_to_string(
        "releases/readme/tfrecord.md",
        {
            "content": content,
            "crosstab": crosstab.to_markdown(counts),
            "shards": [
                (split, name, records) for split, each in shards.items() for name, records in each.items()
            ],
            "tables": [
                (name, [(column, tables.described(column)) for column in columns])
                for name, columns in TABLES.items()
            ],
            "side": SIDE,
            "quality": QUALITY,
        },
    )
