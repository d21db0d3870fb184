"""What a delivery is, whatever it is called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from curation.records import Problem, RecordsError, detect, open_delivery
from tests.curation.records.builders import DWC, OCCURRENCE, meta, section, write_zip
from tests.shared import SHARED

LIST = "url\nhttps://a.example.org/1.jpg\n"
META = meta(section("core", OCCURRENCE, "occurrence.txt", [DWC + "associatedMedia"]))
EXPORT = '{"vasculum_export": 1, "format": "dryad"}'


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"meta.xml": META, "occurrence.txt": "x"}, "dwca"),
        ({"dwca-1/meta.xml": META, "dwca-1/occurrence.txt": "x"}, "dwca"),
        ({"meta.xml": META, "multimedia.csv": "coreid,identifier\n", "occurrence.csv": "x"}, "dwca"),
        ({"meta.xml": META, "multimedia.csv": "coreid,idigbio:uuid\n", "occurrence.csv": "x"}, "idigbio"),
        ({"meta.xml": META, "multimedia_raw.csv": "x", "occurrence_raw.csv": "x"}, "idigbio"),
        ({"multimedia.csv": "x", "occurrence.csv": "x"}, "idigbio"),
        ({"release.json": EXPORT, "labels.tsv": "x"}, "export"),
        ({"one/release.json": EXPORT, "one/labels.tsv": "x"}, "export"),
        ({"list.tsv": LIST}, "list"),
    ],
)
def test_kinds_zipped_and_as_folders(tmp_path: Path, members: dict[str, str], kind: str) -> None:
    assert detect(write_zip(tmp_path / "delivery", members)) == kind
    folder = tmp_path / "folder"
    for name, content in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    if kind == "list":
        kind = "folder"
    elif "idigbio:uuid" in members.get("multimedia.csv", ""):
        kind = "dwca"  # unpacked by hand, without its raw tables: meta.xml says how to read it
    assert detect(folder) == kind


def test_a_list_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "records.jpg").write_text(LIST)
    assert detect(tmp_path / "records.jpg") == "list"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7 ...", "is a PDF document, and not a delivery that can be read."),
        (b"\xd0\xcf\x11\xe0....", "is an old Office document, such as an Excel .xls"),
        (b"\xff\xd8\xff\xe0....", "is a single picture (JPEG)"),
        (b"\x89PNG....", "is a single picture (PNG)"),
        (b"\x1f\x8b\x08....", "is a gzip archive"),
        (b"Rar!....", "is a RAR archive"),
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"<?xml version='1.0'?><a/>", "is an XML document"),
        (b'{"a": 1}', "is a JSON document"),
        (b"SQLite format 3\0", "is an SQLite database"),
        (b"a\0\0\0\1" * 100, "is no text"),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "list.tsv").write_bytes(content)
    with pytest.raises(RecordsError) as error:
        detect(tmp_path / "list.tsv")
    assert error.value.rule == "wrong-kind"
    assert what in str(error.value)


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({f"{n}.jpg": "x" for n in range(3)}, "is a ZIP of 3 pictures"),
        ({"[Content_Types].xml": "x", "xl/workbook.xml": "x"}, "is an Excel workbook"),
        ({"[Content_Types].xml": "x", "word/document.xml": "x"}, "is a Word document"),
        ({"a.tsv": LIST, "b.tsv": LIST}, "is a ZIP without a meta.xml (it holds a.tsv, b.tsv)"),
    ],
)
def test_archives_that_are_something_else(tmp_path: Path, members: dict[str, str], what: str) -> None:
    with pytest.raises(RecordsError) as error:
        detect(write_zip(tmp_path / "a.zip", members))
    assert error.value.rule == "wrong-kind"
    assert what in str(error.value)


def test_an_excel_workbook_says_what_to_do(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "list.xlsx", {"[Content_Types].xml": "x", "xl/workbook.xml": "x"})
    with pytest.raises(RecordsError) as error:
        detect(path)
    assert str(error.value) == (
        "list.xlsx: is an Excel workbook, and not a delivery that can be read. Save the sheet as "
        "tab-separated text in UTF-8 and bring that in."
    )


@pytest.mark.parametrize(("content", "rule"), [(b"", "empty"), (None, "missing")])
def test_nothing(tmp_path: Path, content: bytes | None, rule: str) -> None:
    if content is not None:
        (tmp_path / "list.tsv").write_bytes(content)
    with pytest.raises(RecordsError) as error:
        detect(tmp_path / "list.tsv")
    assert error.value.rule == rule


def test_an_empty_archive(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="the archive holds no files"):
        detect(write_zip(tmp_path / "a.zip", {}))


def test_a_folder_of_pictures_is_not_read_by_rows(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    assert detect(tmp_path / "pictures") == "folder"
    with pytest.raises(RecordsError, match="Bring it in as a folder of pictures"):
        open_delivery(tmp_path / "pictures", work=tmp_path)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "rule", "said"),
    [
        ("dwca-2extensions.zip", "no-multimedia", "Taxon records with Description, VernacularName"),
        ("dwca-orphaned-rows.zip", "no-multimedia", "Taxon records with Description, VernacularName"),
        (
            "dwca-invalid-simple-two.zip",
            "simple-csv",
            "is a simple CSV download of GBIF, which carries no multimedia. Ask GBIF for the Darwin Core",
        ),
    ],
)
def test_real_archives_of_something_else(name: str, rule: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(RecordsError) as error:
        open_delivery(SHARED / "dwca" / name, work=tmp_path)
    assert error.value.rule == rule
    assert said in str(error.value)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "records"),
    [("gbif-results.zip", 158), ("dwca-noheaders-1.zip", 2), ("dwca-nometadata.zip", 2)],
)
def test_real_archives_of_records_without_media(name: str, records: int, tmp_path: Path) -> None:
    with open_delivery(SHARED / "dwca" / name, work=tmp_path) as delivery:
        rows = list(delivery.rows())
    assert [type(row) for row in rows] == [Problem] * records
    assert {row.rule for row in rows} == {"no-multimedia"}  # type: ignore[union-attr]
    assert "names no picture; the archive has no multimedia" in rows[0].message  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [b"l\xffst.tsv", b"li\nst.tsv", b"x" * 250])
def test_names_of_files_that_can_not_be_kept(tmp_path: Path, name: bytes) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    path.write_text(LIST)
    with open_delivery(path, work=tmp_path) as delivery:
        (row,) = delivery.rows()
    row.file.encode()
    assert row.file == delivery.name
    assert row.file.isprintable()
    assert len(row.file) <= 200
