"""What exports hold: pictures, labels, licences; the same bytes each time; nothing half-done."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils.translation import override
from frictionless import Package, Resource, system
from PIL import Image as Pillow

from curation.errors import Refused
from curation.models import Image, Release
from curation.services.export import write_export
from curation.services.exports import tables
from curation.services.exports.content import LicenceGate, resolve_licences
from curation.services.freeze import freeze
from curation.services.progress import JobCancelled, NullProgress
from tests.curation.releases.conftest import Garden, MakeGarden, sha256_for

pytestmark = pytest.mark.django_db


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, dialect="excel-tab"))


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_dryad_archive_holds_what_it_says(release: Release, tmp_path: Path) -> None:
    out = tmp_path / "out"
    files = write_export(release, "dryad", out, acknowledged=True)
    assert {file["name"] for file in files} == {path.name for path in out.iterdir()}
    assert {path.name for path in out.glob("*.zip")} == {"class-a.zip", "class-b.zip", "class-c.zip"}
    labels = {row["id"]: row for row in rows(out / "labels.tsv")}
    members = {member.sha256: member for member in release.members.all()}
    assert labels.keys() == members.keys()
    seen = 0
    for archive in out.glob("*.zip"):
        with zipfile.ZipFile(archive) as opened:
            assert opened.testzip() is None
            assert {member.date_time for member in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
            for name in opened.namelist():
                picture = opened.read(name)
                row = labels[name.partition("/")[2].removesuffix(".jpg")]
                assert row["file"] == name and archive.name == f"{row['category']}.zip"
                assert row["file_sha256"] == hashlib.sha256(picture).hexdigest()
                with Pillow.open(io.BytesIO(picture)) as shown:
                    assert min(shown.size) == 192
                place = Image(sha256=row["id"]).file_name("dataset")
                assert picture == default_storage.open(place).read()
                seen += 1
    assert seen == 15
    for sha256, row in labels.items():
        for column in (
            "split",
            "category",
            "source",
            "licence",
            "rights_holder",
            "occurrence_id",
            "leak_group",
        ):
            assert row[column] == getattr(members[sha256], column)
    assert (out / "crosstab.tsv").read_text().splitlines()[-1].endswith("\t15")
    manifest = hashlib.sha256((out / "manifest.txt").read_bytes()).hexdigest()
    facts = json.loads((out / "release.json").read_text())
    assert manifest == release.manifest_sha256 == facts["manifest_sha256"]
    assert facts["acknowledged_licences"] is True


def test_sha256sum_agrees(release: Release, tmp_path: Path) -> None:
    write_export(release, "dryad", tmp_path / "out", acknowledged=True)
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=tmp_path / "out", capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stdout.count(": OK") == len(list((tmp_path / "out").iterdir())) - 1


@pytest.mark.parametrize("format", ["dryad", "tfrecord"])
def test_the_same_release_gives_the_same_bytes(release: Release, tmp_path: Path, format: str) -> None:
    for name, language in (("one", "en"), ("two", "es")):
        with override(language):
            write_export(release, format, tmp_path / name, acknowledged=True)
    first = content(tmp_path / "one")
    assert first == content(tmp_path / "two")
    # Again into the same folder: replaced by the same.
    write_export(release, format, tmp_path / "one", acknowledged=True)
    assert content(tmp_path / "one") == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_a_folder_with_something_else_is_left_alone(release: Release, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write_export(release, "dryad", out, acknowledged=True)
    for format, licences in (("tfrecord", []), ("dryad", ["CC0"])):
        with pytest.raises(Refused, match="not empty"):
            write_export(release, format, out, licences=licences)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(Refused, match="not empty"):
        write_export(release, "dryad", other, acknowledged=True)
    assert content(other) == {"thesis.txt": b"mine"}


class Stopping(NullProgress):
    """Ends the work after some pictures, as a cancelled job does."""

    left = 7

    def advance(self, n: int = 1) -> None:
        self.left -= n
        if self.left <= 0:
            raise JobCancelled("cancelled")


@pytest.mark.parametrize("format", ["dryad", "tfrecord"])
def test_a_stopped_export_shows_nothing_and_goes_on(release: Release, tmp_path: Path, format: str) -> None:
    with pytest.raises(JobCancelled):
        write_export(release, format, tmp_path / "out", acknowledged=True, progress=Stopping())
    assert [path.name for path in tmp_path.iterdir()] == [".out.part"]
    write_export(release, format, tmp_path / "out", acknowledged=True)
    write_export(release, format, tmp_path / "whole", acknowledged=True)
    assert content(tmp_path / "out") == content(tmp_path / "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "whole"]


def test_a_lost_picture_is_named_and_nothing_is_shown(release: Release, tmp_path: Path) -> None:
    member = release.members.all()[4]
    default_storage.delete(member.image.file_name("dataset"))
    with pytest.raises(Refused, match=member.sha256):
        write_export(release, "dryad", tmp_path / "out", acknowledged=True)
    assert not (tmp_path / "out").exists()


def test_dryad_stops_at_licences_that_are_not_cc0(release: Release, tmp_path: Path) -> None:
    with pytest.raises(LicenceGate) as caught:
        write_export(release, "dryad", tmp_path / "out")
    counts = Counter(release.members.values_list("licence", flat=True))
    assert caught.value.counts == counts
    for licence in ("CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-SA-4.0"):
        assert f"{counts[licence]} under {licence}" in caught.value.message
    assert not (tmp_path / "out").exists()
    with pytest.raises(LicenceGate):
        write_export(release, "dryad", tmp_path / "out", licences=["CC0", "CC-BY"])
    # Training records are no deposit: no gate.
    write_export(release, "tfrecord", tmp_path / "records")


def test_the_cc0_part_says_what_is_left_out(release: Release, tmp_path: Path) -> None:
    write_export(release, "dryad", tmp_path / "out", licences=["CC0"])
    labels = rows(tmp_path / "out" / "labels.tsv")
    wanted = release.members.filter(licence="CC0-1.0").count()
    assert len(labels) == wanted > 0
    assert {row["licence"] for row in labels} == {"CC0-1.0"}
    readme = (tmp_path / "out" / "README.md").read_text()
    assert f"the {wanted} pictures under CC0-1.0. Left out:" in readme
    assert "Not all of these pictures are CC0" not in readme


def test_the_acknowledgement_is_in_the_readme(release: Release, tmp_path: Path) -> None:
    write_export(release, "dryad", tmp_path / "out", acknowledged=True)
    assert "**Not all of these pictures are CC0.**" in (tmp_path / "out" / "README.md").read_text()


def test_licences_by_their_words() -> None:
    counts = {"CC-BY": 1, "CC-BY-4.0": 2, "CC-BY-NC-4.0": 3, "CC0-1.0": 4}
    assert resolve_licences(counts, ["cc0"]) == ("CC0-1.0",)
    assert resolve_licences(counts, ["CC-BY"]) == ("CC-BY", "CC-BY-4.0")
    assert resolve_licences(counts, ["CC-BY-4.0", "CC-BY-NC"]) == ("CC-BY-4.0", "CC-BY-NC-4.0")
    assert resolve_licences(counts, []) == ()
    with pytest.raises(Refused, match="'CC-BY-SA'"):
        resolve_licences(counts, ["CC-BY-SA"])


def test_the_readme_defines_every_column_and_names_every_file(release: Release, tmp_path: Path) -> None:
    write_export(release, "dryad", tmp_path / "out", acknowledged=True)
    readme = (tmp_path / "out" / "README.md").read_text()
    for name in content(tmp_path / "out").keys() - {"README.md", "crosstab.md"}:
        assert f"#### File: {name}\n" in readme
    for columns in (tables.DRYAD_COLUMNS, tables.ATTRIBUTION_COLUMNS):
        for column in columns:
            assert f"\n- {column}: " in readme
    assert release.manifest_sha256 in readme
    assert "drawn by software" not in readme.partition("## Files and variables")[0]


def test_drawn_pictures_are_said_to_be_drawn(make_garden: MakeGarden, tmp_path: Path) -> None:
    from tests.factories import make_source

    garden = make_garden(1)
    make_source("DRAWN", kind="synthetic")
    garden.fill(4, files=True, source="DRAWN", licence="CC0-1.0")
    release = freeze(garden.project, seed=1, train=2, test=1, validate=1)
    for format in ("dryad", "tfrecord"):
        write_export(release, format, tmp_path / format)
        assert (
            "**4 of these pictures are drawn by software**" in (tmp_path / format / "README.md").read_text()
        )


def test_attribution_names_what_the_licences_ask_for(release: Release, tmp_path: Path) -> None:
    write_export(release, "dryad", tmp_path / "out", acknowledged=True)
    lines = rows(tmp_path / "out" / "attribution.tsv")
    assert len(lines) == 15
    assert [line["source"] for line in lines] == sorted(line["source"] for line in lines)
    line = next(line for line in lines if line["licence"] == "CC-BY-SA-4.0")
    member = release.members.get(sha256=line["id"])
    assert line["attribution"] == (
        f"“{member.catalog_number}” by {member.rights_holder}, {member.source}, CC-BY-SA-4.0 "
        "(https://creativecommons.org/licenses/by-sa/4.0/). "
        "Changes: scaled to 192 pixels on the short side and saved as JPEG."
    )


def problems(folder: Path) -> list[Any]:
    """What Frictionless says, of each table by itself as Dryad asks it, and of the data package."""
    with system.use_context(trusted=True):
        found = []
        for path in sorted(folder.glob("*.tsv")):
            found += Resource(path=str(path)).validate().flatten(["rowNumber", "fieldName", "type", "note"])
        package = Package(str(folder / "datapackage.json")).validate()
        return found + package.flatten(["rowNumber", "fieldName", "type", "note"])


def test_frictionless_finds_nothing_wrong(release: Release, tmp_path: Path) -> None:
    for format in ("dryad", "tfrecord"):
        write_export(release, format, tmp_path / format, acknowledged=True)
        assert problems(tmp_path / format) == []


def test_frictionless_is_not_misled_by_the_first_lines(make_garden: MakeGarden, tmp_path: Path) -> None:
    garden = make_garden(1)
    [label] = garden.classes
    late = sorted(range(130), key=sha256_for)[-5:]  # past the hundred lines that are looked at for types
    for n in range(130):
        # Numbers and a few texts; few values at all; a source called like a missing value; quotation marks.
        garden.plant(
            label,
            files=True,
            name=n,
            source="NA" if n % 2 else "K",
            licence="CC0-1.0",
            catalog_number=f"X-{n}" if n in late else f"{n}",
            occurrence_id=f"urn:{n}" if n in late else ("" if n % 13 else f"{n}"),
            rights_holder='The "Trustees"',
            scientific_name="" if n else "Rosa",
        )
    release = freeze(garden.project, seed=1, train=100, test=15, validate=15)
    write_export(release, "dryad", tmp_path / "out")
    assert problems(tmp_path / "out") == []
    assert [row["rights_holder"] for row in rows(tmp_path / "out" / "labels.tsv")] == ['The "Trustees"'] * 130
    assert "look like one and are not: `NA`" in (tmp_path / "out" / "README.md").read_text()
    # That it is the order of the lines that does it: sorted by id alone, the same table is faulty.
    header, *lines = (tmp_path / "out" / "labels.tsv").read_text().splitlines(keepends=True)
    (tmp_path / "out" / "labels.tsv").write_text(header + "".join(sorted(lines)))
    assert {found[2] for found in problems(tmp_path / "out")} == {"type-error"}


def test_an_unknown_format_and_an_unfrozen_release(garden: Garden, tmp_path: Path) -> None:
    release = Release.objects.create(
        name="open", project=garden.project, seed=1, train=1, test=1, validate=1, software="test"
    )
    with pytest.raises(Refused, match="'zip'"):
        write_export(release, "zip", tmp_path / "out")
    with pytest.raises(Refused, match="not frozen"):
        write_export(release, "dryad", tmp_path / "out")
