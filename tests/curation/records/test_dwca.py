"""Darwin Core Archives as GBIF and collections write them, and broken ones."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from curation.records import Medium, Problem, RecordsError
from tests.curation.records.builders import (
    AC,
    AUDUBON,
    DC,
    DCTERMS,
    DWC,
    GBIF,
    OCCURRENCE,
    SIMPLE,
    XMP,
    meta,
    opened,
    rows_of,
    section,
    tsv,
    write_zip,
)
from tests.shared import SHARED

URL = "https://pictures.example.org/{}.jpg"
RECORD_TERMS = [
    DWC + "occurrenceID", DWC + "institutionCode", DWC + "collectionCode", DWC + "catalogNumber",
    DWC + "scientificName", DWC + "family", DWC + "genus", GBIF + "datasetKey", DCTERMS + "license",
]  # fmt: skip
MEDIA_TERMS = [DCTERMS + each for each in ("type", "format", "identifier", "references", "creator", "license",
                                           "rightsHolder")]  # fmt: skip
RECORD_HEADER = ["gbifID", *(each.rpartition("/")[2] for each in RECORD_TERMS)]
MEDIA_HEADER = ["gbifID", *(each.rpartition("/")[2] for each in MEDIA_TERMS)]
EML = (
    '<eml:eml xmlns:eml="eml://x"><dataset><intellectualRights><para>This work is under a '
    '<ulink url="http://creativecommons.org/licenses/by-nc/4.0/legalcode"><citetitle>CC-BY-NC</citetitle></ulink>'
    " licence.</para></intellectualRights></dataset></eml:eml>"
)


def record(key: str, name: str = "Rosa canina L.", licence: str = "CC0_1_0") -> list[str]:
    return [key, f"urn:occ:{key}", "E", "Herbarium", f"E{key}", name, "Rosaceae", "Rosa", "key-1", licence]


def medium(
    key: str, address: str, kind: str = "StillImage", form: str = "image/jpeg", licence: str = "CC-BY"
) -> list[str]:
    return [key, kind, form, address, "https://e.example.org/page", "A. Photographer", licence, "RBGE"]


def gbif(path: Path, records: list[list[str]], media: list[list[str]], **more: str | bytes) -> Path:
    """A download as GBIF writes it."""
    said = meta(
        section("core", OCCURRENCE, "occurrence.txt", RECORD_TERMS),
        section("extension", SIMPLE, "multimedia.txt", MEDIA_TERMS),
        metadata="metadata.xml",
    )
    members: dict[str, str | bytes] = {
        "meta.xml": said,
        "metadata.xml": "<eml><dataset/></eml>",
        "dataset/key-1.xml": EML,
        "occurrence.txt": tsv(RECORD_HEADER, *records),
        "multimedia.txt": tsv(MEDIA_HEADER, *media),
    }
    return write_zip(path, members | more)


def read(path: Path) -> tuple[list[Medium], list[Problem]]:
    return rows_of(opened(path, path.parent / "work"))


def refusal(path: Path) -> RecordsError:
    with pytest.raises(RecordsError) as error:
        opened(path, path.parent / "work")
    return error.value


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "download.zip"


def test_a_gbif_download(path: Path) -> None:
    records = [record("3"), record("1", "Acer L."), record("2")]
    media = [
        medium("1", URL.format("a")),
        medium("3", URL.format("b")),
        medium("1", URL.format("c"), licence=""),
    ]
    delivery = opened(gbif(path, records, media), path.parent / "work")
    assert delivery.kind == "dwca"
    assert delivery.headers == MEDIA_HEADER[1:]
    assert delivery.columns["licence"] == "license"
    assert delivery.columns["institution_code"] == "institutionCode"
    assert delivery.unknown == ["type"]
    found, problems = rows_of(delivery)
    assert problems == []
    assert [(m.row, m.access_uri, m.scientific_name) for m in found] == [
        (2, URL.format("a"), "Acer L."),
        (3, URL.format("b"), "Rosa canina L."),
        (4, URL.format("c"), "Acer L."),
    ]
    assert found[0]._replace(dataset_licence="") == Medium(
        row=2, file="multimedia.txt", access_uri=URL.format("a"), format="image/jpeg", licence="CC-BY",
        record_licence="CC0_1_0", rights_holder="RBGE", creator="A. Photographer",
        further_information_url="https://e.example.org/page", occurrence_id="urn:occ:1", catalog_number="E1",
        institution_code="E", collection_code="Herbarium", dataset_key="key-1", scientific_name="Acer L.",
        family="Rosaceae", genus="Rosa",
    )  # fmt: skip


def test_the_licence_is_the_mediums_and_never_another(path: Path) -> None:
    (found,), _ = read(gbif(path, [record("1")], [medium("1", URL.format("a"), licence="")]))
    assert found.licence == ""
    assert found.record_licence == "CC0_1_0"
    assert found.dataset_licence == (
        "This work is under a CC-BY-NC licence. (http://creativecommons.org/licenses/by-nc/4.0/legalcode)"
    )


def test_media_that_are_no_pictures(path: Path) -> None:
    media = [
        medium("1", "https://e.example.org/page1", form="text/html"),
        medium("1", URL.format(2), kind="Sound", form="audio/mpeg"),
        medium("1", URL.format(3), kind="MovingImage", form=""),
        medium("1", ""),
        medium("1", "https://e.example.org/None"),
        medium("1", URL.format(6), kind="", form="image/png"),
        medium("1", "https://iiif.example.org/E1/manifest", kind="", form="application/json"),
        medium("1", "https://iiif.example.org/iiif/E1/info.json", form="application/ld+json"),
        medium("1", "https://e.example.org/data", kind="", form="application/json"),
        medium("1", URL.format(6)),
        medium("1", "ftp://e.example.org/1.jpg"),
    ]
    found, problems = read(gbif(path, [record("1")], media))
    assert [(m.row, m.kind) for m in found] == [(7, "image"), (8, "iiif-manifest"), (9, "iiif-info")]
    assert [(each.row, each.rule, each.column) for each in problems] == [
        (2, "landing-page", "format"), (3, "not-a-picture", "type"), (4, "not-a-picture", "type"),
        (5, "no-address", "identifier"), (6, "no-address", "identifier"), (10, "not-a-picture", "format"),
        (11, "duplicate", "identifier"), (12, "bad-address", "identifier"),
    ]  # fmt: skip
    assert problems[1].message == (
        "row 3 of multimedia.txt: type 'Sound' is not that of a still picture; it is left out."
    )


def test_rows_without_a_record(path: Path) -> None:
    found, problems = read(
        gbif(path, [record("1")], [medium("9", URL.format(1)), medium("1", URL.format(2))])
    )
    assert [m.row for m in found] == [3]
    assert [(each.row, each.rule, each.value) for each in problems] == [(2, "orphan", "9")]
    assert problems[0].message == (
        "row 2 of multimedia.txt belongs to record '9', which occurrence.txt does not have; nobody can "
        "tell whose picture it is."
    )


def test_broken_rows_in_both_files(path: Path) -> None:
    records = [record("1"), ["2", "cut"], [*record("3"), "one too many"]]
    media = [medium("1", URL.format(1))[:4], medium("2", URL.format(2)), medium("1", URL.format(3))]
    found, problems = read(gbif(path, records, media))
    assert [m.access_uri for m in found] == [URL.format(3)]
    assert [(each.file, each.row, each.rule) for each in problems] == [
        ("occurrence.txt", 3, "columns"), ("occurrence.txt", 4, "columns"),
        ("multimedia.txt", 2, "columns"), ("multimedia.txt", 3, "orphan"),
    ]  # fmt: skip


def test_bytes_that_are_no_utf8_refuse_their_row_only(path: Path) -> None:
    records = tsv(RECORD_HEADER, record("1", "Säge"), record("2", "Ünal"), record("3")).encode()
    records = records.replace("Ünal".encode(), b"\xdcnal")
    media = [medium(str(n), URL.format(n)) for n in (1, 2, 3)]
    found, problems = read(gbif(path, [], media, **{"occurrence.txt": records}))
    assert [m.occurrence_id for m in found] == ["urn:occ:1", "urn:occ:3"]
    assert [(each.row, each.rule, each.column) for each in problems] == [(3, "encoding", "scientificName")]


def test_columns_by_term_and_not_by_header(path: Path) -> None:
    terms = [DCTERMS + "license", DCTERMS + "identifier"]
    said = meta(
        section("core", OCCURRENCE, "occurrence.txt", RECORD_TERMS),
        section("extension", SIMPLE, "multimedia.txt", terms),
    )
    text = tsv(["gbifID", "identifier", "license"], ["1", "CC0", URL.format(1)])
    (found,), _ = read(gbif(path, [record("1")], [], **{"meta.xml": said, "multimedia.txt": text}))
    assert (found.access_uri, found.licence) == (URL.format(1), "CC0")


AUDUBON_TERMS = [
    AC + "accessURI", AC + "bestQualityAccessURI", DC + "identifier", DC + "rights", XMP + "UsageTerms",
    XMP + "WebStatement", XMP + "Owner", DC + "type", DC + "format", AC + "furtherInformationURL",
    AC + "serviceExpectation",
]  # fmt: skip


def ipt(path: Path, media: str, records: str | None = None) -> Path:
    """An archive as a collection publishes it: commas, quotes, Windows line ends, Latin-1 records."""
    style = {"fieldsTerminatedBy": ",", "fieldsEnclosedBy": '"', "linesTerminatedBy": "\\r\\n"}
    said = meta(
        section(
            "core", OCCURRENCE, "data/specimens.csv", [DWC + "catalogNumber", DWC + "scientificName"],
            encoding="ISO-8859-1", more=f'<field term="{DWC}institutionCode" default="BR"/>', **style,
        ),
        section("extension", AUDUBON, "data/audubon.csv", AUDUBON_TERMS, **style),
        metadata="eml.xml",
    )  # fmt: skip
    core = records or 'id,catalogNumber,name\r\nx-1,BR001,"Rosa ""Peace"", Müll."\r\n'
    return write_zip(
        path,
        {
            "meta.xml": said,
            "eml.xml": EML,
            "data/specimens.csv": core.encode("latin-1"),
            "data/audubon.csv": media,
        },
    )


FILES = "<files><location>a</location></files>"
AUDUBON_HEADER = "id,a,b,c,d,e,f,g,h,i,j,k\r\n"


def test_an_ipt_archive_with_audubon_core(path: Path) -> None:
    media = AUDUBON_HEADER + (
        f'x-1,{URL.format(1)},{URL.format(2)},id-1,,"CC BY 4.0, see page",https://e.example.org/terms,'
        "Botanic Garden,StillImage,image/jpeg,https://e.example.org/1,\r\n"
        f'x-1,,"{URL.format(3)}",id-2,"two\r\nlines",later,,,,,,\r\n'
        "x-1,,,https://e.example.org/an-identifier,,,,,,,,\r\n"
        "x-1,https://m.example.org/m/1,,,,,,,,application/json,,IIIF\r\n"
    )
    found, problems = read(ipt(path, media))
    assert [(m.row, m.access_uri, m.licence, m.kind) for m in found] == [
        (2, URL.format(1), "CC BY 4.0, see page", "image"),
        (3, URL.format(3), "two\nlines", "image"),
        (6, "https://m.example.org/m/1", "", "iiif-manifest"),
    ]
    assert found[0].scientific_name == 'Rosa "Peace", Müll.'
    assert (found[0].institution_code, found[0].rights_holder) == ("BR", "Botanic Garden")
    assert found[0].dataset_licence.startswith("This work is under a CC-BY-NC licence.")
    assert found[0].occurrence_id == "x-1"
    assert [(each.row, each.rule) for each in problems] == [(5, "no-address")]


@pytest.mark.parametrize(
    ("terms", "cells", "licence"),
    [
        (["license", "rights"], ["A", "B"], "A"),
        (["license", "rights"], [" ", "B"], "B"),
        (["rights", "license"], ["B", "A"], "A"),
    ],
)
def test_licence_fields_in_order(path: Path, terms: list[str], cells: list[str], licence: str) -> None:
    all_terms = [
        *(DCTERMS + each for each in terms),
        XMP + "UsageTerms",
        XMP + "WebStatement",
        AC + "accessURI",
    ]
    said = meta(
        section("core", OCCURRENCE, "occurrence.txt", RECORD_TERMS),
        section("extension", AUDUBON, "multimedia.txt", all_terms),
    )
    text = tsv(
        ["id", *all_terms], ["1", *cells, "C", "D", URL.format(1)], ["1", "", "", "", "D", URL.format(2)]
    )
    found, _ = read(gbif(path, [record("1")], [], **{"meta.xml": said, "multimedia.txt": text}))
    assert [m.licence for m in found] == [licence, "D"]


def test_dcterms_before_dc(path: Path) -> None:
    terms = [DC + "rights", DCTERMS + "rights", AC + "accessURI"]
    said = meta(
        section("core", OCCURRENCE, "occurrence.txt", RECORD_TERMS),
        section("extension", AUDUBON, "multimedia.txt", terms),
    )
    text = tsv(["id", *terms], ["1", "A", "B", URL.format(1)], ["1", "A", "", URL.format(2)])
    found, _ = read(gbif(path, [record("1")], [], **{"meta.xml": said, "multimedia.txt": text}))
    assert [m.licence for m in found] == ["B", "A"]


def test_associated_media_of_the_records(path: Path) -> None:
    terms = [DWC + "associatedMedia", DWC + "catalogNumber", DCTERMS + "license"]
    said = meta(section("core", OCCURRENCE, "o.txt", terms))
    text = tsv(
        ["id", *terms],
        ["7", f"{URL.format(1)} | {URL.format(2)}|{URL.format(3)}", "E7", "CC0"],
        ["8", "", "E8", "CC0"],
        ["9", "no address", "E9", "CC0"],
    )
    found, problems = read(write_zip(path, {"meta.xml": said, "o.txt": text}))
    assert [(m.row, m.access_uri, m.occurrence_id, m.catalog_number) for m in found] == [
        (2, URL.format(n), "7", "E7") for n in (1, 2, 3)
    ]
    assert {(m.licence, m.record_licence) for m in found} == {("", "CC0")}
    assert [(each.row, each.rule, each.column) for each in problems] == [
        (4, "bad-address", "associatedMedia")
    ]


def test_a_core_of_media(path: Path) -> None:
    terms = [AC + "accessURI", DCTERMS + "license", DWC + "scientificName"]
    said = meta(section("core", AUDUBON, "m.txt", terms, ignoreHeaderLines="0"))
    text = tsv(["7", URL.format(1), "CC0", "Rosa"], ["8", URL.format(2)])
    found, problems = read(write_zip(path, {"meta.xml": said, "m.txt": text}))
    assert [(m.row, m.licence, m.record_licence, m.scientific_name) for m in found] == [
        (1, "CC0", "", "Rosa")
    ]
    assert [(each.row, each.rule) for each in problems] == [(2, "columns")]


def test_verbatim_media_are_not_read_beside_the_interpreted(path: Path) -> None:
    said = meta(
        section("core", OCCURRENCE, "occurrence.txt", RECORD_TERMS),
        section("extension", SIMPLE, "verbatim/media.txt", MEDIA_TERMS),
        section("extension", SIMPLE, "multimedia.txt", MEDIA_TERMS),
    )
    found, problems = read(gbif(path, [record("1")], [medium("1", URL.format(1))], **{"meta.xml": said}))
    assert (len(found), problems) == (1, [])


def test_an_unpacked_archive_in_a_folder(tmp_path: Path) -> None:
    gbif(tmp_path / "a.zip", [record("1")], [medium("1", URL.format(1))])
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(tmp_path / "folder" / "0001-2345")
    found, problems = read(tmp_path / "folder")
    assert ([m.catalog_number for m in found], problems) == (["E1"], [])
    assert found[0].dataset_licence


def test_a_file_that_meta_xml_names_is_missing(path: Path) -> None:
    gbif(path, [], [])
    said = meta(
        section("core", OCCURRENCE, "occurrence.txt", RECORD_TERMS),
        section("extension", SIMPLE, "media.txt", MEDIA_TERMS),
    )
    error = refusal(gbif(path, [record("1")], [], **{"meta.xml": said}))
    assert error.rule == "missing-file"
    assert str(error) == (
        "download.zip: meta.xml names the file media.txt, which the archive does not hold. "
        "Fetch the archive again."
    )


@pytest.mark.parametrize("location", ["../../secret.txt", "/etc/passwd", "link.txt"])
def test_meta_xml_can_not_name_a_file_elsewhere(tmp_path: Path, location: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(tsv(["id", "url"], ["1", URL.format(1)]))
    folder = tmp_path / "a" / "folder"
    folder.mkdir(parents=True)
    (folder / "link.txt").symlink_to(secret)
    (folder / "meta.xml").write_text(meta(section("core", OCCURRENCE, location, [DWC + "associatedMedia"])))
    assert refusal(folder).rule == "missing-file"


def test_other_extensions_may_be_missing(path: Path) -> None:
    said = meta(
        section("core", OCCURRENCE, "occurrence.txt", RECORD_TERMS),
        section("extension", GBIF + "Identifier", "gone.txt", [DCTERMS + "identifier"]),
        section("extension", SIMPLE, "multimedia.txt", MEDIA_TERMS),
    )
    assert len(read(gbif(path, [record("1")], [medium("1", URL.format(1))], **{"meta.xml": said}))[0]) == 1


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("<archive", "meta.xml is not well-formed XML"),
        ("<archive/>", "meta.xml names no core file"),
        ("<html/>", "meta.xml names no core file"),
        ('<archive><core><id index="0"/></core></archive>', "does not say which files and columns"),
        (f'<archive><core>{FILES}<id index="x"/></core></archive>', "does not say"),
        (f'<archive><core fieldsTerminatedBy="::">{FILES}<id index="0"/></core></archive>', "does not say"),
        (
            '<!DOCTYPE a [<!ENTITY b "c">]><archive><core/></archive>',
            "meta.xml declares entities; such documents are not read.",
        ),
    ],
)
def test_broken_meta_xml(path: Path, document: str, said: str) -> None:
    error = refusal(gbif(path, [], [], **{"meta.xml": document}))
    assert error.rule == "broken-meta"
    assert said in str(error)


@pytest.mark.parametrize("encoding", ["klingon", "base64", "utf-8\n"])
def test_encodings_that_do_not_exist(path: Path, encoding: str) -> None:
    said = meta(
        section("core", OCCURRENCE, "occurrence.txt", RECORD_TERMS, encoding=encoding),
        section("extension", SIMPLE, "multimedia.txt", MEDIA_TERMS),
    )
    gbif(path, [record("1")], [medium("1", URL.format(1))], **{"meta.xml": said})
    if encoding.startswith("utf-8"):
        assert len(read(path)[0]) == 1
    else:
        assert refusal(path).rule == "encoding"


def test_prefixed_meta_xml(path: Path) -> None:
    said = meta(
        section("core", OCCURRENCE, "occurrence.txt", RECORD_TERMS),
        section("extension", SIMPLE, "multimedia.txt", MEDIA_TERMS),
    ).replace('xmlns="http://rs.tdwg.org/dwc/text/"', 'xmlns:d="http://rs.tdwg.org/dwc/text/"')
    for tag in ("archive", "core", "extension", "files", "location", "id", "coreid", "field"):
        said = (
            said.replace(f"<{tag} ", f"<d:{tag} ")
            .replace(f"<{tag}>", f"<d:{tag}>")
            .replace(f"</{tag}>", f"</d:{tag}>")
        )
    assert "<d:core " in said
    found, _ = read(gbif(path, [record("1")], [medium("1", URL.format(1))], **{"meta.xml": said}))
    assert found[0].catalog_number == "E1"


def test_no_media_rows(path: Path) -> None:
    error = refusal(gbif(path, [record("1")], []))
    assert (error.rule, str(error)) == (
        "no-rows", "download.zip: multimedia.txt has no rows, so there are no pictures in it.",
    )  # fmt: skip


def test_a_dataset_description_that_is_broken_is_only_a_missing_hint(path: Path) -> None:
    broken = gbif(path, [record("1")], [medium("1", URL.format(1))], **{"dataset/key-1.xml": "<eml"})
    (found,), problems = read(broken)
    assert (found.dataset_licence, problems) == ("", [])


def test_rows_can_be_read_again(path: Path) -> None:
    delivery = opened(gbif(path, [record("1")], [medium("1", URL.format(1))]), path.parent / "work")
    assert list(delivery.rows()) == list(delivery.rows()) != []


@pytest.mark.shared_data
def test_media_added_to_the_real_gbif_download(path: Path) -> None:
    """The real download of 2013 has no media: a multimedia table beside its own records and meta.xml."""
    with zipfile.ZipFile(SHARED / "dwca" / "gbif-results.zip") as archive:
        members: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    records = [line.split("\t") for line in members["occurrence.txt"].decode().rstrip("\n").split("\n")]  # type: ignore[union-attr]
    described = section("extension", SIMPLE, "multimedia.txt", [DCTERMS + "identifier", DCTERMS + "license"])
    said = members["meta.xml"].decode().replace("</archive>", f"{described}</archive>")  # type: ignore[union-attr]
    media = [[each[0], URL.format(each[0]), "CC0"] for each in reversed(records)]
    members |= {"meta.xml": said, "multimedia.txt": tsv(["gbifID", "identifier", "license"], *media)}
    found, problems = read(write_zip(path, members))
    assert problems == []
    assert len(found) == len(records) > 100
    by_id = {each[0]: each for each in records}
    for each in found:
        own = by_id[each.access_uri.removeprefix("https://pictures.example.org/").removesuffix(".jpg")]
        assert (each.institution_code, each.collection_code, each.catalog_number) == tuple(own[2:5])
        assert (each.scientific_name, each.family, each.genus) == (own[6], own[13], own[14])
        assert each.dataset_key == own[1]
    assert len({each.dataset_licence for each in found}) > 1
