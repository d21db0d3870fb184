"""What was exported can be brought in again: the same pictures, licences, sources and labels."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from curation.models import Release
from curation.records import Medium, Problem, RecordsError, detect
from curation.services.export import write_export
from curation.services.exports.bundle import bundle
from tests.curation.records.builders import opened, rows_of
from tests.curation.releases import conftest as releases

drawn, make_garden, garden = releases.drawn, releases.make_garden, releases.garden
release = releases.release

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(release: Release, tmp_path: Path) -> Path:
    out = tmp_path / "first-dryad"
    write_export(release, "dryad", out, acknowledged=True)
    return out


def read(path: Path, work: Path) -> tuple[list[Medium], list[Problem]]:
    return rows_of(opened(path, work))


def refusal(path: Path, work: Path) -> RecordsError:
    with pytest.raises(RecordsError) as error:
        opened(path, work)
    return error.value


def change_labels(folder: Path, change: Callable[[str], str]) -> None:
    """Change the labels as someone would who leaves the checksums out."""
    text = (folder / "labels.tsv").read_text()
    (folder / "labels.tsv").write_text(change(text))
    (folder / "SHA256SUMS").unlink()


def test_a_round_trip(folder: Path, release: Release, tmp_path: Path) -> None:
    assert detect(folder) == "export"
    found, problems = read(folder, tmp_path / "work")
    assert problems == []
    members = {each.sha256: each for each in release.members.all()}
    assert {medium.sha256 for medium in found} == members.keys()
    for medium in found:
        member = members[medium.sha256]
        assert medium.proposed_label == member.category
        assert (medium.licence, medium.source_code) == (member.licence, member.source)
        assert (medium.rights_holder, medium.catalog_number, medium.occurrence_id) == (
            member.rights_holder, member.catalog_number, member.occurrence_id,
        )  # fmt: skip
        assert (medium.institution_code, medium.file) == ("", "labels.tsv")
        assert medium.path is not None
        assert medium.path.is_relative_to(tmp_path / "work")
        with zipfile.ZipFile(folder / f"{member.category}.zip") as archive:
            assert medium.path.read_bytes() == archive.read(f"{member.category}/{member.sha256}.jpg")
    assert len({medium.licence for medium in found}) > 1


def test_the_zip_of_all_files_gives_the_same(folder: Path, tmp_path: Path) -> None:
    whole = tmp_path / "download.zip"
    whole.write_bytes(b"".join(bundle(folder, sorted(each.name for each in folder.iterdir()))))
    assert detect(whole) == "export"
    from_zip, problems = read(whole, tmp_path / "one")
    from_folder, _ = read(folder, tmp_path / "two")
    assert problems == []
    assert [each._replace(path=None) for each in from_zip] == [
        each._replace(path=None) for each in from_folder
    ]
    assert [each.path.read_bytes() for each in from_zip if each.path] == [
        each.path.read_bytes() for each in from_folder if each.path
    ]


def test_a_tfrecord_export_says_what_to_bring_instead(folder: Path, tmp_path: Path) -> None:
    facts = json.loads((folder / "release.json").read_text()) | {"format": "tfrecord"}
    (folder / "release.json").write_text(json.dumps(facts))
    error = refusal(folder, tmp_path / "work")
    assert error.rule == "wrong-kind"
    assert "too small to be reviewed. Export the release as dryad and bring that in." in str(error)


def test_an_export_of_a_later_form(folder: Path, tmp_path: Path) -> None:
    facts = json.loads((folder / "release.json").read_text()) | {"vasculum_export": 2}
    (folder / "release.json").write_text(json.dumps(facts))
    assert "is an export in form 2; form 1 is read here" in str(refusal(folder, tmp_path / "work"))


def test_labels_that_were_cut_off(folder: Path, tmp_path: Path) -> None:
    text = (folder / "labels.tsv").read_bytes()
    (folder / "labels.tsv").write_bytes(text[: len(text) // 2])
    error = refusal(folder, tmp_path / "work")
    assert error.rule == "checksum"
    assert "labels.tsv is not the file that SHA256SUMS names" in str(error)


def test_a_picture_that_was_changed(folder: Path, tmp_path: Path) -> None:
    victim = folder / "class-a.zip"
    with zipfile.ZipFile(victim) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    changed = sorted(members)[0]
    with zipfile.ZipFile(victim, "w") as archive:
        for name, picture in members.items():
            archive.writestr(name, picture + b"x" if name == changed else picture)
    found, problems = read(folder, tmp_path / "work")
    assert [(each.rule, each.column) for each in problems] == [("checksum", "file_sha256")]
    assert changed.partition("/")[2].removesuffix(".jpg") not in {each.sha256 for each in found}
    assert len(found) == 14
    assert not (tmp_path / "work").joinpath(changed).exists()


def test_a_class_archive_that_is_missing(folder: Path, tmp_path: Path) -> None:
    (folder / "class-b.zip").unlink()
    found, problems = read(folder, tmp_path / "work")
    assert len(found) == 10
    assert {each.rule for each in problems} == {"no-file"}
    assert "the export holds no class-b.zip. Copy the export again." in problems[0].message


@pytest.mark.parametrize("name", ["../../x.jpg", "/etc/passwd", "class-a/x.jpg", "class-a/../class-b/1.jpg"])
def test_names_that_are_no_pictures(folder: Path, tmp_path: Path, name: str) -> None:
    first = (folder / "labels.tsv").read_text().split("\n")[1].split("\t")[1]
    change_labels(folder, lambda text: text.replace(first, name))
    found, problems = read(folder, tmp_path / "work")
    assert len(found) == 14
    assert [(each.rule, each.column, each.value) for each in problems] == [("no-file", "file", name)]


def test_rows_twice_and_broken(folder: Path, tmp_path: Path) -> None:
    change_labels(folder, lambda text: text + text.split("\n")[1] + "\nbroken\n")
    found, problems = read(folder, tmp_path / "work")
    assert len(found) == 15
    assert [(each.row, each.rule) for each in problems] == [(17, "duplicate"), (18, "columns")]


def test_labels_without_rows_or_columns(folder: Path, tmp_path: Path) -> None:
    change_labels(folder, lambda text: text.split("\n")[0] + "\n")
    assert refusal(folder, tmp_path / "work").rule == "no-rows"
    (folder / "labels.tsv").write_text("id\tfile\nx\ty\n")
    error = refusal(folder, tmp_path / "work")
    assert (error.rule, "lacks the columns category, source, licence, file_sha256" in str(error)) == (
        "columns", True,
    )  # fmt: skip


def test_an_id_is_that_of_the_original(folder: Path, tmp_path: Path) -> None:
    found, _ = read(folder, tmp_path / "work")
    for medium in found:
        assert medium.path is not None
        assert hashlib.sha256(medium.path.read_bytes()).hexdigest() != medium.sha256
