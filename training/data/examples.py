"""What is known of each picture of a split, besides its pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.data.description import ReleaseData


@dataclass(frozen=True, slots=True)
class Example:
    """One picture. id: SHA-256 of the original; category: its class, from 0; source: code of who published
    it; licence: SPDX identifier."""

    id: str
    category: int
    source: str
    licence: str


def examples(data: ReleaseData, split: str) -> Iterator[Example]:
    """The pictures of a split in the order of `evaluation_batches`, read as they are asked for.

    Raises DataError where something does not fit: a damaged record, a category outside the classes, more or
    fewer pictures than release.json counts. Needs no TensorFlow.
    """
    data.check_split(split)
    if data.format == "tfrecord":
        from training.data.shards import read_shard

        found: Counter[int] = Counter()
        for shard in data.files[split]:
            for record in read_shard(shard, data.records[shard.name], len(data.classes)):
                found[record.example.category] += 1
                yield record.example
        data.check_counts(split, found)
    else:
        from training.data.labels import read_labels

        for line in read_labels(data, split):
            yield line.example
