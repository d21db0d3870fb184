"""The DataCite export: its metadata are what the schema asks for, and say what the release says."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from datacite import schema45

from curation.models import Batch, Image, Release, Source
from curation.services.export import write_export
from curation.services.exports.datacite_xml import xml
from curation.services.exports.folder import CHECKSUMS_FILE, checksums, listed
from curation.services.freeze import freeze
from curation.services.release_page import save_page
from curation.services.verify import Report, verify
from tests.curation.releases.conftest import MakeGarden
from tests.factories import make_source, make_user

pytestmark = pytest.mark.django_db
PAGE = {
    "title": "Sheets, sorted & “labelled”",
    "summary": "What is on a sheet.\n\nSorted by hand.",
    "creators": ["Royal Botanic Gardens, Kew", "A group"],
    "publisher": "A repository",
    "doi": "https://doi.org/10.5061/dryad.ABC-1",
}


@pytest.fixture
def said(release: Release) -> Release:
    """A release with a page, and with names of batches and a ROR that the metadata use."""
    save_page(make_user("admin"), release, **PAGE)  # type: ignore[arg-type]
    Source.objects.filter(code="S1").update(ror="00ynnr806", name="Garden & sons")
    first, second, third, *_others = Image.objects.filter(memberships__release=release).order_by("pk")
    origins = {
        first: "0001-240.zip doi:10.15468/dl.Ab12cd",
        second: "https://example.org/lists/mine.tsv",
        third: "https://example.org/lists/mine.tsv?key=secret",
    }
    for image, origin in origins.items():
        Image.objects.filter(pk=image.pk).update(batch=Batch.objects.create(origin=origin))
    return release


def metadata(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "datacite.json").read_text())
    return found


def problems(document: dict[str, Any]) -> list[str]:
    return [error.message for error in schema45.validator.iter_errors(document)]


def sign_anew(folder: Path) -> None:
    (folder / CHECKSUMS_FILE).unlink()
    (folder / CHECKSUMS_FILE).write_bytes(
        checksums({each["name"]: each["sha256"] for each in listed(folder)})
    )


def faults(report: Report, file: str) -> str:
    return "\n".join(fault.problem for fault in report.faults if fault.file == file)


def test_the_metadata_meet_the_schema_and_say_what_the_release_says(said: Release, tmp_path: Path) -> None:
    files = write_export(said, "datacite", tmp_path / "out")
    assert {file["name"] for file in files} == {
        *("datacite.json", "datacite.xml", "manifest.txt", "release.json", "README.md", "SHA256SUMS"),
    }
    found = metadata(tmp_path / "out")
    assert problems(found) == []
    assert found["doi"] == "10.5061/dryad.ABC-1"
    assert found["titles"] == [{"title": PAGE["title"], "lang": "en"}]
    assert [each["name"] for each in found["creators"]] == PAGE["creators"]
    assert found["publisher"] == {"name": "A repository"}
    assert found["publicationYear"] == str(said.created_at.year)
    assert found["types"]["resourceTypeGeneral"] == "Dataset"
    assert found["version"] == "first"
    assert found["descriptions"][0] == {
        "description": PAGE["summary"],
        "descriptionType": "Abstract",
        "lang": "en",
    }
    assert {"subject": "Class A", "subjectScheme": "Classes of Test project"} in found["subjects"]
    licences = Counter(said.members.values_list("licence", "licence_url"))
    assert [(each["rightsIdentifier"], each["rightsUri"]) for each in found["rightsList"]] == sorted(licences)
    for each in found["rightsList"]:
        n = licences[each["rightsIdentifier"], each["rightsUri"]]
        assert each["rights"] == f"{each['rightsIdentifier']} ({n} of the pictures)"
        assert (each["rightsIdentifierScheme"], each["schemeUri"]) == ("SPDX", "https://spdx.org/licenses/")
    contributors = {each["name"]: each for each in found["contributors"]}
    assert contributors.keys() == {"Source S0", "Garden & sons", "Source S2"}
    assert {each["contributorType"] for each in contributors.values()} == {"DataCollector"}
    [ror] = contributors["Garden & sons"]["nameIdentifiers"]
    assert ror["nameIdentifier"] == "https://ror.org/00ynnr806"
    # An address with a query may hold somebody's key: it is not published.
    assert found["relatedIdentifiers"] == [
        {
            "relatedIdentifier": value,
            "relatedIdentifierType": kind,
            "relationType": "IsDerivedFrom",
        }
        for kind, value in (
            ("DOI", "10.15468/dl.ab12cd"),
            ("URL", "https://example.org/lists/mine.tsv"),
        )
    ]
    assert verify(tmp_path / "out", manifest_sha256=said.manifest_sha256).ok


def elements(xml: str) -> Counter[str]:
    """The elements of the resource, each in canonical form; the schema takes them in any order."""
    root = ElementTree.fromstring(xml)
    assert root.tag == "{http://datacite.org/schema/kernel-4}resource"
    found = (ElementTree.tostring(each, encoding="unicode") for each in root)
    return Counter(ElementTree.canonicalize(each, strip_text=True) for each in found)


def by_the_package(document: dict[str, Any]) -> str:
    """What DataCite's own users write; it calls the namespace of xml:lang by the name of its prefix."""
    made = schema45.tostring(document).replace('xmlns:xml="xml"', "")
    return str(re.sub(r"<\?xml[^>]*>", "", made))


@pytest.mark.parametrize("page", [True, False], ids=["page", "no page"])
def test_the_xml_is_what_the_package_makes_of_the_json(said: Release, tmp_path: Path, page: bool) -> None:
    if not page:
        said.page.delete()
        said = Release.objects.get(pk=said.pk)
    write_export(said, "datacite", tmp_path / "out")
    found = metadata(tmp_path / "out")
    made = (tmp_path / "out" / "datacite.xml").read_text()
    assert 'xsi:schemaLocation="http://datacite.org/schema/kernel-4 ' in made
    assert ("doi" in found) is page
    assert elements(made) == elements(by_the_package({"doi": ":tba"} | found))
    # What the XML schema asks for at least, once each.
    names = [re.sub(r"{.*}", "", each.tag) for each in ElementTree.fromstring(made)]
    needed = {"identifier", "creators", "titles", "publisher", "publicationYear", "resourceType"}
    assert needed <= set(names) and len(names) == len(set(names))
    assert verify(tmp_path / "out").ok


def test_what_xml_has_no_place_for_is_left_out() -> None:
    document: dict[str, Any] = {"doi": "", "creators": [{"name": "A\x01B\x0b & <C>\ud800"}], "titles": []}
    document |= {"publisher": {"name": "P\ufffe"}, "publicationYear": "2026", "language": "en"}
    document |= {"types": {"resourceType": "x", "resourceTypeGeneral": "Dataset"}, "version": "1"}
    lists = ("subjects", "contributors", "dates", "alternateIdentifiers", "relatedIdentifiers", "sizes")
    document |= {name: [] for name in (*lists, "formats", "rightsList", "descriptions")}
    root = ElementTree.fromstring(xml(document))
    assert [each.text for each in root.iter() if each.text and "A" in each.text] == ["AB & <C>"]


def test_the_schema_does_refuse(said: Release, tmp_path: Path) -> None:
    """That the check above is one."""
    write_export(said, "datacite", tmp_path / "out")
    found = metadata(tmp_path / "out")
    assert problems(found | {"publisher": "A repository"})
    assert problems(found | {"doi": "none yet"})
    assert problems({name: value for name, value in found.items() if name != "creators"})


def test_without_a_page_nothing_is_made_up(release: Release, tmp_path: Path) -> None:
    write_export(release, "datacite", tmp_path / "out", licences=["CC0"])
    found = metadata(tmp_path / "out")
    assert problems(found) == []
    assert "doi" not in found
    assert found["publisher"] == {"name": ":tba"}
    assert found["titles"][0]["title"] == "Test project: first"
    there = release.members.filter(licence="CC0-1.0")
    assert [each["name"] for each in found["creators"]] == [
        f"Source {code}" for code in sorted(set(there.values_list("source", flat=True)))
    ]
    assert [each["rightsIdentifier"] for each in found["rightsList"]] == ["CC0-1.0"]
    assert found["sizes"][0] == f"{there.count()} pictures"
    readme = (tmp_path / "out" / "README.md").read_text()
    assert "There is no DOI yet, and none is made up" in readme and "`:tba`" in readme
    assert f"the {there.count()} pictures under CC0-1.0" in readme
    assert verify(tmp_path / "out").ok


def test_software_is_nobody(make_garden: MakeGarden, tmp_path: Path) -> None:
    garden = make_garden(1)
    make_source("DRAWN", kind="synthetic")
    garden.fill(3, source="DRAWN", licence="CC-BY")  # no version stated: SPDX has no name for it
    release = freeze(garden.project, seed=1, train=1, test=1, validate=1)
    write_export(release, "datacite", tmp_path / "out")
    found = metadata(tmp_path / "out")
    assert problems(found) == []
    assert found["contributors"] == [] and found["creators"] == [{"name": ":tba"}]
    assert found["rightsList"] == [{"rights": "CC-BY (3 of the pictures)"}]
    assert "drawn by software" in (tmp_path / "out" / "README.md").read_text()


def test_the_same_release_gives_the_same_bytes(said: Release, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_export(said, "datacite", tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def swapped(name: str, one: str, other: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert one in text and other in text
        (folder / name).write_text(text.replace(one, "\0").replace(other, one).replace("\0", other))

    return change


def forged(folder: Path) -> None:
    """A source that the manifest does not know, in both files."""
    for name in ("release.json", "datacite.json", "datacite.xml"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace('"S1"', '"S9"'))


def emptied(folder: Path) -> None:
    facts = json.loads((folder / "release.json").read_text())
    facts["about"] = {"title": 3}
    (folder / "release.json").write_text(json.dumps(facts))


@pytest.mark.parametrize(
    ("change", "file", "message"),
    [
        (swapped("datacite.json", "CC-BY-4.0", "CC-BY-NC-4.0"), "datacite.json", "is not what follows"),
        (swapped("datacite.json", "Source S0", "Source S2"), "datacite.json", "is not what follows"),
        (swapped("release.json", "A group", "A repository"), "datacite.json", "is not what follows"),
        (swapped("manifest.txt", "class-a", "class-b"), "manifest.txt", "has the SHA-256"),
        (forged, "release.json", "sources are not those of the manifest"),
        (emptied, "release.json", "does not say what the metadata are made of"),
        (swapped("datacite.xml", "CC-BY-4.0", "CC0-1.0"), "datacite.xml", "is not what follows"),
        (swapped("release.json", "A group", "A repository"), "datacite.xml", "is not what follows"),
        (lambda folder: (folder / "datacite.json").unlink(), "datacite.json", "is missing"),
        (lambda folder: (folder / "datacite.xml").unlink(), "datacite.xml", "is missing"),
        (lambda folder: (folder / "README.md").unlink(), "README.md", "is missing"),
    ],
)
def test_what_is_changed_is_found_also_with_new_checksums(
    said: Release, tmp_path: Path, change: Callable[[Path], None], file: str, message: str
) -> None:
    out = tmp_path / "out"
    write_export(said, "datacite", out)
    change(out)
    assert not verify(out).ok
    sign_anew(out)
    assert message in faults(verify(out), file)


def test_a_damaged_byte_and_an_extra_file_are_found(said: Release, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_export(said, "datacite", out)
    for path in sorted(out.iterdir()):
        kept = path.read_bytes()
        for at in (0, len(kept) // 2, len(kept) - 1):
            path.write_bytes(kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])
            assert not verify(out).ok, f"{path.name}, byte {at}"
        path.write_bytes(kept)
    assert verify(out).ok
    (out / "notes.txt").write_text("mine")
    assert {fault.file for fault in verify(out).faults} == {"notes.txt"}
