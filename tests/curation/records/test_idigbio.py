"""Downloads from iDigBio: the raw tables are believed, the index only fills gaps."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.records import Medium, Problem, RecordsError
from tests.curation.records.builders import opened, rows_of, write_zip

URL = "https://pictures.example.org/{}.jpg"
SENTENCE = "Specimen data are Public Domain, media are under CC BY-NC-SA 3.0"
RAW_MEDIA = (
    "coreid,idigbio:uuid,ac:accessURI,ac:bestQualityAccessURI,dcterms:identifier,dcterms:license,dcterms:rights,"
    "xmpRights:UsageTerms,xmpRights:WebStatement,dc:type,dcterms:format\n"
    f'rec-1,m-1,{URL.format(1)},,,,"{SENTENCE}",,,StillImage,image/jpeg\n'
    f"rec-2,m-2,,{URL.format(2)},,,,CC BY,https://e.example.org/,StillImage,\n"
    f"rec-2,m-3,,,{URL.format(3)},,,,,,\n"
    f"rec-9,m-4,{URL.format(4)},,,CC0,,,,,\n"
    f"rec-1,m-5,{URL.format(5)},,,,,,,,\n"
)
MEDIA = (
    "coreid,idigbio:uuid,ac:accessURI,dcterms:rights,dcterms:format,dc:type\n"
    f"rec-1,m-1,{URL.format(1)},CC0,image/jpeg,StillImage\n"
    f"rec-2,m-2,{URL.format(2)},BY,image/jpeg,StillImage\n"
    f"rec-2,m-3,{URL.format('from-index')},BY-NC,image/jpeg,StillImage\n"
    f"rec-9,m-4,{URL.format(4)},CC0,,\n"
    f"rec-1,m-5,{URL.format(5)},Public Domain,image/jpeg,StillImage\n"
)
RAW_RECORDS = (
    "id,dwc:institutionCode,dwc:collectionCode,dwc:catalogNumber,dwc:occurrenceID,dwc:scientificName,dwc:family\n"
    "rec-1,MICH,Plants,MICH-1,urn:1,Rosa canina L.,Rosaceae\n"
    "rec-2,MICH,,MICH-2,,Acer L.,\n"
)
RECORDS = (
    "coreid,dwc:institutionCode,dwc:collectionCode,dwc:scientificName,dwc:family,dwc:genus,idigbio:recordset\n"
    "rec-1,mich,plants,rosa canina,rosaceae,rosa,set-1\n"
    "rec-2,mich,plants,acer,sapindaceae,acer,set-1\n"
)
ALL = {
    "multimedia_raw.csv": RAW_MEDIA,
    "multimedia.csv": MEDIA,
    "occurrence_raw.csv": RAW_RECORDS,
    "occurrence.csv": RECORDS,
    "meta.xml": "<archive/>",
}


def read(path: Path, *names: str) -> tuple[list[Medium], list[Problem]]:
    write_zip(path, {name: ALL[name] for name in names or ALL})
    return rows_of(opened(path, path.parent / "work"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "download.zip"


def test_raw_and_indexed_tables(path: Path) -> None:
    found, problems = read(path)
    assert [(m.row, m.access_uri, m.licence, m.record_licence) for m in found] == [
        (2, URL.format(1), SENTENCE, ""),
        (3, URL.format(2), "CC BY", ""),
        (4, URL.format("from-index"), "", "BY-NC"),
        (6, URL.format(5), "", "Public Domain"),
    ]
    assert {m.file for m in found} == {"multimedia_raw.csv"}
    first, second = found[:2]
    assert (first.institution_code, first.scientific_name, first.genus) == ("MICH", "Rosa canina L.", "rosa")
    assert (second.collection_code, second.family) == ("plants", "sapindaceae")
    assert (first.occurrence_id, second.occurrence_id) == ("urn:1", "rec-2")
    assert (first.dataset_key, second.format) == ("set-1", "image/jpeg")
    assert [(each.row, each.rule, each.value) for each in problems] == [(5, "orphan", "rec-9")]


def test_only_indexed_tables_are_said(path: Path) -> None:
    found, problems = read(path, "multimedia.csv", "occurrence.csv")
    assert [m.licence for m in found] == ["CC0", "BY", "BY-NC", "Public Domain"]
    assert [(each.row, each.rule, each.note) for each in problems] == [
        (None, "indexed-licences", True), (5, "orphan", False),
    ]  # fmt: skip
    assert "holds licences as iDigBio's index rewrote them" in problems[0].message


def test_only_raw_tables(path: Path) -> None:
    found, problems = read(path, "multimedia_raw.csv", "occurrence_raw.csv")
    assert [m.row for m in found] == [2, 3, 6]
    assert [(each.row, each.rule) for each in problems] == [(4, "no-address"), (5, "orphan")]


def test_a_download_without_occurrences(path: Path) -> None:
    with pytest.raises(RecordsError) as error:
        read(path, "multimedia_raw.csv")
    assert error.value.rule == "missing-file"
    assert "holds no occurrence.csv and no occurrence_raw.csv" in str(error.value)


def test_a_table_without_ids(path: Path) -> None:
    write_zip(path, ALL | {"multimedia_raw.csv": f"ac:accessURI,dcterms:rights\n{URL.format(1)},CC0\n"})
    with pytest.raises(RecordsError) as error:
        opened(path, path.parent / "work")
    assert str(error.value) == (
        "multimedia_raw.csv: has no column coreid or id, so its rows can't be joined. "
        "Fetch the download again."
    )


def test_a_table_without_addresses(path: Path) -> None:
    write_zip(
        path, {"multimedia_raw.csv": "coreid,dcterms:rights\nrec-1,CC0\n", "occurrence_raw.csv": RAW_RECORDS}
    )
    with pytest.raises(RecordsError) as error:
        opened(path, path.parent / "work")
    assert error.value.rule == "no-address-column"


def test_no_media(path: Path) -> None:
    write_zip(path, ALL | {"multimedia_raw.csv": RAW_MEDIA.split("\n")[0] + "\n"})
    with pytest.raises(RecordsError, match="multimedia_raw.csv has no rows"):
        opened(path, path.parent / "work")
