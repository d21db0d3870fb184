"""The Darwin Core Archives: each source finds its own rows, read with other readers than what wrote them."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ElementTree
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dwca.read import DwCAReader

from curation.models import Image, Release
from curation.records import Medium, Problem
from curation.records.dwca import open_dwca
from curation.services.export import write_export
from curation.services.exports.dwca_audubon import CORE_FILE, MEDIA_FILE, archive_names
from curation.services.freeze import freeze
from curation.services.verify import verify
from tests.curation.releases.conftest import Garden, MakeGarden
from tests.curation.releases.test_datacite import faults, sign_anew

pytestmark = pytest.mark.django_db
AC, DWC, DCTERMS = (
    "http://rs.tdwg.org/ac/terms/",
    "http://rs.tdwg.org/dwc/terms/",
    "http://purl.org/dc/terms/",
)
XMP_RIGHTS = "http://ns.adobe.com/xap/1.0/rights/"


@pytest.fixture
def garden(make_garden: MakeGarden) -> Garden:
    """Like the usual one without files, with what collections have: names, addresses, several pictures of one
    specimen, pictures without any identifier."""
    made = make_garden(key="flora", title="Flora & <sheets>")
    names = iter(range(100))
    for label in made.classes:
        for n in range(6):
            number = next(names)
            made.plant(
                label,
                source=f"S{n % 3}",
                licence=["CC0-1.0", "CC-BY-4.0", "CC-BY"][n % 3],
                rights_holder='The "Trustees" & others',
                scientific_name=f"Rosa {number}",
                catalog_number="" if n == 5 else f"{label.key}-{n}",
                occurrence_id="" if n > 2 else f"urn:{label.key}:{n}",
                access_uri="" if n == 4 else f"https://pictures.example.org/{number}.jpg",
                further_information_url=f"https://example.org/{number}",
            )
    return made


@pytest.fixture
def release(garden: Garden) -> Release:
    return freeze(garden.project, seed=7, name="first", train=4, test=1, validate=1)


@pytest.fixture
def out(release: Release, tmp_path: Path) -> Path:
    write_export(release, "dwca-audubon", tmp_path / "out")
    return tmp_path / "out"


def test_each_source_finds_its_pictures(release: Release, out: Path) -> None:
    assert {path.name for path in out.iterdir()} == {
        *("S0.zip", "S1.zip", "S2.zip", "manifest.txt", "release.json", "README.md", "SHA256SUMS"),
    }
    seen: Counter[str] = Counter()
    for source in ("S0", "S1", "S2"):
        members = {member.sha256: member for member in release.members.filter(source=source)}
        with DwCAReader(str(out / f"{source}.zip")) as archive:
            assert archive.descriptor.core.type == f"{DWC}Occurrence"
            assert archive.metadata is not None
            ids = [row.id for row in archive.rows]
            assert len(ids) == len(set(ids))
            for row in archive.rows:
                for medium in row.extensions:
                    assert medium.rowtype == f"{AC}Multimedia"
                    said = medium.data
                    member = members[said[f"{AC}hashValue"]]
                    seen[member.sha256] += 1
                    assert said[f"{AC}hashFunction"] == "SHA-256"
                    assert said[f"{DCTERMS}identifier"] == f"hash://sha256/{member.sha256}"
                    assert said[f"{AC}accessURI"] == member.access_uri
                    assert said[f"{AC}furtherInformationURL"] == member.further_information_url
                    assert said[f"{AC}subjectCategory"] == member.category_name
                    assert said[f"{AC}tag"] == member.category
                    assert said[f"{AC}subjectCategoryVocabulary"] == (
                        "Classes of Flora & <sheets>, release first"
                    )
                    assert said[f"{DCTERMS}rights"] == (member.licence_url or member.licence)
                    assert said[f"{XMP_RIGHTS}UsageTerms"] == member.licence
                    assert said[f"{XMP_RIGHTS}Owner"] == 'The "Trustees" & others'
                    assert said[f"{DWC}scientificName"] == member.scientific_name
                    # The specimen is the picture's own.
                    assert row.data[f"{DWC}occurrenceID"] == member.occurrence_id
                    assert row.data[f"{DWC}catalogNumber"] == member.catalog_number
    assert seen == Counter(release.members.values_list("sha256", flat=True))
    report = verify(out, manifest_sha256=release.manifest_sha256)
    assert report.ok, report.faults
    assert report.pictures == 18


def test_our_own_importer_reads_it(release: Release, out: Path, tmp_path: Path) -> None:
    for source in ("S0", "S1", "S2"):
        work = tmp_path / f"work-{source}"
        work.mkdir()
        delivery = open_dwca(out / f"{source}.zip", f"{source}.zip", work)
        try:
            rows = list(delivery.rows())
        finally:
            delivery.close()
        members = {member.access_uri: member for member in release.members.filter(source=source)}
        found = {row.access_uri: row for row in rows if isinstance(row, Medium)}
        without = [row.rule for row in rows if isinstance(row, Problem)]
        assert found.keys() == members.keys() - {""}
        assert without == ["no-address"] * release.members.filter(source=source, access_uri="").count()
        for address, row in found.items():
            member = members[address]
            assert row.licence == (member.licence_url or member.licence)
            assert (row.rights_holder, row.scientific_name) == (member.rights_holder, member.scientific_name)
            assert row.catalog_number == member.catalog_number
            if member.occurrence_id:
                assert row.occurrence_id == member.occurrence_id


def test_pictures_of_one_specimen_share_its_line(make_garden: MakeGarden, tmp_path: Path) -> None:
    garden = make_garden(1)
    [label] = garden.classes
    for n in range(3):
        garden.plant(label, source="K", occurrence_id="urn:one", catalog_number="1", name=f"a{n}")
    for n in range(3):
        garden.plant(label, source="K", catalog_number="2", name=f"b{n}")
    release = freeze(garden.project, seed=1, train=6, test=0, validate=0)
    write_export(release, "dwca-audubon", tmp_path / "out")
    with DwCAReader(str(tmp_path / "out" / "K.zip")) as archive:
        lines = sorted((row.id, len(row.extensions)) for row in archive.rows)
    assert lines == [("catalogue number 2", 3), ("urn:one", 3)]


def test_the_description_is_in_the_form_of_the_text_guide(out: Path) -> None:
    """What the guide's XML schema asks: which elements, in which order, with which attributes."""
    with zipfile.ZipFile(out / "S0.zip") as archive:
        root = ElementTree.fromstring(archive.read("meta.xml"))
        names = archive.namelist()
        headers = {name: archive.read(name).decode().split("\n")[0].split("\t") for name in names[2:]}
        eml = ElementTree.fromstring(archive.read("eml.xml"))
    space = "{http://rs.tdwg.org/dwc/text/}"
    assert names == ["meta.xml", "eml.xml", CORE_FILE, MEDIA_FILE]
    assert (root.tag, root.attrib) == (f"{space}archive", {"metadata": "eml.xml"})
    assert [each.tag for each in root] == [f"{space}core", f"{space}extension"]
    allowed = {
        *("linesTerminatedBy", "fieldsTerminatedBy", "fieldsEnclosedBy", "ignoreHeaderLines", "rowType"),
        "encoding",
    }
    for section, key in zip(root, ("id", "coreid"), strict=True):
        assert section.attrib.keys() <= allowed and section.get("rowType")
        files, first, *fields = section
        assert (files.tag, first.tag) == (f"{space}files", f"{space}{key}")
        [location] = files
        header = headers[str(location.text)]
        assert first.attrib == {"index": "0"} and header[0] == key
        assert {field.tag for field in fields} == {f"{space}field"}
        for field in fields:
            assert field.attrib.keys() == {"index", "term"}
            # The header says in short what the term says.
            assert header[int(field.attrib["index"])] == field.attrib["term"].rpartition("/")[2]
        assert len(fields) == len(header) - 1
    assert eml.tag == "{eml://ecoinformatics.org/eml-2.1.1}eml"
    assert [each.tag for each in eml[0]] == [
        *("title", "creator", "pubDate", "language", "abstract", "intellectualRights", "contact"),
    ]
    assert "of S0 in release first of Flora & <sheets>" in str(eml[0][0].text)


def test_names_of_files_are_safe() -> None:
    assert archive_names(["K", "ny", "NY", "Ny", "ny_2", "CON", "nul", "com1.a", "K+EBC"]) == {
        "CON": "_CON.zip",
        "K": "K.zip",
        "K+EBC": "K+EBC.zip",
        "NY": "NY.zip",
        "Ny": "Ny_2.zip",
        "com1.a": "_com1.a.zip",
        "nul": "_nul.zip",
        "ny": "ny_3.zip",
        "ny_2": "ny_2_2.zip",
    }


def test_the_same_release_gives_the_same_bytes(release: Release, out: Path, tmp_path: Path) -> None:
    write_export(release, "dwca-audubon", tmp_path / "again")
    for path in out.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_only_some_licences(release: Release, tmp_path: Path) -> None:
    write_export(release, "dwca-audubon", tmp_path / "part", licences=["CC0"])
    assert {path.name for path in (tmp_path / "part").glob("*.zip")} == {"S0.zip"}
    assert verify(tmp_path / "part").ok


def test_no_picture_is_read(release: Release, out: Path) -> None:
    """The garden here has no files at all."""
    image = Image.objects.filter(memberships__release=release)[0]
    assert not image.file_name("dataset").startswith("/") and (out / "S0.zip").is_file()


def rewritten(path: Path, name: str, change: Callable[[str], str]) -> None:
    with zipfile.ZipFile(path) as archive:
        files = {each: archive.read(each) for each in archive.namelist()}
    changed = change(files[name].decode())
    assert changed.encode() != files[name]
    files[name] = changed.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in files.items():
            archive.writestr(each, content)


def swap_categories(text: str) -> str:
    """The classes of two pictures, one for the other."""
    lines = text.split("\n")
    cells = [line.split("\t") for line in lines]
    at = cells[0].index("subjectCategory")
    other = next(n for n in range(2, len(cells) - 1) if cells[n][at] != cells[1][at])
    cells[1][at], cells[other][at] = cells[other][at], cells[1][at]
    return "\n".join("\t".join(line) for line in cells)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (MEDIA_FILE, swap_categories, "multimedia.txt is not what follows from the manifest: line 2 differs"),
        (MEDIA_FILE, lambda text: text.replace("CC0-1.0", "CC9-1.0", 1), "line 2 differs"),
        (MEDIA_FILE, lambda text: text + text.split("\n")[1] + "\n", "goes on after line 7"),
        (MEDIA_FILE, lambda text: "\n".join(text.split("\n")[:-2]) + "\n", "line 7 differs"),
        (CORE_FILE, lambda text: text.replace("Rosa", "Rubus", 1), "occurrence.txt is not what follows"),
        ("eml.xml", lambda text: text.replace("CC0", "CC9"), "eml.xml is not what follows"),
        ("meta.xml", lambda text: text.replace("accessURI", "tag"), "meta.xml is not what follows"),
    ],
)
def test_a_changed_row_is_found_also_with_new_checksums(
    out: Path, name: str, change: Callable[[str], str], message: str
) -> None:
    rewritten(out / "S0.zip", name, change)
    assert "has changed" in faults(verify(out), "S0.zip")
    sign_anew(out)
    assert message in faults(verify(out), "S0.zip")


def test_missing_extra_and_swapped_archives(out: Path) -> None:
    kept = {path.name: path.read_bytes() for path in out.iterdir()}

    def report_after(change: Callable[[], Any], file: str) -> str:
        for name, content in kept.items():
            (out / name).write_bytes(content)
        change()
        sign_anew(out)
        return faults(verify(out), file)

    def exchange() -> None:
        (out / "S0.zip").write_bytes(kept["S1.zip"])

    def extra() -> None:
        (out / "S9.zip").write_bytes(kept["S1.zip"])

    def renamed() -> None:
        facts = json.loads(kept["release.json"])
        facts["archives"]["S0"] = "other.zip"
        (out / "release.json").write_text(json.dumps(facts))

    assert "is missing; the manifest has 6 pictures of S0" in report_after((out / "S0.zip").unlink, "S0.zip")
    assert "is not what follows" in report_after(exchange, "S0.zip")
    (out / "S9.zip").unlink(missing_ok=True)
    assert "does not know" in report_after(extra, "S9.zip")
    (out / "S9.zip").unlink()
    assert "archives are not those" in report_after(renamed, "release.json")
    assert "not a ZIP archive" in report_after(lambda: (out / "S0.zip").write_bytes(b"no"), "S0.zip")


def test_a_damaged_byte_is_found(out: Path) -> None:
    dice = random.Random(1)
    for path in sorted(out.iterdir()):
        kept = path.read_bytes()
        for at in {0, len(kept) - 1, *dice.sample(range(len(kept)), 3)}:
            path.write_bytes(kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])
            assert not verify(out).ok, f"{path.name}, byte {at}"
        path.write_bytes(kept)
    assert verify(out).ok
