"""Opening an export: what it tells of a release, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curation.services.exports.records import example, framed
from inference.folder import ModelClass
from tests.training.drawn import LICENCES, SOURCES, draw, write_checksums
from training.data.batches import evaluation_batches
from training.data.release import DataError, ReleaseData, check_classes, examples, open_release

JPEG = b"\xff\xd8\xff\xe0"


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change release.json, and the checksums with it."""
    path = folder / "release.json"
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))
    write_checksums(folder)


def write_record(folder: Path, shard: str, *records: bytes) -> None:
    """Put a shard of these records in the place of one."""
    (folder / shard).write_bytes(b"".join(map(framed, records)))
    write_checksums(folder)


def test_an_export_tells_its_classes_counts_and_files(data: ReleaseData) -> None:
    assert data.release == "drawn"
    assert [(one.name, one.slug) for one in data.classes] == [(f"Kind {n}", f"kind-{n}") for n in range(3)]
    assert data.splits == ("train", "test")
    assert (data.size("train"), data.size("test"), data.size("validate")) == (18, 6, 0)
    assert data.class_counts("train") == [6, 6, 6]
    assert all(file.exists() for split in data.splits for file in data.files[split])
    assert len(data.manifest_sha256) == 64
    if data.format == "tfrecord":
        assert [file.name for file in data.files["train"]] == [
            "drawn-48-train-00000-of-00002.tfr", "drawn-48-train-00001-of-00002.tfr"
        ]  # fmt: skip
        assert set(data.sha256) == {file.name for split in data.splits for file in data.files[split]}
    else:
        assert [file.name for file in data.files["test"]] == ["kind-0", "kind-1", "kind-2"]
        assert set(data.sha256) == {"labels.tsv"}


@pytest.mark.parametrize("data", ["tfrecord", "imagefolder"], indirect=True)
def test_examples_are_those_that_were_drawn(data: ReleaseData, request: pytest.FixtureRequest) -> None:
    drawn = draw(3, {"train": 18, "test": 6}, 48, seed=0, stretched=False)
    known = {one.id: (one.category, one.source, one.licence) for one in drawn if one.split == "test"}
    found = list(examples(data, "test"))
    assert {one.id: (one.category, one.source, one.licence) for one in found} == known
    assert {one.source for one in found} == set(SOURCES)
    assert {one.licence for one in found} == set(LICENCES)


def test_opening_and_listing_need_no_tensorflow(tfrecord: ReleaseData) -> None:
    code = (
        "import sys; from pathlib import Path; from training.data.augment import Augmentation\n"
        "from training.data.release import examples, open_release\n"
        f"print(len(list(examples(open_release(Path({str(tfrecord.folder)!r})), 'train'))))\n"
        "Augmentation.from_config('published'); print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["18", "False"]


def test_splits_that_are_not_there_or_empty_are_refused(data: ReleaseData) -> None:
    with pytest.raises(DataError, match="split must be one of train, test, validate, got 'all'"):
        open_release(data.folder, splits=["all"])
    with pytest.raises(DataError, match="'validate' must have pictures, it has none.*train, test"):
        open_release(data.folder, splits=["train", "validate"])
    with pytest.raises(DataError, match="'validate' must have pictures"):
        list(examples(data, "validate"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.update(vasculum_export=2), "vasculum_export must be 1, got 2"),
        (lambda f: f.update(format="dryad"), "format must be tfrecord or imagefolder, got 'dryad'"),
        (lambda f: f["classes"].pop(1), r"indices 0 to 1 .* classes\[1\] \(kind-2\) has 2"),
        (lambda f: f["classes"].reverse(), r"classes\[0\] \(kind-2\) has 2"),
        (lambda f: f["classes"][2].update(slug="kind-0"), "slugs of the classes must be .* distinct"),
        (lambda f: f["counts"]["train"].update({"kind-9": 1}), "counts must give .* 'kind-9': 1"),
        (lambda f: f["counts"]["train"].update({"kind-0": 0}), "counts must give 1 or more"),
        (lambda f: f.pop("classes"), "'classes' is missing"),
        (lambda f: f.pop("manifest_sha256"), "'manifest_sha256' is missing"),
        (
            lambda f: f["counts"]["train"].update({"kind-0": 4}),
            "'train' must hold its 10 .* hold 9",
        ),
        (lambda f: f["shards"].update(test={"../away.tfr": 3}), "without folders, got '../away.tfr'"),
    ],
)
def test_a_release_that_makes_no_sense_is_refused(
    shard_export: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    edit(shard_export, change)
    with pytest.raises(DataError, match=words) as caught:
        open_release(shard_export)
    assert str(shard_export / "release.json") in str(caught.value)


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is not an exported release: it has no release\.json"):
        open_release(tmp_path)
    (tmp_path / "release.json").write_text("{")
    with pytest.raises(DataError, match=r"release\.json must be JSON"):
        open_release(tmp_path)


def test_files_must_be_listed_and_there(shard_export: Path) -> None:
    shard = shard_export / "drawn-32-train-00001-of-00003.tfr"
    kept = shard.read_bytes()
    shard.unlink()
    with pytest.raises(DataError, match=rf"{shard.name} is missing; .*SHA256SUMS lists it"):
        open_release(shard_export)
    assert open_release(shard_export, splits=["test"]).size("test") == 3
    write_checksums(shard_export)
    shard.write_bytes(kept)
    with pytest.raises(DataError, match=rf"SHA256SUMS must list every file, {shard.name} is not in it"):
        open_release(shard_export)
    (shard_export / "SHA256SUMS").write_text("nonsense\n")
    with pytest.raises(DataError, match=r"SHA256SUMS: line 1 must be a checksum"):
        open_release(shard_export)


def test_a_picture_that_is_missing_is_named(folder_export: Path) -> None:
    gone = sorted((folder_export / "train" / "kind-1").iterdir())[1]
    gone.unlink()
    with pytest.raises(DataError, match=rf"train/kind-1/{gone.name} is missing"):
        open_release(folder_export)


def test_sums_are_compared_when_asked_for(shard_export: Path) -> None:
    shard = shard_export / "drawn-32-test.tfr"
    content = bytearray(shard.read_bytes())
    content[-20] ^= 1
    shard.write_bytes(content)
    open_release(shard_export)
    open_release(shard_export, splits=["train"], verify=True)
    with pytest.raises(DataError, match=rf"{shard.name}: SHA-256 must be [0-9a-f]{{64}}, got"):
        open_release(shard_export, verify=True)


def test_sums_of_pictures_are_compared_when_asked_for(folder_export: Path) -> None:
    open_release(folder_export, verify=True)
    picture = next((folder_export / "test" / "kind-2").iterdir())
    picture.write_bytes(picture.read_bytes() + b"\0")
    with pytest.raises(DataError, match=rf"{picture.name}: SHA-256 must be"):
        open_release(folder_export, verify=True)


def test_the_class_order_is_that_of_the_model(tfrecord: ReleaseData) -> None:
    check_classes(tfrecord, tfrecord.classes)
    check_classes(tfrecord, ["kind-0", "Kind 1", "kind-2"])
    check_classes(
        tfrecord, [ModelClass("Kind 0"), ModelClass("renamed", slug="kind-1"), ModelClass("Kind 2")]
    )
    with pytest.raises(
        DataError, match=r"class 1 must be .* release has 'kind-1' \(Kind 1\), m has 'kind-2'"
    ):
        check_classes(tfrecord, ["kind-0", "kind-2", "kind-1"], "m")
    with pytest.raises(DataError, match="class 0 must be .* the model has 'other'"):
        check_classes(tfrecord, [ModelClass("Kind 0", slug="other"), *tfrecord.classes[1:]])
    with pytest.raises(DataError, match="the release has 3 classes, the model has 2"):
        check_classes(tfrecord, tfrecord.classes[:2])


TRAIN_1 = "drawn-32-train-00001-of-00003.tfr"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda b: b[:-1], "record 2 of 3: damaged, the file ends within it"),
        (lambda b: b[: len(b) // 2], "record 1 of 3: damaged, the file ends within it"),
        (lambda b: b[:100] + b"\0\0" + b[102:], "record 0 of 3: damaged, its bytes do not fit"),
        (lambda b: b"\1" + b[1:], "record 0 of 3: damaged, its length does not fit"),
        (lambda b: b + b"\0\0\0", "record 3 of 3: damaged, its length does not fit"),
        (lambda b: b"", "must hold 3 records, it ends after 0"),
        (lambda b: b + b, "must hold 3 records, it ends after 6"),
    ],
)
def test_a_damaged_record_is_named(shard_export: Path, damage: Callable[[bytes], bytes], words: str) -> None:
    data = open_release(shard_export)
    shard = shard_export / TRAIN_1
    shard.write_bytes(damage(shard.read_bytes()))
    with pytest.raises(DataError, match=words) as caught:
        list(examples(data, "train"))
    assert str(shard) in str(caught.value)


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (example(JPEG, 3, "a", "s", "l"), "record 1: category must be 0 to 2, got 3"),
        (example(b"\x89PNG", 0, "a", "s", "l"), "record 1: image must be a JPEG"),
        (b"\xff\xff", "record 1: must be a tf.train.Example"),
        (b"", "record 1: must have the feature 'image'"),
        (example(JPEG, 0, "a", "s", "l").replace(b"licence", b"license"), "must have the feature 'licence'"),
    ],
)
def test_a_record_that_was_not_exported_is_named(shard_export: Path, record: bytes, words: str) -> None:
    data = open_release(shard_export)
    fine = example(JPEG, 0, "a", "s", "l")
    write_record(shard_export, TRAIN_1, fine, record, fine)
    with pytest.raises(DataError, match=words) as caught:
        list(examples(data, "train"))
    assert str(shard_export / TRAIN_1) in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("\tkind-1\t1\t", "\tkind-1\t2\t", "line [0-9]+: category must be .* got 'kind-1' with '2'"),
        ("\tkind-1\t1\t", "\tkind-7\t1\t", "got 'kind-7' with '1'"),
        (
            "train/kind-1/",
            "test/kind-1/",
            "line [0-9]+: path must be in a folder of a class of 'train', got 'te",
        ),
        ("\ttrain\t", "\tsurvey\t", "'kind-0' must have 3 pictures in 'train', it has 0"),
        ("category_index", "index", "must have the columns .* got none 'category_index'"),
        ("\n", '\n"', "cannot be read"),
    ],
)
def test_labels_that_do_not_fit_are_named(folder_export: Path, old: str, new: str, words: str) -> None:
    path = folder_export / "labels.tsv"
    path.write_text(path.read_text().replace(old, new))
    write_checksums(folder_export)
    with pytest.raises(DataError, match=words) as caught:
        open_release(folder_export)
    assert str(path) in str(caught.value)


def test_classes_of_records_are_as_many_as_the_release_says(shard_export: Path) -> None:
    data = open_release(shard_export)
    fine = [example(JPEG, category, "a", "s", "l") for category in (0, 1, 1)]
    write_record(shard_export, "drawn-32-test.tfr", *fine)
    with pytest.raises(DataError, match="shards of 'test' must hold 1 pictures of 'kind-1', they hold 2"):
        list(examples(data, "test"))
    with pytest.raises(DataError, match="shards of 'test' must hold 1 pictures of 'kind-1', they hold 2"):
        evaluation_batches(data, "test", image_size=24, batch=2)
