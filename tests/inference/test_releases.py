"""Exports of a release as pictures: the same ones in each format, from any place on, and no damaged ones."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.errors import InputError, PictureError
from inference.inputs import Picture, read_picture
from inference.releases import release_source
from tests.inference.exports import make_dryad_export
from tests.training.drawn import make_imagefolder_export, make_tfrecord_export, write_checksums

SPLITS = {"train": 5, "test": 4, "validate": 3}


def _tfrecord(folder: Path) -> Path:
    return make_tfrecord_export(folder, per_split=SPLITS, shard_pictures=2)


FORMATS: dict[str, Callable[[Path], Path]] = {
    "tfrecord": _tfrecord,
    "imagefolder": lambda folder: make_imagefolder_export(folder, per_split=SPLITS),
    "dryad": lambda folder: make_dryad_export(folder, per_split=SPLITS),
}
all_formats = pytest.mark.parametrize("form", FORMATS)


def _known(folder: Path, *splits: str) -> dict[str, str]:
    """Id -> name of the class, of some splits."""
    facts = json.loads((folder / "release.json").read_text())
    names = {one["slug"]: one["name"] for one in facts["classes"]}
    with (folder / "labels.tsv").open(newline="") as stream:
        rows = csv.DictReader(stream, dialect="excel-tab")
        return {row["id"]: names[row["category"]] for row in rows if row["split"] in splits}


def _edit(folder: Path, **changes: object) -> None:
    file = folder / "release.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@all_formats
def test_pictures_with_ids_and_classes(form: str, tmp_path: Path) -> None:
    folder = FORMATS[form](tmp_path / "out")
    for split, wanted in ((None, tuple(SPLITS)), ("test", ("test",))):
        source = release_source(folder, split)
        found = list(source.begin(0))
        assert source.pictures == len(found) == sum(SPLITS[each] for each in wanted)
        assert {one.id: one.truth for one in found} == _known(folder, *wanted)
        assert all(read_picture(one)[:2] == b"\xff\xd8" for one in found)
        assert len({one.file for one in found}) == len(found)
        for start in range(len(found) + 1):
            assert list(source.begin(start)) == found[start:]
    assert source.classes == ("Kind 0", "Kind 1", "Kind 2")


@all_formats
def test_the_listing_changes_with_the_split_and_the_files(form: str, tmp_path: Path) -> None:
    folder = FORMATS[form](tmp_path / "out")
    sums = {release_source(folder, split).sha256 for split in (None, *SPLITS)}
    assert len(sums) == 4
    assert release_source(folder).sha256 in sums
    (folder / "more.txt").touch()
    write_checksums(folder)
    assert release_source(folder).sha256 not in sums


@all_formats
def test_a_damaged_picture_is_a_fault_of_its_own(form: str, tmp_path: Path) -> None:
    folder = FORMATS[form](tmp_path / "out")
    first = next(release_source(folder, "test").begin(0))
    file = first.content if isinstance(first.content, Path) else folder / first.file.partition("#")[0]
    content = bytearray(file.read_bytes())
    content[content.index(b"\xff\xd8\xff") + 40] ^= 1
    file.write_bytes(content)

    def read(picture: Picture) -> str:
        try:
            return f"{len(read_picture(picture))} bytes"
        except PictureError as error:
            return str(error)

    found = [read(one) for one in release_source(folder, "test").begin(0)]
    assert len(found) == 4
    said = {"tfrecord": "CRC-32C does not fit", "imagefolder": "SHA-256 must be", "dryad": "Bad CRC-32"}[form]
    assert said in found[0]
    assert all("bytes" in one and "SHA" not in one for one in found[1:])


def test_pictures_that_are_not_there(tmp_path: Path) -> None:
    folder = FORMATS["dryad"](tmp_path / "out")
    labels = folder / "labels.tsv"
    labels.write_text(labels.read_text().replace("kind-0/", "kind-0/x"))
    faults = {one.fault for one in release_source(folder).begin(0) if one.truth == "Kind 0"}
    assert faults == {"not in the archive"}
    (folder / "kind-1.zip").write_bytes(b"no zip")
    with pytest.raises(InputError, match="kind-1.zip is damaged: File is not a zip file"):
        list(release_source(folder).begin(0))
    (folder / "kind-1.zip").unlink()
    with pytest.raises(InputError, match=r"kind-1.zip is missing; labels.tsv names"):
        list(release_source(folder).begin(0))


def test_shards_must_hold_what_is_listed(tmp_path: Path) -> None:
    folder = FORMATS["tfrecord"](tmp_path / "out")
    shards = json.loads((folder / "release.json").read_text())["shards"]
    name = next(iter(shards["test"]))
    for records in (1, 3):
        _edit(folder, shards=shards | {"test": shards["test"] | {name: records}})
        with pytest.raises(InputError, match=f"{name}: must hold the {records} records .* got 2"):
            list(release_source(folder, "test").begin(0))
    _edit(folder, shards=shards | {"test": {"../some.tfr": 1}})
    with pytest.raises(InputError, match=r"must lie inside the export, got '\.\./some\.tfr'"):
        release_source(folder)
    _edit(folder, shards=shards)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1])
    with pytest.raises(InputError, match=f"{name}: the file ends inside record 1"):
        list(release_source(folder, "test").begin(0))
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name} is missing; release.json lists it"):
        release_source(folder)


def test_a_class_that_the_release_does_not_know(tmp_path: Path) -> None:
    classes = [{"index": 0, "slug": "kind-0", "name": "Kind 0"}]
    for form, reason in (
        ("tfrecord", "category of .*#[01] must be one of release.json"),
        ("imagefolder", "category must be one of release.json, got 'kind-1'"),
    ):
        folder = FORMATS[form](tmp_path / form)
        _edit(folder, classes=classes)
        with pytest.raises(InputError, match=reason):
            list(release_source(folder).begin(0))


def test_labels_must_stay_inside(tmp_path: Path) -> None:
    folder = FORMATS["imagefolder"](tmp_path / "out")
    labels = folder / "labels.tsv"
    labels.write_text(labels.read_text().replace("train/kind-0/", "train/../../"))
    with pytest.raises(InputError, match=r"must lie inside the export, got 'train/\.\./\.\./"):
        release_source(folder)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": "croissant"}, "format must be one of tfrecord, imagefolder, dryad, got 'croissant'"),
        ({"vasculum_export": 2}, "vasculum_export must be 1, got 2"),
        ({"classes": [{"slug": "a"}]}, "not that of an export: KeyError"),
    ],
)
def test_what_is_no_such_export(changes: dict[str, object], reason: str, tmp_path: Path) -> None:
    folder = FORMATS["tfrecord"](tmp_path / "out")
    with pytest.raises(
        InputError, match=r"split must be one with pictures .*\(train, test, validate\), got 'x'"
    ):
        release_source(folder, "x")
    _edit(folder, **changes)
    with pytest.raises(InputError, match=reason):
        release_source(folder)


def test_files_that_every_export_has(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not an export of a release: it has no release.json"):
        release_source(tmp_path)
    (tmp_path / "release.json").write_text("{")
    with pytest.raises(InputError, match=r"release.json cannot be read"):
        release_source(tmp_path)
    folder = FORMATS["imagefolder"](tmp_path / "out")
    (folder / "SHA256SUMS").unlink()
    with pytest.raises(InputError, match="SHA256SUMS is missing"):
        release_source(folder)
    (folder / "labels.tsv").unlink()
    with pytest.raises(InputError, match=r"labels.tsv is missing"):
        release_source(folder)
