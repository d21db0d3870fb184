"""Check the shards of a `tfrecord` export, record by record. Imports TensorFlow when it is called."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curation.services.exports import tables, tfrecord
from curation.services.exports.check_archives import jpeg_problem
from curation.services.exports.check_tables import Finds, Form, Labels
from curation.services.progress import Progress

FORM = Form(tfrecord.TABLES, tfrecord.CHANGES, tfrecord.README_FILE, ("*.tfr",))
FEATURES = {"image", "category", "id", "source", "licence"}


def check(
    directory: Path, facts: Mapping[str, Any], labels: Labels, report: Finds, progress: Progress
) -> None:
    """Each record is the one that the labels name, in its place; none is missing or too many."""
    by_shard: defaultdict[str, dict[int, tuple[str, dict[str, str]]]] = defaultdict(dict)
    for sha256, line in labels.lines.items():
        if not line["record"].isdecimal():
            report.fault(tables.LABELS_FILE, f"{sha256}: record {line['record']!r} is not a number")
            continue
        by_shard[line["shard"]][int(line["record"])] = (sha256, line)
    shards = facts.get("shards", {})
    listed = {name: (split, n) for split, each in shards.items() for name, n in each.items()}
    present = {path.name for path in directory.glob("*.tfr")}
    for name in sorted(present - listed.keys()):
        report.fault(name, "is not among the shards of release.json")
    for name in sorted(by_shard.keys() - listed.keys()):
        report.fault(tables.LABELS_FILE, f"names the shard {name!r}, which release.json does not know")
    for name, (split, records) in sorted(listed.items()):
        expected = by_shard.get(name, {})
        if sorted(expected) != list(range(records)):
            report.fault(tables.LABELS_FILE, f"does not name the {records:,} records of {name} one by one")
        wrong = [sha256 for sha256, line in expected.values() if line["split"] != split]
        if wrong:
            report.fault(tables.LABELS_FILE, f"{wrong[0]} is in {name}, but not in the split {split}")
        if name in present:
            _check_shard(directory / name, expected, report, progress)
        else:
            report.fault(name, f"is missing; the labels name {len(expected):,} records in it")


def _check_shard(
    path: Path, expected: dict[int, tuple[str, dict[str, str]]], report: Finds, progress: Progress
) -> None:
    from training.backend import tf

    found = 0
    try:
        for record in tf.data.TFRecordDataset([str(path)]).as_numpy_iterator():
            if found not in expected:
                report.fault(path.name, f"record {found}: the labels know no such record")
            elif problem := _problem(tf, record, *expected[found]):
                report.fault(path.name, f"record {found} {problem} (picture {expected[found][0]})")
            found += 1
            report.pictures += 1
            progress.advance()
    except tf.errors.DataLossError as error:
        # TensorFlow's own check: each record has a CRC-32C of its length and of its data.
        words = error.message.partition(" [")[0]
        of = f" (picture {expected[found][0]})" if found in expected else ""
        report.fault(path.name, f"is damaged after record {found - 1}: {words}{of}")
        return
    if found < len(expected):
        report.fault(path.name, f"holds {found:,} records; the labels name {len(expected):,}")


def _problem(tf: Any, record: bytes, sha256: str, line: Mapping[str, str]) -> str:
    """What is wrong with one record; nothing where it is in order."""
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        features = tf.train.Example.FromString(record).features.feature
    except DecodeError:
        return "is not a tf.train.Example"
    if set(features) != FEATURES:
        return f"has the features {', '.join(sorted(features))}; expected {', '.join(sorted(FEATURES))}"
    if [str(n) for n in features["category"].int64_list.value] != [line["category_index"]]:
        return f"has another category than {line['category_index']}, which the labels give"
    for name, wanted in (("id", sha256), ("source", line["source"]), ("licence", line["licence"])):
        if list(features[name].bytes_list.value) != [wanted.encode()]:
            return f"has another {name} than {wanted}, which the labels give"
    images = list(features["image"].bytes_list.value)
    if len(images) != 1 or hashlib.sha256(images[0]).hexdigest() != line["file_sha256"]:
        return f"does not hold the picture of {sha256}: another SHA-256"
    return jpeg_problem(images[0], exactly=tfrecord.SIDE)
