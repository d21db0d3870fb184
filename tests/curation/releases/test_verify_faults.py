"""Every class of fault in every format, found and named also where checksums and hashes are made anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from curation.services.export import write_export
from curation.services.exports.formats import FORMATS
from curation.services.verify import verify
from tests.curation.releases.forged import Forged, Lines, column, jpeg

pytestmark = pytest.mark.django_db
# File, and words that its fault must hold, the picture's SHA-256 among them where it is about one.
Found = tuple[str, list[str]]
PICTURES = ["dryad", "tfrecord", "imagefolder", "croissant"]
LABELS = [*PICTURES, "labels", "label-studio"]
SIDES = {"tfrecord": (96, 96)}  # of a picture in order; else 192 on the short side
_made: dict[str, Path] = {}


@pytest.fixture
def forged(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Forged:
    """A copy of an export, which is written once a format."""
    format: str = request.param
    if format not in _made:
        out = tmp_path_factory.mktemp("exports") / format
        write_export(request.getfixturevalue("release"), format, out, acknowledged=True)
        _made[format] = out
    shutil.copytree(_made[format], tmp_path / "copy")
    return Forged(tmp_path / "copy", format)


def each(formats: list[str], faults: list[Any]) -> Any:
    return pytest.mark.parametrize(
        ("forged", "fault"),
        [
            pytest.param(format, fault, id=f"{format}-{fault.__name__}")
            for format in formats
            for fault in faults
        ],
        indirect=["forged"],
    )


def must_find(forged: Forged, expected: Found) -> None:
    report = verify(forged.folder)
    file, words = expected
    own = [fault.problem for fault in report.faults if fault.file == file]
    assert any(all(word in problem for word in words) for problem in own), report.faults


# Of the manifest and the facts, which every format has


def licence_without_changes(forged: Forged) -> Found:
    forged.everywhere("CC-BY-NC-4.0", "CC-BY-ND-4.0")
    forged.everywhere("licenses/by-nc/4.0/", "licenses/by-nd/4.0/")
    sha256 = first(forged, "licence", "CC-BY-ND-4.0")
    return "manifest.txt", [sha256, "the licence CC-BY-ND-4.0 allows no changed copies"]


def licence_unknown(forged: Forged) -> Found:
    forged.everywhere("CC-BY-NC-4.0", "CC-BY-NC-9.0")
    sha256 = first(forged, "licence", "CC-BY-NC-9.0")
    return "manifest.txt", [sha256, "the licence 'CC-BY-NC-9.0' is not known"]


def licence_with_the_address_of_another(forged: Forged) -> Found:
    forged.everywhere("licenses/by-nc/4.0/", "licenses/by/4.0/")
    sha256 = first(forged, "licence", "CC-BY-NC-4.0")
    return "manifest.txt", [sha256, "licence_url is", "CC-BY-NC-4.0"]


def class_order_in_the_manifest(forged: Forged) -> Found:
    forged.manifest(lambda facts, _: facts["classes"].reverse())
    return "manifest.txt", ["not in the order of their index"]


def class_order_of_rows(forged: Forged) -> Found:
    sha256 = forged.row(lambda row: swap_index(row))
    return "manifest.txt", [sha256, "is not in its list of classes"]


def class_twice(forged: Forged) -> Found:
    forged.manifest(lambda facts, _: facts["classes"][1].update(index=0))
    return "manifest.txt", ["2 classes have the index 0"]


def class_order_in_the_facts(forged: Forged) -> Found:
    def swapped(facts: dict[str, Any]) -> None:
        one, two, _ = facts["classes"]
        one["slug"], two["slug"] = two["slug"], one["slug"]

    forged.facts(swapped)
    return "release.json", ["class 0 is 'class-b', the manifest says 'class-a'"]


def picture_in_two_splits(forged: Forged) -> Found:
    found: list[str] = []

    def twice(_facts: dict[str, Any], lines: Lines) -> None:
        line = next(line for line in lines if line[1] == "train")
        lines.insert(lines.index(line), [line[0], "test", *line[2:]])
        found.append(line[0])

    forged.manifest(twice)
    return "manifest.txt", [found[0], "stands there 2 times, in test and train"]


def group_in_two_splits(forged: Forged) -> Found:
    found: list[str] = []

    def joined(_facts: dict[str, Any], lines: Lines) -> None:
        one, two = (next(line for line in lines if line[1] == split) for split in ("train", "test"))
        two[column("leak_group")] = one[column("leak_group")]
        found.extend([one[0], two[0]])

    forged.manifest(joined)
    return "manifest.txt", [*found, "stands in test and train"]


def specimen_in_two_splits(forged: Forged) -> Found:
    found: list[str] = []

    def joined(_facts: dict[str, Any], lines: Lines) -> None:
        one = next(line for line in lines if line[1] == "train")
        same = (line for line in lines if line[column("source")] == one[column("source")])
        two = next(line for line in same if line[1] != "train")
        two[column("occurrence_id")] = one[column("occurrence_id")]
        found.extend([one[column("occurrence_id")], one[0], two[0]])

    forged.manifest(joined)
    return "manifest.txt", ["occurrence", *found, "stands in"]


def split_of_another_size(forged: Forged) -> Found:
    forged.row(lambda row: row.__setitem__(1, {"train": "test"}.get(row[1], "train")))
    return "manifest.txt", ["in train, not 3"]


def split_that_is_none(forged: Forged) -> Found:
    sha256 = forged.row(lambda row: row.__setitem__(1, "dev"))
    return "manifest.txt", [sha256, "unknown split 'dev'"]


def picture_lost_from_the_manifest(forged: Forged) -> Found:
    forged.manifest(lambda _, lines: lines.pop())
    return "release.json", ["pictures is 15, the manifest gives 14"]


def count_in_the_facts(forged: Forged) -> Found:
    forged.facts(lambda facts: facts["counts"]["train"].update({"class-a": 4}))
    return "release.json", ["counts are not those of the manifest"]


def licences_in_the_facts(forged: Forged) -> Found:
    forged.facts(lambda facts: facts["licences"]["included"].popitem())
    return "release.json", ["licences do not add up"]


def seed_in_the_facts(forged: Forged) -> Found:
    forged.facts(lambda facts: facts.update(seed=8))
    return "release.json", ["seed is 8, the manifest says 7"]


def manifest_missing(forged: Forged) -> Found:
    (forged.folder / "manifest.txt").unlink()
    return "manifest.txt", ["is missing"]


def readme_missing(forged: Forged) -> Found:
    (forged.folder / "README.md").unlink()
    return "README.md", ["is missing"]


def file_too_many(forged: Forged) -> Found:
    (forged.folder / "notes.txt").write_text("mine")
    return "notes.txt", ["does not belong here: the format has no such file"]


def file_too_many_in_a_folder(forged: Forged) -> Found:
    (forged.folder / "more").mkdir()
    (forged.folder / "more" / "labels.tsv").write_text("mine")
    return "more/labels.tsv", ["does not belong here"]


OF_ALL = [
    licence_without_changes,
    licence_unknown,
    licence_with_the_address_of_another,
    class_order_in_the_manifest,
    class_order_of_rows,
    class_twice,
    class_order_in_the_facts,
    picture_in_two_splits,
    group_in_two_splits,
    specimen_in_two_splits,
    split_of_another_size,
    split_that_is_none,
    picture_lost_from_the_manifest,
    count_in_the_facts,
    licences_in_the_facts,
    seed_in_the_facts,
    manifest_missing,
    readme_missing,
    file_too_many,
    file_too_many_in_a_folder,
]


# Of the labels and what belongs to them


def labels_swapped(forged: Forged) -> Found:
    found: list[str] = []

    def swapped(lines: list[dict[str, str]]) -> None:
        one = lines[0]
        two = next(line for line in lines if line["category"] != one["category"])
        for name in ("category", "category_index"):
            one[name], two[name] = two[name], one[name]
        found.extend([one["id"], f"category is {one['category']!r}"])

    forged.labels(swapped)
    return "labels.tsv", found


def labels_with_a_licence_without_changes(forged: Forged) -> Found:
    found: list[str] = []

    def changed(lines: list[dict[str, str]]) -> None:
        lines[0]["licence"] = "CC-BY-ND-4.0"
        found.append(lines[0]["id"])

    forged.labels(changed)
    return "labels.tsv", [*found, "the licence CC-BY-ND-4.0 allows no changed copies"]


def labels_in_another_split(forged: Forged) -> Found:
    found: list[str] = []

    def changed(lines: list[dict[str, str]]) -> None:
        line = next(line for line in lines if line["split"] == "train")
        line["split"] = "test"
        found.append(line["id"])

    forged.labels(changed)
    return "labels.tsv", [*found, "split is 'test', the manifest says 'train'"]


def labels_lost(forged: Forged) -> Found:
    found: list[str] = []
    forged.labels(lambda lines: found.append(lines.pop()["id"]))
    return "labels.tsv", [*found, "is missing; the manifest has it"]


def labels_twice(forged: Forged) -> Found:
    found: list[str] = []

    def doubled(lines: list[dict[str, str]]) -> None:
        lines.append(lines[0])
        found.append(lines[0]["id"])

    forged.labels(doubled)
    return "labels.tsv", [*found, "stands there already"]


def labels_missing(forged: Forged) -> Found:
    (forged.folder / "labels.tsv").unlink()
    return "labels.tsv", ["is missing"]


def attribution_of_another(forged: Forged) -> Found:
    forged.table("attribution.tsv", lambda lines: lines[1].__setitem__(3, "Nobody"))
    return "attribution.tsv", ["is not what follows from the manifest; line 2 differs"]


def package_that_describes_another_table(forged: Forged) -> Found:
    path = forged.folder / "datapackage.json"
    path.write_text(path.read_text().replace('"category_index"', '"category_number"'))
    return "datapackage.json", ["does not describe labels.tsv as it is"]


OF_LABELS = [
    labels_swapped,
    labels_with_a_licence_without_changes,
    labels_in_another_split,
    labels_lost,
    labels_twice,
    labels_missing,
    attribution_of_another,
    package_that_describes_another_table,
]


# Of the pictures


def label_swapped_in_labels_and_manifest(forged: Forged) -> Found:
    """Nothing but the pictures' places and records knows better."""

    def swapped(_facts: dict[str, Any], lines: Lines) -> None:
        one = lines[0]
        two = next(line for line in lines if line[3] != one[3] and line[1] == one[1])
        one[2:5], two[2:5] = two[2:5], one[2:5]
        found.append(one[0])
        own[one[0]], own[two[0]] = one[2:4], two[2:4]

    found: list[str] = []
    own: dict[str, list[str]] = {}
    forged.manifest(swapped)

    def follow(lines: list[dict[str, str]]) -> None:
        for line in lines:
            if line["id"] in own:
                line["category_index"], line["category"] = own[line["id"]]

    forged.labels(follow)
    forged.sign()
    where = [
        fault.file for fault in verify(forged.folder).faults if found[0] in f"{fault.file} {fault.problem}"
    ]
    return where[0], [] if found[0] in where[0] else found


def pictures_swapped(forged: Forged) -> Found:
    file, sha256 = forged.pictures_swapped()
    return file, [*named(file, sha256), "another SHA-256"]


def picture_of_another_kind(forged: Forged) -> Found:
    file, sha256 = forged.picture(lambda _: b"GIF89a" + bytes(200))
    return file, [*named(file, sha256), "does not decode"]


def picture_cut_off(forged: Forged) -> Found:
    file, sha256 = forged.picture(lambda was: was[: len(was) * 2 // 3])
    return file, [*named(file, sha256), "does not decode"]


def picture_cut_off_and_closed(forged: Forged) -> Found:
    file, sha256 = forged.picture(lambda was: was[: len(was) * 2 // 3] + b"\xff\xd9")
    return file, [*named(file, sha256), "does not decode"]


def picture_too_large(forged: Forged) -> Found:
    width, height = SIDES.get(forged.format, (192, 240))
    file, sha256 = forged.picture(lambda _: jpeg(width + 1, height + 1))
    return file, [*named(file, sha256), f"is {width + 1} x {height + 1} pixels"]


def picture_too_small(forged: Forged) -> Found:
    file, sha256 = forged.picture(lambda _: jpeg(60, 60))
    return file, [*named(file, sha256), "is 60 x 60 pixels"]


def picture_without_colours(forged: Forged) -> Found:
    width, height = SIDES.get(forged.format, (192, 240))
    file, sha256 = forged.picture(lambda _: jpeg(width, height, "L"))
    return file, [*named(file, sha256), "has the colours Gray"]


def pictures_missing(forged: Forged) -> Found:
    path = min([*forged.folder.glob("*.zip"), *forged.folder.rglob("*.tfr"), *forged.folder.rglob("*.jpg")])
    path.unlink()
    return path.relative_to(forged.folder).as_posix(), ["is missing; the labels name"]


OF_PICTURES = [
    label_swapped_in_labels_and_manifest,
    pictures_swapped,
    picture_of_another_kind,
    picture_cut_off,
    picture_cut_off_and_closed,
    picture_too_large,
    picture_too_small,
    picture_without_colours,
    pictures_missing,
]


@each(list(FORMATS), OF_ALL)
def test_faults_that_every_format_can_have(forged: Forged, fault: Callable[[Forged], Found]) -> None:
    expected = fault(forged)
    forged.sign()
    must_find(forged, expected)


@each(LABELS, OF_LABELS)
def test_faults_of_labels(forged: Forged, fault: Callable[[Forged], Found]) -> None:
    expected = fault(forged)
    forged.sign()
    must_find(forged, expected)


@each(PICTURES, OF_PICTURES)
def test_faults_of_pictures(forged: Forged, fault: Callable[[Forged], Found]) -> None:
    expected = fault(forged)
    forged.sign()
    must_find(forged, expected)


@pytest.mark.parametrize("forged", list(FORMATS), indirect=True)
def test_a_byte_a_missing_and_an_extra_file_by_their_checksums(forged: Forged) -> None:
    assert verify(forged.folder).ok
    files = sorted(path for path in forged.folder.rglob("*") if path.is_file())
    for path in files:
        name, content = path.relative_to(forged.folder).as_posix(), path.read_bytes()
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        if path.name != "SHA256SUMS":
            must_find(forged, (name, ["has changed: SHA-256"]))
        path.unlink()
        must_find(forged, (name, ["is missing"]))
        path.write_bytes(content)
    Path(forged.folder, os.fsdecode(b"\xff.txt")).write_bytes(b"mine")
    must_find(forged, ("\\xff.txt", ["does not belong here: it is not in the checksums"]))
    str(verify(forged.folder).faults[0]).encode()


@pytest.mark.parametrize("forged", list(FORMATS), indirect=True)
def test_facts_of_any_kind_are_faults_and_no_crash(forged: Forged) -> None:
    for key in forged.facts():
        for value in (None, [None], {"x": {"y": "z"}}):
            before = forged.facts()
            forged.facts(lambda facts, key=key, value=value: facts.update({key: value}))  # type: ignore[misc]
            verify(forged.folder)
            forged.facts(lambda facts, before=before: facts.update(before))  # type: ignore[misc]
    assert verify(forged.folder).ok


@pytest.mark.parametrize("forged", ["dryad"], indirect=True)
def test_a_smaller_picture_is_in_order(forged: Forged) -> None:
    """Originals below 192 pixels are not enlarged, so an export may hold smaller pictures."""
    forged.picture(lambda _: jpeg(100, 191))
    forged.sign()
    report = verify(forged.folder)
    assert report.ok, report.faults


@pytest.mark.parametrize("forged", ["dryad"], indirect=True)
def test_other_licences_that_nobody_acknowledged(forged: Forged) -> None:
    forged.facts(lambda facts: facts.update(acknowledged_licences=False))
    forged.sign()
    must_find(forged, ("release.json", ["holds licences other than CC0, and nobody has acknowledged them"]))


@pytest.mark.parametrize("forged", ["dryad"], indirect=True)
def test_the_command_needs_no_database(forged: Forged, tmp_path: Path) -> None:
    """Exit status 0, 1 and 2, where neither database nor Redis answers and var/ cannot be made."""
    (tmp_path / "file").write_text("")
    nowhere = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "VASCULUM_VAR": str(tmp_path / "file" / "var"),
    }
    command = partial(
        subprocess.run, cwd=settings.BASE_DIR, env=os.environ | nowhere, capture_output=True, text=True
    )
    verified = [sys.executable, "manage.py", "verify", str(forged.folder)]
    done = command(verified)
    assert (done.returncode, done.stderr) == (0, "") and "nothing is wrong" in done.stdout
    labels_swapped(forged)
    done = command([*verified, "--json"])
    assert done.returncode == 1 and '"file": "labels.tsv"' in done.stdout
    assert command([*verified, "--manifest-sha256", "abc"]).returncode == 2
    assert command([*verified[:-1], str(forged.folder / "none")]).returncode == 2


def first(forged: Forged, name: str, value: str) -> str:
    """SHA-256 of the first picture with this value in the manifest."""
    found: list[str] = []
    forged.manifest(
        lambda _, lines: found.append(next(line[0] for line in lines if line[column(name)] == value))
    )
    return found[0]


def named(file: str, sha256: str) -> list[str]:
    """What a fault must say besides its file, so that the picture is known."""
    return [] if sha256 in file else [sha256]


def swap_index(row: list[str]) -> None:
    row[column("category_index")] = "1" if row[column("category_index")] == "0" else "0"
