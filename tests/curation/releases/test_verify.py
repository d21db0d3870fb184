"""Whatever is changed in an export is found and named, also where the checksums are made anew."""

from __future__ import annotations

import json
import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from curation.models import Release
from curation.services.export import write_export
from curation.services.exports.folder import CHECKSUMS_FILE, checksums, listed
from curation.services.verify import Report, verify

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["dryad", "tfrecord"])
def export(request: pytest.FixtureRequest, release: Release, tmp_path: Path) -> Path:
    out = tmp_path / request.param
    write_export(release, request.param, out, acknowledged=True)
    return out


@pytest.fixture
def dryad(release: Release, tmp_path: Path) -> Path:
    write_export(release, "dryad", tmp_path / "dryad", acknowledged=True)
    return tmp_path / "dryad"


@pytest.fixture
def records(release: Release, tmp_path: Path) -> Path:
    write_export(release, "tfrecord", tmp_path / "records")
    return tmp_path / "records"


def sign_anew(folder: Path) -> None:
    """What somebody does who changes an export on purpose: new checksums."""
    (folder / CHECKSUMS_FILE).unlink()
    (folder / CHECKSUMS_FILE).write_bytes(
        checksums({each["name"]: each["sha256"] for each in listed(folder)})
    )


def replace(path: Path, change: Callable[[str], str]) -> None:
    text = path.read_text()
    changed = change(text)
    assert changed != text
    path.write_text(changed)


def problems(report: Report, file: str) -> str:
    return "\n".join(fault.problem for fault in report.faults if fault.file == file)


def test_an_export_in_order(export: Path, release: Release) -> None:
    report = verify(export, manifest_sha256=release.manifest_sha256)
    assert report.ok, report.faults
    assert (report.files, report.pictures) == (len(list(export.iterdir())) - 1, 15)
    assert report.summary() == f"Verified: {report.files} files and 15 pictures checked, nothing is wrong."


def test_a_byte_that_changes_is_found_wherever_it_is(export: Path) -> None:
    dice = random.Random(1)
    for path in sorted(export.iterdir()):
        content = path.read_bytes()
        # Both ends, where the structures of the formats are, and some places in between.
        for at in {0, len(content) - 1, *dice.sample(range(len(content)), 4)}:
            changed = bytearray(content)
            changed[at] ^= 1 << dice.randrange(8)
            path.write_bytes(changed)
            named = {fault.file for fault in verify(export).faults}
            # A changed checksum is one that its file does not have any more.
            found = named if path.name == CHECKSUMS_FILE else path.name in named
            assert found, f"{path.name}, byte {at}"
        path.write_bytes(content)
    assert verify(export).ok


def test_a_changed_byte_is_found_without_the_checksums(export: Path) -> None:
    """The archives and shards only: that each picture, record and structure is looked at."""
    dice = random.Random(2)
    for path in [*export.glob("class-a.zip"), *export.glob("*-test.tfr")]:
        content = path.read_bytes()
        for at in dice.sample(range(len(content)), 12):
            changed = bytearray(content)
            changed[at] ^= 1 << dice.randrange(8)
            path.write_bytes(changed)
            sign_anew(export)
            report = verify(export)
            # Dates and the like in a ZIP say nothing about the pictures; everything else is found.
            assert not report.ok or pictures_are_the_same(path, content), f"{path.name}, byte {at}"
        path.write_bytes(content)


def pictures_are_the_same(path: Path, before: bytes) -> bool:
    if path.suffix != ".zip":
        return False
    other = path.with_suffix(".before")
    other.write_bytes(before)
    try:
        with zipfile.ZipFile(path) as one, zipfile.ZipFile(other) as two:
            return {n: one.read(n) for n in one.namelist()} == {n: two.read(n) for n in two.namelist()}
    finally:
        other.unlink()


def test_missing_and_extra_files(export: Path) -> None:
    for path in sorted(export.iterdir()):
        kept = path.read_bytes()
        path.unlink()
        report = verify(export)
        assert "is missing" in problems(report, path.name), path.name
        path.write_bytes(kept)
    (export / "notes.txt").write_text("mine")
    (export / "folder").mkdir()
    report = verify(export)
    assert {fault.file for fault in report.faults} == {"notes.txt", "folder"}


def test_two_labels_swapped(export: Path) -> None:
    lines = (export / "labels.tsv").read_text().splitlines(keepends=True)
    cells = [line.split("\t") for line in lines]
    at = cells[0].index("category")
    one, two = 1, next(n for n in range(2, len(cells)) if cells[n][at] != cells[1][at])
    cells[one][at], cells[two][at] = cells[two][at], cells[one][at]
    (export / "labels.tsv").write_text("".join("\t".join(line) for line in cells))
    assert "has changed" in problems(verify(export), "labels.tsv")
    sign_anew(export)
    report = verify(export)
    assert {cells[one][0], cells[two][0]} <= {
        fault.problem.partition(":")[0] for fault in report.faults if fault.file == "labels.tsv"
    }
    assert "category is" in problems(report, "labels.tsv")


def test_a_changed_licence(export: Path) -> None:
    replace(export / "labels.tsv", lambda text: text.replace("CC-BY-NC-4.0", "CC-BY-4.0", 1))
    assert "has changed" in problems(verify(export), "labels.tsv")
    sign_anew(export)
    assert "licence is 'CC-BY-4.0', the manifest says 'CC-BY-NC-4.0'" in problems(
        verify(export), "labels.tsv"
    )


def test_a_changed_licence_in_the_manifest_too(export: Path, release: Release) -> None:
    for name in ("labels.tsv", "manifest.txt"):
        replace(export / name, lambda text: text.replace("CC-BY-NC-4.0", "CC-BY-4.0"))
    sign_anew(export)
    report = verify(export)
    assert f"the release's is {release.manifest_sha256}" in problems(report, "manifest.txt")
    assert "licences do not add up" in problems(report, "release.json")


def test_a_whole_forgery_is_found_by_who_knows_the_hash(export: Path, release: Release) -> None:
    facts = json.loads((export / "release.json").read_text())
    facts["manifest_sha256"] = "0" * 64
    (export / "release.json").write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    sign_anew(export)
    report = verify(export, manifest_sha256=release.manifest_sha256)
    assert "is not that of the release" in problems(report, "release.json")


def test_a_moved_split_and_a_parted_group(export: Path) -> None:
    def merge_groups(text: str) -> str:
        head, rows = text.split("\n")[:3], [line.split("\t") for line in text.split("\n")[3:-1]]
        train = next(row for row in rows if row[1] == "train")
        test = next(row for row in rows if row[1] == "test")
        test[-1] = train[-1]
        return "\n".join([*head, *("\t".join(row) for row in rows), ""])

    replace(export / "manifest.txt", merge_groups)
    sign_anew(export)
    assert "stands in test and train" in problems(verify(export), "manifest.txt")

    replace(export / "manifest.txt", lambda text: text.replace("\ttest\t", "\ttrain\t", 1))
    sign_anew(export)
    found = problems(verify(export), "manifest.txt")
    assert "in train, not 3" in found and "in test, not 1" in found


def test_wrong_numbers_in_the_facts(export: Path) -> None:
    replace(export / "release.json", lambda text: text.replace('"pictures": 15', '"pictures": 16'))
    sign_anew(export)
    assert "pictures is 16, the manifest gives 15" in problems(verify(export), "release.json")


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: {},
        lambda facts: facts | {"vasculum_export": 99},
        lambda facts: facts | {"format": "none-such"},
        lambda facts: facts | {"counts": {"train": 3}},
        lambda facts: facts | {"licences": []},
        lambda facts: [facts],
    ],
)
def test_facts_of_another_shape(dryad: Path, change: Callable[[dict[str, object]], object]) -> None:
    facts = json.loads((dryad / "release.json").read_text())
    (dryad / "release.json").write_text(json.dumps(change(facts)))
    sign_anew(dryad)
    report = verify(dryad)
    assert [fault.file for fault in report.faults] == ["release.json"]


def archive_with(path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]) -> None:
    with zipfile.ZipFile(path) as archive:
        before = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in change(before).items():
            archive.writestr(name, content)


def test_pictures_swapped_lost_or_added_in_an_archive(dryad: Path) -> None:
    path = dryad / "class-b.zip"
    kept = path.read_bytes()

    def swapped(files: dict[str, bytes]) -> dict[str, bytes]:
        one, two = next((a, b) for a in files for b in files if files[a] != files[b])
        return files | {one: files[two], two: files[one]}

    for change, message in (
        (swapped, "is not the picture that the labels name"),
        (lambda files: dict(list(files.items())[1:]), "is missing; the labels name it"),
        (lambda files: files | {"class-b/more.jpg": b"x"}, "is in no line of the labels"),
    ):
        archive_with(path, change)
        sign_anew(dryad)
        report = verify(dryad)
        assert message in problems(report, "class-b.zip")
        assert {fault.file for fault in report.faults} == {"class-b.zip"}
        path.write_bytes(kept)


def test_crosstab_and_attribution_follow_from_the_rest(dryad: Path) -> None:
    replace(dryad / "crosstab.tsv", lambda text: text.replace("\t15\n", "\t16\n"))
    replace(dryad / "attribution.tsv", lambda text: text.replace("Garden", "Orchard", 1))
    sign_anew(dryad)
    report = verify(dryad)
    assert {fault.file for fault in report.faults} == {"crosstab.tsv", "attribution.tsv"}


def rewritten(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    import tensorflow as tf

    before = list(tf.data.TFRecordDataset([str(path)]).as_numpy_iterator())
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in change(before):
            writer.write(record)


def test_records_swapped_lost_or_added(records: Path) -> None:
    path = records / "first-96-train.tfr"
    kept = path.read_bytes()
    for change, message in (
        (lambda found: [found[1], found[0], *found[2:]], "record 0 has another"),
        (lambda found: found[:-1], "holds 8 records; the labels name 9"),
        (lambda found: [*found, found[0]], "record 9: the labels know no such record"),
        (
            lambda found: [record.replace(b"CC0-1.0", b"CC9-1.0") for record in found],
            "has another licence than CC0-1.0",
        ),
        (lambda found: [b"nonsense", *found[1:]], "record 0 is not a tf.train.Example"),
    ):
        rewritten(path, change)
        sign_anew(records)
        assert message in problems(verify(records), path.name)
        path.write_bytes(kept)


def test_a_record_with_another_category(records: Path) -> None:
    import tensorflow as tf

    def relabelled(found: list[bytes]) -> list[bytes]:
        example = tf.train.Example.FromString(found[0])
        value = example.features.feature["category"].int64_list.value
        value[0] = (value[0] + 1) % 3
        return [example.SerializeToString(), *found[1:]]

    rewritten(records / "first-96-test.tfr", relabelled)
    sign_anew(records)
    assert "record 0 has another category" in problems(verify(records), "first-96-test.tfr")


def test_what_is_no_export(tmp_path: Path) -> None:
    assert not verify(tmp_path / "none").ok
    assert "is missing" in problems(verify(tmp_path), "release.json")


def test_an_export_stays_in_order_when_it_is_copied(export: Path, tmp_path: Path) -> None:
    shutil.copytree(export, tmp_path / "elsewhere")
    assert verify(tmp_path / "elsewhere").ok
