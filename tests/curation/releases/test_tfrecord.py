"""TFRecords: read by one who knows only image and category; sharded; in a fixed random order."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage

from curation.models import Image, Release
from curation.services.export import write_export
from curation.services.exports.tfrecord import shard_names
from curation.services.exports.training_jpeg import training_jpeg
from inference.preprocess import make_preprocessing
from training.records import read_records

pytestmark = pytest.mark.django_db


def labels(folder: Path) -> list[dict[str, str]]:
    with (folder / "labels.tsv").open(newline="") as file:
        return list(csv.DictReader(file, dialect="excel-tab"))


def test_a_reader_that_knows_only_image_and_category(release: Release, tmp_path: Path) -> None:
    write_export(release, "tfrecord", tmp_path / "out")
    for split, word in (("train", "train"), ("test", "test"), ("validate", "validation")):
        path = tmp_path / "out" / f"first-96-{word}.tfr"
        found = list(read_records([path]).as_numpy_iterator())
        assert all(image.shape == (96, 96, 3) and image.dtype == np.uint8 for image, _ in found)
        wanted = Counter(release.members.filter(split=split).values_list("category_index", flat=True))
        assert Counter(int(category) for _, category in found) == wanted
        # Each picture is the one that the labels name at this place.
        by_record = {int(row["record"]): row for row in labels(tmp_path / "out") if row["shard"] == path.name}
        for number, (image, category) in enumerate(found):
            assert by_record[number]["category_index"] == str(category)
            place = Image(sha256=by_record[number]["id"]).file_name("dataset")
            expected = make_preprocessing(96)(default_storage.open(place).read())
            assert np.abs(image - expected).mean() < 4  # JPEG at quality 94


def test_records_have_id_source_and_licence(release: Release, tmp_path: Path) -> None:
    import tensorflow as tf

    write_export(release, "tfrecord", tmp_path / "out", options={"shard_pictures": 4})
    shards = sorted(path.name for path in (tmp_path / "out").glob("*.tfr"))
    assert shards == [
        "first-96-test.tfr",
        "first-96-train-00000-of-00003.tfr",
        "first-96-train-00001-of-00003.tfr",
        "first-96-train-00002-of-00003.tfr",
        "first-96-validation.tfr",
    ]
    paths = [str(tmp_path / "out" / name) for name in shards]
    seen = {}
    for record in tf.data.TFRecordDataset(paths).as_numpy_iterator():
        features = tf.train.Example.FromString(record).features.feature
        # Map fields have no order of their own; written in this one, the bytes are the same each time.
        names = [b"category", b"id", b"image", b"licence", b"source"]
        assert sorted(names, key=lambda name: record.index(b"\x0a" + bytes([len(name)]) + name)) == names
        sha256, source, licence = (
            features[name].bytes_list.value[0].decode() for name in ("id", "source", "licence")
        )
        seen[sha256] = (source, licence, features["category"].int64_list.value[0])
    wanted = release.members.values_list("sha256", "source", "licence", "category_index")
    assert seen == {sha256: tuple(rest) for sha256, *rest in wanted}


def test_records_are_not_in_the_order_of_their_classes(release: Release, tmp_path: Path) -> None:
    write_export(release, "tfrecord", tmp_path / "out")
    categories = [
        int(c) for _, c in read_records([tmp_path / "out" / "first-96-train.tfr"]).as_numpy_iterator()
    ]
    assert categories != sorted(categories)


def test_shards_for_sizes_around_the_limit() -> None:
    release = Release(name="r")
    assert shard_names(release, "test", 0, 5) == []
    assert shard_names(release, "test", 5, 5) == ["r-96-test.tfr"]
    assert shard_names(release, "validate", 6, 5) == [
        "r-96-validation-00000-of-00002.tfr",
        "r-96-validation-00001-of-00002.tfr",
    ]


def test_a_picture_smaller_than_the_records_is_enlarged(drawn: list[bytes]) -> None:
    import io

    from PIL import Image as Pillow

    small = io.BytesIO()
    Pillow.open(io.BytesIO(drawn[0])).resize((30, 50)).save(small, "JPEG")
    with Pillow.open(io.BytesIO(training_jpeg(small.getvalue()))) as made:
        assert (made.format, made.size, made.mode) == ("JPEG", (96, 96), "RGB")


def test_the_reader_refuses_nothing_and_another_size(release: Release, tmp_path: Path) -> None:
    import tensorflow as tf

    with pytest.raises(ValueError, match="at least one"):
        read_records([])
    write_export(release, "tfrecord", tmp_path / "out")
    with pytest.raises(tf.errors.InvalidArgumentError):
        list(read_records([tmp_path / "out" / "first-96-test.tfr"], image_size=64))
