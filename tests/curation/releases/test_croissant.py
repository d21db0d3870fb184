"""Croissant: validated and read with its pictures by MLCommons' own library, and checked by ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curation.models import (
    Release,
    ReleasePage,
    Source,
)
from curation.services.export import write_export
from curation.services.exports.archives import archive_name
from curation.services.exports.croissant import mark
from curation.services.freeze import freeze
from curation.services.progress import JobCancelled
from curation.services.verify import verify
from tests.curation.releases.conftest import Garden, MakeGarden
from tests.curation.releases.test_export import Stopping, content
from tests.curation.releases.test_verify import problems, sign_anew

pytestmark = pytest.mark.django_db

# Reads every record with its picture, decoded, as a program that knows only croissant.json does.
READER = """
import json, sys
import mlcroissant
dataset = mlcroissant.Dataset(sys.argv[1])
assert not dataset.metadata.ctx.issues.errors and not dataset.metadata.ctx.issues.warnings
plain = lambda value: value.decode() if isinstance(value, bytes) else value
found = {"metadata": dataset.metadata.to_json(), "records": {}}
for name in ("pictures", "splits", "classes"):
    found["records"][name] = []
    for record in dataset.records(name):
        record = {key.partition("/")[2]: plain(value) for key, value in record.items()}
        if "image" in record:
            record["image"].load()
            record["image"] = record["image"].size
        found["records"][name].append(record)
json.dump(found, sys.stdout, default=str)
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a program with mlcroissant's cache in the test's folder."""

    def _run(*command: str) -> subprocess.CompletedProcess[str]:
        env = os.environ | {"CROISSANT_CACHE": str(tmp_path / "cache"), "HOME": str(tmp_path)}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=100, check=False)

    return _run


@pytest.fixture
def read(run: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[[Path], dict[str, Any]]:
    def _read(folder: Path) -> dict[str, Any]:
        done = run(sys.executable, "-c", READER, str(folder / "croissant.json"))
        assert done.returncode == 0, done.stderr[-3000:]
        return dict(json.loads(done.stdout))

    return _read


def exported(release: Release, folder: Path, **options: Any) -> dict[str, Any]:
    write_export(release, "croissant", folder, **options)
    return dict(json.loads((folder / "croissant.json").read_text()))


def test_the_validator_has_nothing_to_say(
    release: Release, tmp_path: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    exported(release, tmp_path / "out")
    program = str(Path(sys.executable).with_name("mlcroissant"))
    where = ("--jsonld", str(tmp_path / "out" / "croissant.json"))
    done = run(program, "validate", *where)
    said = (done.stdout + done.stderr).splitlines()
    assert done.returncode == 0, said
    # absl begins each line with the level: I, W, E.
    assert [line for line in said if not line.startswith("I")] == []
    loaded = run(program, "load", *where, "--record_set", "pictures", "--num_records", "-1")
    assert loaded.returncode == 0, loaded.stderr[-3000:]
    assert loaded.stdout.count("JpegImageFile") == 15
    assert not [line for line in loaded.stderr.splitlines() if line.startswith(("W", "E"))]


def test_every_record_has_its_picture_and_label(
    release: Release, tmp_path: Path, read: Callable[[Path], dict[str, Any]]
) -> None:
    exported(release, tmp_path / "out")
    found = read(tmp_path / "out")
    members = {member.sha256: member for member in release.members.all()}
    for record in found["records"]["pictures"]:
        member = members.pop(record["id"])
        assert min(record["image"]) == 192
        for name in ("split", "category", "category_index", "source", "licence", "licence_url"):
            assert record[name] == getattr(member, name), name
        assert record["rights_holder"] == member.rights_holder and record["access_uri"] is None
    assert not members
    assert found["records"]["splits"] == [
        {"name": "train", "url": "cr:TrainingSplit"},
        {"name": "test", "url": "cr:TestSplit"},
        {"name": "validate", "url": "cr:ValidationSplit"},
    ]
    assert [record["slug"] for record in found["records"]["classes"]] == ["class-a", "class-b", "class-c"]
    assert found["metadata"]["rai:dataBiases"] and found["metadata"]["rai:annotationsPerItem"]


def test_two_releases_with_the_same_classes_are_not_mixed_up(
    garden: Garden, release: Release, tmp_path: Path, read: Callable[[Path], dict[str, Any]]
) -> None:
    """mlcroissant keeps what it unpacks by the name of the archive."""
    other = freeze(garden.project, seed=8, name="second", train=2, test=1, validate=1)
    for each, n in ((release, 15), (other, 12)):
        exported(each, tmp_path / each.name)
        records = read(tmp_path / each.name)["records"]["pictures"]
        assert {record["id"] for record in records} == set(each.members.values_list("sha256", flat=True))
        assert len(records) == n
    part = exported(release, tmp_path / "part", licences=["CC0"])
    names = {each["contentUrl"] for each in part["distribution"] if "contentUrl" in each}
    assert not names & {path.name for path in (tmp_path / "first").glob("*.zip")} and part["license"] == [
        "https://creativecommons.org/publicdomain/zero/1.0/"
    ]
    wanted = set(release.members.filter(licence="CC0-1.0").values_list("sha256", flat=True))
    assert {record["id"] for record in read(tmp_path / "part")["records"]["pictures"]} == wanted


def test_what_the_page_says_and_who_made_it(
    release: Release, tmp_path: Path, read: Callable[[Path], dict[str, Any]]
) -> None:
    Source.objects.filter(code="S1").update(name="Botanic Garden", ror="04dkp9463")
    found = exported(release, tmp_path / "bare")
    assert found["creator"][1] == {
        "@type": "sc:Organization",
        "name": "Botanic Garden",
        "url": "https://ror.org/04dkp9463",
    }
    assert "publisher" not in found and found["url"] == "README.md"
    assert found["datePublished"] == release.created_at.date().isoformat() and found["version"] == "1.0.0"
    ReleasePage.objects.create(
        release=release,
        title="Pictures of plants",
        summary="All that grows.",
        creators=["Curator, A.", "The Garden"],
        publisher="A Repository",
        doi="10.5061/dryad.test",
    )
    found = exported(release, tmp_path / "said")
    assert (found["name"], found["description"]) == ("Pictures of plants", "All that grows.")
    assert [agent["name"] for agent in found["creator"]] == ["Curator, A.", "The Garden"]
    assert found["url"] == "https://doi.org/10.5061/dryad.test"
    assert "Curator, A." in found["citeAs"] and "10.5061/dryad.test" in found["citeAs"]
    read(tmp_path / "said")  # no warnings either
    assert verify(tmp_path / "said").ok


def test_the_survey_is_a_plain_split(
    make_garden: MakeGarden, tmp_path: Path, read: Callable[[Path], dict[str, Any]]
) -> None:
    garden = make_garden(2)
    garden.fill(4, files=True)
    garden.plant(garden.classes[0], files=True, source="FAR", licence="CC0-1.0")
    release = freeze(garden.project, seed=1, train=2, test=1, validate=1, survey_sources=["FAR"])
    document = exported(release, tmp_path / "out")
    assert any(
        "is all there is of these sources: FAR" in t for t in document["rai:dataPreprocessingProtocol"]
    )
    found = read(tmp_path / "out")["records"]
    assert found["splits"][-1] == {"name": "survey", "url": "cr:Split"}
    assert [record["source"] for record in found["pictures"] if record["split"] == "survey"] == ["FAR"]
    assert verify(tmp_path / "out").ok


def test_the_same_bytes_also_after_an_interruption(release: Release, tmp_path: Path) -> None:
    with pytest.raises(JobCancelled):
        write_export(release, "croissant", tmp_path / "one", progress=Stopping())
    for name in ("one", "two"):
        write_export(release, "croissant", tmp_path / name)
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_what_is_changed_is_found_and_named(release: Release, tmp_path: Path) -> None:
    out = tmp_path / "out"
    exported(release, out)
    report = verify(out, manifest_sha256=release.manifest_sha256)
    assert report.ok and report.pictures == 15, report.faults
    kept = content(out)

    def faults(name: str, change: Callable[[str], str]) -> str:
        text = kept[name].decode()
        assert change(text) != text
        (out / name).write_text(change(text))
        assert "has changed" in problems(verify(out), name)
        sign_anew(out)
        report = verify(out)
        for each, content_ in kept.items():
            (out / each).write_bytes(content_)
        return "\n".join(map(str, report.faults))

    not_following = "croissant.json: is not what follows from release.json and the files"
    for old, new in (
        ("cr:TestSplit", "cr:TrainingSplit"),
        ("zero/1.0/", "zero/2.0/"),
        ("Source S0", "Source S9"),
        ("No class has", "Every class has"),
    ):
        assert not_following in faults("croissant.json", lambda text, o=old, n=new: text.replace(o, n, 1))
    assert not_following in faults("labels.tsv", lambda text: text.replace("Garden", "Orchard", 1))
    facts = json.loads(kept["release.json"])
    facts["dataset"]["licences"]["CC0-1.0"] = "https://example.org/free"
    assert "licences in dataset are not those of the manifest" in faults(
        "release.json", lambda _text: json.dumps(facts)
    )
    del facts["dataset"]["rai"]
    assert "does not say what croissant.json is made of" in faults(
        "release.json", lambda _text: json.dumps(facts)
    )
    assert verify(out).ok


def test_two_pictures_swapped_between_classes_are_named(release: Release, tmp_path: Path) -> None:
    exported(release, tmp_path / "out")
    marked = mark(release.manifest_sha256, set(release.members.values_list("licence", flat=True)))
    paths = [tmp_path / "out" / archive_name(slug, marked) for slug in ("class-a", "class-b")]
    pictures = []
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            pictures.append({name: archive.read(name) for name in archive.namelist()})
    one, two = next(iter(pictures[0])), next(iter(pictures[1]))
    pictures[0][one], pictures[1][two] = pictures[1][two], pictures[0][one]
    for path, files in zip(paths, pictures, strict=True):
        with zipfile.ZipFile(path, "w") as archive:
            for name, picture in files.items():
                archive.writestr(name, picture)
    sign_anew(tmp_path / "out")
    report = verify(tmp_path / "out")
    for path, name in zip(paths, (one, two), strict=True):
        assert f"{name} is not the picture that the labels name" in problems(report, path.name)
