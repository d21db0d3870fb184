"""Picture folders: opened by the libraries they are for, and checked by ours."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from curation.models import Export, Image, Job, LabelClass, Release
from curation.services import export as service
from curation.services.export import write_export
from curation.services.exports.class_folders import class_folders
from curation.services.exports.content import licence_counts
from curation.services.exports.formats import FORMATS
from curation.services.exports.imagefolder import SPLIT_FOLDERS, metadata_columns
from curation.services.freeze import freeze
from curation.services.progress import JobCancelled, NullProgress
from curation.services.verify import verify
from tests.curation.releases.conftest import AsRole, MakeGarden, text
from tests.curation.releases.test_export import Stopping
from tests.curation.releases.test_verify import problems, replace, sign_anew

pytestmark = pytest.mark.django_db


def rename(label: LabelClass, slug: str) -> None:
    LabelClass.objects.filter(pk=label.pk).update(slug=slug)


def content(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def folders(release: Release, tmp_path: Path) -> Path:
    write_export(release, "imagefolder", tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def hugging_face(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The `datasets` library, without network and with its cache in the test's folder."""
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", exc_type=ImportError)
    datasets.disable_progress_bars()
    monkeypatch.setattr(datasets.config, "HF_DATASETS_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    return datasets


def test_every_picture_is_in_the_folder_of_its_split_and_class(folders: Path, release: Release) -> None:
    members = {member.sha256: member for member in release.members.all()}
    pictures = list(folders.rglob("*.jpg"))
    assert {path.stem for path in pictures} == members.keys()
    assert {path.name for path in folders.iterdir() if path.is_dir()} == {"train", "test", "validation"}
    for path in pictures:
        member = members[path.stem]
        assert path.parent == folders / SPLIT_FOLDERS[member.split] / member.category
        assert path.read_bytes() == default_storage.open(Image(sha256=path.stem).file_name("dataset")).read()
    with (folders / "labels.tsv").open(newline="") as file:
        lines = {line["id"]: line for line in csv.DictReader(file, dialect="excel-tab")}
    for path in pictures:
        assert lines[path.stem]["path"] == path.relative_to(folders).as_posix()
        assert lines[path.stem]["file_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    report = verify(folders, manifest_sha256=release.manifest_sha256)
    assert report.ok and report.pictures == 15, report.faults


def test_keras_reads_the_classes_in_our_order(folders: Path, release: Release) -> None:
    import keras

    facts = json.loads((folders / "release.json").read_text())
    order = [facts["folders"][label["slug"]] for label in facts["classes"]]
    for split in ("train", "test", "validation"):
        for names in (order, None):  # the slugs of these classes happen to be in alphabetical order, too
            read = keras.utils.image_dataset_from_directory(
                folders / split, class_names=names, image_size=(32, 32), batch_size=1, verbose=False
            )
            assert read.class_names == order
        found = Counter(int(label[0]) for _, label in read)
        wanted = release.members.filter(split=split.replace("validation", "validate"))
        assert found == Counter(wanted.values_list("category_index", flat=True))


def test_hugging_face_finds_three_splits_and_the_labels(
    folders: Path, release: Release, hugging_face: Any
) -> None:
    members = {member.sha256: member for member in release.members.all()}
    for found in (
        hugging_face.load_dataset("imagefolder", data_dir=str(folders)),
        hugging_face.load_dataset(str(folders)),  # by the head of the README
    ):
        assert found.num_rows == {"train": 9, "test": 3, "validation": 3}
        for split, rows in found.items():
            for row in rows:
                member = members.pop(row["id"])
                assert SPLIT_FOLDERS[member.split] == split
                assert (row["label"], row["category"]) == (member.category_index, member.category)
                assert (row["source"], row["licence"]) == (member.source, member.licence)
                assert member.rights_holder in row["attribution"] and min(row["image"].size) == 192
        assert not members
        members = {member.sha256: member for member in release.members.all()}


def test_a_class_called_test_stays_out_of_the_test_split(
    make_garden: MakeGarden, tmp_path: Path, hugging_face: Any
) -> None:
    """And so with all that reads its way by words: pollen-train, CON on Windows, numbers for sources."""
    garden = make_garden(6)
    slugs = ["test", "CON", "pollen-train", "Rosa", "rosa", "-v"]
    for label, slug in zip(garden.classes, slugs, strict=True):
        rename(label, slug)
    garden.fill(4, files=True, source="1890")
    release = freeze(garden.project, seed=1, name="hard", train=2, test=1, validate=1)
    out = tmp_path / "out"
    write_export(release, "imagefolder", out)
    assert json.loads((out / "release.json").read_text())["folders"] == {
        slug: f"class{index}" for index, slug in enumerate(slugs)
    }
    assert verify(out).ok, verify(out).faults
    names = [str(path).casefold() for path in out.rglob("*")]
    assert len(set(names)) == len(names)
    found = hugging_face.load_dataset("imagefolder", data_dir=str(out))
    assert found.num_rows == {"train": 12, "test": 6, "validation": 6}
    assert "source" not in found["train"].column_names
    for split, rows in found.items():
        for row in rows:
            assert SPLIT_FOLDERS[release.members.get(sha256=row["id"]).split] == split
            assert row["category"] == slugs[row["label"]]


def test_folders_that_are_safe_everywhere() -> None:
    slugs = {
        "live-plants": "live-plants",
        "contest": "contest",  # begins like con, ends like test
        "latest": "latest",
        "nul": "class3",
        "Com1": "class4",
        "lpt0": "class5",
        "valid": "class6",
        "test2": "class7",
        "dev_site": "class8",
        "class9": "class9",
        "class1": "class10",
        "__cache": "class11",
        "Fern": "class12",
        "fERN": "class13",
        "x" * 80: "x" * 80,
    }
    made = class_folders([(index, slug, slug) for index, slug in enumerate(slugs)])
    assert made == slugs
    assert len({name.casefold() for name in made.values()}) == len(made)


def test_columns_that_would_be_guessed_wrong_are_left_out() -> None:
    assert "source" in metadata_columns(["a"], ["K", "F"])
    for code in ("NA", "1890", "1e5", "none", "inf", "True"):
        assert "source" not in metadata_columns(["a"], ["K", code]), code
    assert "category" not in metadata_columns(["none"], ["K"])


def test_a_picture_in_another_folder_is_found_and_named(folders: Path) -> None:
    picture = next((folders / "train" / "class-a").iterdir())
    moved = folders / "train" / "class-b" / picture.name
    shutil.move(picture, moved)
    sign_anew(folders)
    report = verify(folders)
    assert "is missing" in problems(report, f"train/class-a/{picture.name}")
    assert (
        "is in the wrong folder: class-a in the split train is its label, so it belongs in "
        f"train/class-a/{picture.name}" in problems(report, f"train/class-b/{picture.name}")
    )
    assert len(report.faults) == 2
    # Labels that are changed to fit do not help: the manifest says what they must be.
    replace(
        folders / "labels.tsv",
        lambda text: text.replace(f"train/class-a/{picture.name}", f"train/class-b/{picture.name}"),
    )
    sign_anew(folders)
    assert "path is" in problems(verify(folders), "labels.tsv")


def test_two_pictures_swapped_between_classes(folders: Path) -> None:
    one, two = (next((folders / "test" / name).iterdir()) for name in ("class-a", "class-c"))
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    sign_anew(folders)
    report = verify(folders)
    assert {fault.file for fault in report.faults} == {
        path.relative_to(folders).as_posix() for path in (one, two)
    }
    assert all("is not the picture that the labels name" in fault.problem for fault in report.faults)


def test_a_split_that_there_is_not(folders: Path) -> None:
    replace(folders / "manifest.txt", lambda text: text.replace("\ttest\t", "\tpractice\t", 1))
    sign_anew(folders)
    assert "unknown split 'practice'" in problems(verify(folders), "manifest.txt")


def test_damage_wherever_it_is(folders: Path) -> None:
    for path in sorted(path for path in folders.rglob("*") if path.is_file()):
        name, kept = path.relative_to(folders).as_posix(), path.read_bytes()
        path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        assert not verify(folders).ok, name
        path.unlink()
        assert "is missing" in problems(verify(folders), name), name
        path.write_bytes(kept)
    assert verify(folders).ok
    # Where the checksums are made anew, tables and pictures are still compared.
    for name in ("train/metadata.csv", "attribution.tsv"):
        path, kept = folders / name, (folders / name).read_bytes()
        path.write_bytes(kept.replace(b"Garden", b"Orchard", 1))
        sign_anew(folders)
        assert "is not what follows from the manifest" in problems(verify(folders), name)
        path.write_bytes(kept)
    (folders / "test" / "class-a" / f"{'0' * 64}.jpg").write_bytes(b"more")
    facts = json.loads((folders / "release.json").read_text())
    (folders / "release.json").write_text(json.dumps(facts | {"folders": {}}))
    sign_anew(folders)
    report = verify(folders)
    assert "is in no line of the labels" in problems(report, f"test/class-a/{'0' * 64}.jpg")
    assert "folders are not those" in problems(report, "release.json")


def test_the_same_bytes_also_after_an_interruption(release: Release, tmp_path: Path) -> None:
    with pytest.raises(JobCancelled):
        write_export(release, "imagefolder", tmp_path / "one", progress=Stopping())
    for name in ("one", "two"):
        write_export(release, "imagefolder", tmp_path / name)
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_a_part_of_the_licences(release: Release, tmp_path: Path) -> None:
    write_export(release, "imagefolder", tmp_path / "out", licences=["CC0"])
    wanted = set(release.members.filter(licence="CC0-1.0").values_list("sha256", flat=True))
    assert {path.stem for path in (tmp_path / "out").rglob("*.jpg")} == wanted
    report = verify(tmp_path / "out")
    assert report.ok, report.faults


def test_the_survey_is_read_by_name(make_garden: MakeGarden, tmp_path: Path, hugging_face: Any) -> None:
    garden = make_garden(2)
    garden.fill(4, files=True)
    garden.plant(garden.classes[0], files=True, source="FAR", licence="CC0-1.0")
    release = freeze(garden.project, seed=1, train=2, test=1, validate=1, survey_sources=["FAR"])
    out = str(tmp_path / "out")
    write_export(release, "imagefolder", tmp_path / "out")
    balanced = {"train": 4, "test": 2, "validation": 2}
    assert hugging_face.load_dataset("imagefolder", data_dir=out).num_rows == balanced
    assert hugging_face.load_dataset(out).num_rows == balanced | {"survey": 1}
    assert verify(tmp_path / "out").ok


def test_the_page_offers_every_format(release: Release, as_role: AsRole) -> None:
    page = text(as_role("admin"), reverse("release", args=["first"]))
    for name in FORMATS:
        assert f'name="format" value="{name}"' in page, name
    licences = list(licence_counts(release))
    as_role("admin").post(
        reverse("export_new", args=["first"]), {"format": "imagefolder", "licences": licences}
    )
    assert Export.objects.get().format == "imagefolder"


def test_the_page_of_an_export_does_not_list_every_picture(release: Release, as_role: AsRole) -> None:
    made = service.request_export(release, "imagefolder")
    assert made.job is not None
    result = service.run(made.job, NullProgress())
    assert result["verified"]["ok"], result
    Job.objects.filter(pk=made.job.pk).update(state="done", result=result)
    client = as_role("reader")
    page = text(client, reverse("export", args=[made.pk]))
    assert "labels.tsv" in page and "metadata.csv" not in page and ".jpg" not in page
    made.refresh_from_db()
    assert f"{len(made.files)} files, " in page
    # 15 pictures and a metadata.csv for each of the three splits.
    assert "18 more files in folders are in the ZIP" in page
    with zipfile.ZipFile(
        io.BytesIO(b"".join(client.get(reverse("export_bundle", args=[made.pk])).streaming_content))
    ) as bundle:
        names = {name.partition("/")[2] for name in bundle.namelist()}
    assert names == {file["name"] for file in made.files}
    [picture] = [name for name in names if name.startswith("test/class-a/")]
    sent = client.get(reverse("export_file", args=[made.pk, picture]))
    assert hashlib.sha256(b"".join(sent.streaming_content)).hexdigest() in {
        file["sha256"] for file in made.files if file["name"] == picture
    }
