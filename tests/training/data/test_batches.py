"""Batches: the pixels that a model sees when it predicts, and an order that follows from seed and epoch."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.preprocess import make_preprocessing
from training.backend import tf
from training.data.augment import Augmentation
from training.data.batches import evaluation_batches, training_batches
from training.data.damage import named_damage
from training.data.labels import read_labels
from training.data.ops import OPS
from training.data.release import DataError, ReleaseData, examples, open_release
from training.data.shards import read_shard

EVERYTHING = {
    "ops": [{"name": name, "probability": 0.5} for name in sorted(OPS)],
    "mixup": {"lambda": "beta"},
}


def files_of(data: ReleaseData, split: str) -> list[bytes]:
    """The JPEGs in the order of `examples`."""
    if data.format == "imagefolder":
        return [(data.folder / line.path).read_bytes() for line in read_labels(data, split)]
    return [
        record.image
        for shard in data.files[split]
        for record in read_shard(shard, data.records[shard.name], len(data.classes))
    ]


def digest(batches: tf.data.Dataset) -> str:
    found = hashlib.sha256()
    for pictures, targets in batches:
        found.update(pictures.numpy().tobytes() + targets.numpy().tobytes())
    return found.hexdigest()


def train(data: ReleaseData, **changes: Any) -> tf.data.Dataset:
    options: dict[str, Any] = {
        "split": "train", "image_size": 24, "batch": 5, "seed": 7, "epoch": 0,
        "augment": Augmentation.from_config("published"),
    }  # fmt: skip
    return training_batches(data, **options | changes)


@pytest.mark.parametrize("image_size", [48, 96, 33])
def test_evaluation_sees_what_prediction_sees(data: ReleaseData, image_size: int) -> None:
    preprocess = make_preprocessing(image_size)
    expected = np.stack([preprocess(each) for each in files_of(data, "test")])
    batches = evaluation_batches(data, "test", image_size=image_size, batch=4)
    found = [(pictures.numpy(), categories.numpy()) for pictures, categories in batches]
    assert len(batches) == 2
    assert [len(pictures) for pictures, _ in found] == [4, 2]
    pictures = np.concatenate([each for each, _ in found])
    assert pictures.dtype == np.float32
    assert (pictures == expected).all()
    categories = np.concatenate([each for _, each in found])
    assert categories.dtype == np.int64
    assert categories.tolist() == [one.category for one in examples(data, "test")]


def test_pictures_of_192_pixels_are_made_smaller_as_when_predicting(imagefolder: ReleaseData) -> None:
    sizes = {tf.io.decode_jpeg(each).shape[:2] for each in files_of(imagefolder, "test")}
    assert (192, 192) in sizes
    assert len(sizes) > 1


def test_training_has_each_picture_once_with_its_class(data: ReleaseData) -> None:
    batches = train(data, augment=None, image_size=33)
    preprocess = make_preprocessing(33)
    known = {
        preprocess(each).tobytes(): one.category
        for each, one in zip(files_of(data, "train"), examples(data, "train"), strict=True)
    }
    found = [(p.numpy(), t.numpy()) for p, t in batches]
    assert len(batches) == 4
    assert [len(p) for p, _ in found] == [5, 5, 5, 3]
    seen = {p.tobytes(): t for pictures, targets in found for p, t in zip(pictures, targets, strict=True)}
    assert seen.keys() == known.keys()
    for picture, target in seen.items():
        assert target.tolist() == [float(n == known[picture]) for n in range(3)]
    assert [p.tobytes() for pictures, _ in found for p in pictures] != list(known)


def test_an_epoch_can_be_had_again(data: ReleaseData) -> None:
    first = train(data)
    expected = digest(first)
    assert digest(first) == expected
    tf.random.set_seed(99)
    assert digest(train(data)) == expected
    assert digest(train(data, epoch=1)) != expected
    assert digest(train(data, seed=8)) != expected


def test_every_op_gives_the_same_however_many_threads_there_are(tfrecord: ReleaseData) -> None:
    everything = Augmentation.from_config(EVERYTHING)
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    options.autotune.enabled = False
    alone = train(tfrecord, augment=everything).with_options(options)
    tf.random.set_seed(98)
    assert digest(alone) == digest(train(tfrecord, augment=everything))


def test_another_process_sees_the_same(tfrecord: ReleaseData) -> None:
    code = (
        "from pathlib import Path; from training.data import shards; shards.CHUNK = 3\n"
        "from tests.training.data.test_batches import digest, train; from training.backend import tf\n"
        "from training.data.release import open_release; tf.random.set_seed(5)\n"
        "tf.config.threading.set_inter_op_parallelism_threads(1)\n"
        f"print(digest(train(open_release(Path({str(tfrecord.folder)!r})))))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout.split() == [digest(train(tfrecord))], done.stderr


def test_order_and_augmentation_change_from_epoch_to_epoch(data: ReleaseData) -> None:
    def order(epoch: int) -> list[bytes]:
        batches = train(data, augment=None, epoch=epoch)
        return [picture.tobytes() for pictures, _ in batches for picture in pictures.numpy()]

    orders = [order(epoch) for epoch in range(3)]
    assert len({tuple(each) for each in orders}) == 3
    assert len({frozenset(each) for each in orders}) == 1
    # A shard is not read from its start: what comes first changes, too.
    assert len({each[0] for each in orders}) > 1


def test_each_place_of_each_epoch_has_chances_of_its_own(tfrecord: ReleaseData) -> None:
    preprocess = make_preprocessing(48)
    stored = {preprocess(each).tobytes() for each in files_of(tfrecord, "train")}
    flip = Augmentation.from_config({"ops": [{"name": "flip_left_right", "probability": 0.5}]})

    def flipped(epoch: int) -> list[bool]:
        batches = train(tfrecord, augment=flip, image_size=48, epoch=epoch)
        return [picture.tobytes() not in stored for pictures, _ in batches for picture in pictures.numpy()]

    first = flipped(0)
    assert 4 <= sum(first) <= 14
    assert flipped(0) == first
    assert flipped(1) != first


def test_order_does_not_hang_on_the_buffer_alone(tfrecord: ReleaseData) -> None:
    batches = train(tfrecord, augment=None, image_size=48, shuffle_buffer=1)
    found = [picture.tobytes() for pictures, _ in batches for picture in pictures.numpy()]
    preprocess = make_preprocessing(48)
    stored = [preprocess(each).tobytes() for each in files_of(tfrecord, "train")]
    places = [stored.index(each) for each in found]
    assert sorted(places) == list(range(18))
    # Parts of three records are taken in turn: neighbours in the shards are no neighbours here.
    assert not any(after == before + 1 for before, after in zip(places, places[1:], strict=False))


def test_repeated_pictures_are_shuffled_and_augmented_anew(tfrecord: ReleaseData) -> None:
    batches = train(tfrecord, augment=None, image_size=48, repeat=2)
    pictures = [picture.tobytes() for some, _ in batches for picture in some.numpy()]
    assert len(batches) == 8
    assert sorted(pictures[:18]) == sorted(pictures[18:])
    assert pictures[:18] != pictures[18:]
    crop = Augmentation.from_config({"ops": [{"name": "random_resized_crop"}]})
    cropped = train(tfrecord, augment=crop, image_size=48, repeat=2)
    assert len({picture.tobytes() for some, _ in cropped for picture in some.numpy()}) == 36


def test_nothing_to_do_is_as_none(data: ReleaseData) -> None:
    off = {"ops": [{"name": name, "probability": 0} for name in OPS], "mixup": {"probability": 0}}
    expected = digest(train(data, augment=None))
    assert digest(train(data, augment=Augmentation.from_config("none"))) == expected
    assert digest(train(data, augment=Augmentation.from_config(off))) == expected


def test_numbers_that_make_no_sense_are_refused(tfrecord: ReleaseData) -> None:
    for name, value in (("batch", 0), ("image_size", 0), ("repeat", 0), ("seed", -1), ("epoch", True)):
        with pytest.raises(ValueError, match=f"{name} must be a whole number of at least [01], got {value}"):
            train(tfrecord, **{name: value})
    with pytest.raises(DataError, match="'validate' must have pictures"):
        train(tfrecord, split="validate")
    with pytest.raises(DataError, match="'validate' must have pictures"):
        evaluation_batches(tfrecord, "validate", image_size=24, batch=2)


def test_damaged_records_are_named_before_the_first_batch(shard_export: Path) -> None:
    data = open_release(shard_export)
    shard = data.files["train"][1]
    shard.write_bytes(shard.read_bytes()[:-1])
    for make in (
        lambda: train(data),
        lambda: evaluation_batches(data, "train", image_size=24, batch=2),
    ):
        with pytest.raises(DataError, match=rf"{shard.name}, record 2 of 3: damaged, the file ends"):
            make()


def test_a_picture_that_cannot_be_decoded_is_named(folder_export: Path) -> None:
    data = open_release(folder_export)
    picture = data.folder / [line.path for line in read_labels(data, "train")][4]
    picture.write_bytes(picture.read_bytes()[:200])
    batches = evaluation_batches(data, "train", image_size=24, batch=2)
    with pytest.raises(DataError, match=rf"{picture.name} can't be decoded"), named_damage(data, "train"):
        list(batches)
    picture.unlink()
    with pytest.raises(DataError, match=rf"{picture.name} cannot be read"), named_damage(data, "train"):
        list(batches)


def test_an_error_of_another_cause_is_left_as_it_is(tfrecord: ReleaseData) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError), named_damage(tfrecord, "train"):
        tf.debugging.assert_equal(1, 2)
