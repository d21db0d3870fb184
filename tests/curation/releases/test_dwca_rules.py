"""The rules of metafile and metadata: what we write keeps them, and each that is broken is named."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from curation.models import Release
from curation.services.export import write_export
from curation.services.exports import dwca_audubon
from curation.services.exports.dwca_rules import eml_problems, meta_problems
from curation.services.manifest import Row
from curation.services.verify import verify
from tests.curation.releases.test_datacite import faults, sign_anew

COLUMNS = {"meta.xml": 0, "eml.xml": 0, "occurrence.txt": 4, "multimedia.txt": 15}
FACTS = {
    "title": "Flora & <sheets>",
    "release": "first",
    "manifest_sha256": "0" * 64,
    "frozen_at": "2026-11-28",
}
META = dwca_audubon.meta().decode()
EML = dwca_audubon.eml("K", FACTS, [Row(*["a", "b", 0, *["x"] * (len(Row._fields) - 3)])]).decode()


def test_what_we_write_keeps_the_rules() -> None:
    assert meta_problems(META.encode(), COLUMNS) == []
    assert eml_problems(EML.encode()) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</archive>", "", "is not XML"),
        ("rs.tdwg.org/dwc/text/", "example.org/", "expected archive of http://rs.tdwg.org/dwc/text/"),
        ('metadata="eml.xml"', 'metadata="about.xml"', "metadata = 'about.xml': the archive has no"),
        ("<archive ", '<archive note="x" ', "archive: attribute note is none of"),
        ("occurrence.txt", "other.txt", "core: location = 'other.txt': the archive has no such file"),
        ("<location>occurrence.txt</location>", "", "core: files: expected one location or more"),
        ('<id index="0" />', "", "core: 0 elements id: expected one"),
        ('<coreid index="0" />', "", "extension: 0 elements coreid: expected one"),
        ("coreid", "coreId", "extension holds files, coreId, field"),
        ('<id index="0" />', "<id />", "core: id : expected an index, or a default"),
        ('index="3"', 'index="4"', "core: index = '4': expected a column, 0 to 3"),
        ('index="1"', 'index="one"', "core: index = 'one': expected a column"),
        ("http://rs.tdwg.org/dwc/terms/occurrenceID", "occurrenceID", "term = 'occurrenceID': expected a"),
        ("terms/catalogNumber", "terms/occurrenceID", "terms/occurrenceID' stands twice"),
        ("http://rs.tdwg.org/dwc/terms/Occurrence\"", '"', "core: rowType = '': expected the URI of a class"),
        ('ignoreHeaderLines="1"', 'ignoreHeaderLines="one"', "ignoreHeaderLines = 'one': expected"),
        ('encoding="UTF-8" f', 'charset="UTF-8" f', "core: attribute charset is none of"),
    ],
)  # fmt: skip
def test_a_metafile_that_breaks_a_rule(old: str, new: str, said: str) -> None:
    assert old in META
    found = meta_problems(META.replace(old, new).encode(), COLUMNS)
    assert any(said in problem for problem in found), found


def test_a_metafile_has_one_core_and_it_is_first() -> None:
    core, extension = (
        META[META.index(f"<{n}") : META.index(f"</{n}>") + len(n) + 3] for n in ("core", "extension")
    )
    for changed in (
        META.replace(core, ""),
        META.replace(core, core * 2),
        META.replace(core, extension + core),
    ):
        assert any("expected one core" in problem for problem in meta_problems(changed.encode(), COLUMNS))
    alone = META.replace(extension, "").replace('<id index="0" />', "")
    assert meta_problems(alone.encode(), COLUMNS) == []  # without extensions nothing needs to be joined


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</eml:eml>", "", "is not XML"),
        ("eml-2.1.1", "eml-2.0.0", "expected eml of eml://ecoinformatics.org/eml-2.1.1"),
        ('system="vasculum"', "", "eml: system is missing"),
        ("dataset>", "software>", "eml holds software: expected one dataset"),
        ("pubDate>", "date>", "dataset: date is none of"),
        ("<pubDate>2026-11-28</pubDate>", "<pubDate>28 November</pubDate>", "pubDate = '28 November'"),
        ("contact>", "metadataProvider>", "dataset: 0 elements contact: expected 1 to any number"),
        ("<language>en</language>", "<language>en</language>" * 2, "2 elements language: expected 0 to 1"),
        ("<title>", "<language>en</language><title>", "dataset: title stands behind language"),
        ("organizationName>", "surName>", "creator: expected one of individualName"),
        ("para>", "p>", "abstract: expected para or section"),
    ],
)  # fmt: skip
def test_metadata_that_break_a_rule(old: str, new: str, said: str) -> None:
    assert old in EML
    found = eml_problems(EML.replace(old, new).encode())
    assert any(said in problem for problem in found), found


@pytest.mark.django_db
def test_verify_names_the_rule(release: Release, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_export(release, "dwca-audubon", out)
    assert verify(out).ok
    name = next(iter(json.loads((out / "release.json").read_text())["archives"].values()))
    with zipfile.ZipFile(out / name) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    members["meta.xml"] = members["meta.xml"].replace(b"coreid", b"coreId")
    members["eml.xml"] = members["eml.xml"].replace(b"contact>", b"creator>")
    with zipfile.ZipFile(out / name, "w") as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    sign_anew(out)
    said = faults(verify(out), name)
    assert "meta.xml: extension holds files, coreId" in said
    assert "eml.xml: dataset: 0 elements contact" in said
