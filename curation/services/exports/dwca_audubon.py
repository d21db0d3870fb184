"""The `dwca-audubon` format: the labels back to the collections, one Darwin Core Archive a source.

Each archive holds the source's specimens as an Occurrence core and its pictures as the Audubon Core extension
(http://rs.tdwg.org/ac/terms/Multimedia), one row a picture. Everything
follows from the manifest and release.json, so that `verify` can write them again and compare.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TextIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.template.loader import render_to_string

from curation.services import manifest
from curation.services.exports.class_folders import DEVICES
from curation.services.exports.content import MANIFEST_FILE, Content
from curation.services.exports.folder import ExportFile, finish, write_pieces
from curation.services.exports.output import Output
from curation.services.manifest import Row
from curation.services.progress import Progress

README_FILE = "README.md"
META_FILE, EML_FILE = "meta.xml", "eml.xml"
CORE_FILE, MEDIA_FILE = "occurrence.txt", "multimedia.txt"
MEMBERS = (META_FILE, EML_FILE, CORE_FILE, MEDIA_FILE)
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that ZIP knows
LINES = 2_000  # written together

DWC, AC = "http://rs.tdwg.org/dwc/terms/", "http://rs.tdwg.org/ac/terms/"
DCTERMS, DC = "http://purl.org/dc/terms/", "http://purl.org/dc/elements/1.1/"
XMP_RIGHTS = "http://ns.adobe.com/xap/1.0/rights/"
CORE_TYPE, MEDIA_TYPE = f"{DWC}Occurrence", f"{AC}Multimedia"
# Column -> its term. The first column of both tables joins them and has no term.
CORE_COLUMNS = {
    "id": "",
    "occurrenceID": f"{DWC}occurrenceID",
    "catalogNumber": f"{DWC}catalogNumber",
    "scientificName": f"{DWC}scientificName",
}
MEDIA_COLUMNS = {
    "coreid": "",
    "identifier": f"{DCTERMS}identifier",
    "type": f"{DC}type",
    "title": f"{DCTERMS}title",
    "accessURI": f"{AC}accessURI",
    "furtherInformationURL": f"{AC}furtherInformationURL",
    "rights": f"{DCTERMS}rights",
    "UsageTerms": f"{XMP_RIGHTS}UsageTerms",
    "Owner": f"{XMP_RIGHTS}Owner",
    "subjectCategory": f"{AC}subjectCategory",
    "subjectCategoryVocabulary": f"{AC}subjectCategoryVocabulary",
    "tag": f"{AC}tag",
    "scientificName": f"{DWC}scientificName",
    "hashFunction": f"{AC}hashFunction",
    "hashValue": f"{AC}hashValue",
}
Rows = Callable[[], Iterator[Row]]


def write(content: Content, output: Output, progress: Progress) -> list[ExportFile]:
    """Write everything; returns the list of files.

    Not by `output.make`: no picture is read, so that writing it again costs seconds. The rows of a source are
    asked for once and kept in a file, since an archive's tables are written one after the other.
    """
    archives = archive_names(content.count("source"))
    facts = content.facts(archives=archives)
    folder = output.folder
    for source, rows in groupby(content.by_source(), key=attrgetter("source")):
        with TemporaryFile("w+", encoding="utf-8", newline="\n") as kept:
            pictures = _keep(kept, rows)
            write_archive(folder / archives[source], source, facts, partial(_kept, kept))
        progress.advance(pictures)
        progress.log(f"{archives[source]}: {pictures:,} pictures")
        progress.check()
    write_pieces(folder / MANIFEST_FILE, manifest.stored_lines(content.release))
    (folder / README_FILE).write_bytes(readme(content, archives).encode())
    return finish(folder, facts)


def _keep(file: TextIO, rows: Iterable[Row]) -> int:
    """Write rows to a file, cells with tabs between as in the manifest; how many they are."""
    n = 0
    for row in rows:
        file.write("\t".join(map(str, row)) + "\n")
        n += 1
    return n


def _kept(file: TextIO) -> Iterator[Row]:
    """The rows in a file, from its beginning."""
    file.seek(0)
    for line in file:
        cells = line.removesuffix("\n").split("\t")
        yield Row(cells[0], cells[1], int(cells[2]), *cells[3:])


def archive_names(sources: Iterable[str]) -> dict[str, str]:
    """Source -> its file, CODE.zip, in the order of the codes' bytes.

    No two names differ by capital letters alone, and none is one that Windows keeps for itself.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    codes = sorted(sources, key=str.encode)
    for code in codes:
        stem = f"_{code}" if DEVICES.fullmatch(code.partition(".")[0]) else code
        number = 1
        while (name := f"{stem}.zip" if number == 1 else f"{stem}_{number}.zip").lower() in taken:
            number += 1
        taken.add(name.lower())
        names[code] = name
    return names


def write_archive(path: Path, source: str, facts: Mapping[str, Any], rows: Rows) -> None:
    """rows: gives the source's rows in the order of the manifest, twice."""
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=6) as archive:
        for name, pieces in members(source, facts, rows):
            info = ZipInfo(name, ZIP_DATE)
            info.compress_type = ZIP_DEFLATED
            info.create_system = 3  # Unix, whatever wrote it
            info.external_attr = 0o100644 << 16
            with archive.open(info, "w") as member:
                for piece in pieces:
                    member.write(piece)


def members(source: str, facts: Mapping[str, Any], rows: Rows) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Name and bytes of each file of a source's archive. rows: as for `write_archive`."""
    yield META_FILE, iter([meta()])
    yield EML_FILE, iter([eml(source, facts, rows())])
    yield CORE_FILE, _table(CORE_COLUMNS, _core_lines(rows()))
    vocabulary = f"Classes of {manifest.clean(facts['title'])}, release {facts['release']}"
    yield MEDIA_FILE, _table(MEDIA_COLUMNS, (_media_cells(row, vocabulary) for row in rows()))


def specimen(row: Row) -> str:
    """What joins the pictures of one specimen inside an archive. Not an identifier beyond it: where the
    source gives none, dwc:occurrenceID stays empty."""
    if row.occurrence_id:
        return row.occurrence_id
    return f"catalogue number {row.catalog_number}" if row.catalog_number else picture_id(row)


def picture_id(row: Row) -> str:
    """Of the file as its source published it, a hash URI."""
    return f"hash://sha256/{row.sha256}"


def _core_lines(rows: Iterable[Row]) -> Iterator[Sequence[str]]:
    """One line a specimen, as its first picture tells of it."""
    seen: set[str] = set()
    for row in rows:
        if (key := specimen(row)) not in seen:
            seen.add(key)
            yield key, row.occurrence_id, row.catalog_number, row.scientific_name


def _media_cells(row: Row, vocabulary: str) -> Sequence[str]:
    cells = {
        "coreid": specimen(row),
        "identifier": picture_id(row),
        "type": "StillImage",
        "title": row.catalog_number or row.original_name,
        "accessURI": row.access_uri,
        "furtherInformationURL": row.further_information_url,
        "rights": row.licence_url or row.licence,
        "UsageTerms": row.licence,
        "Owner": row.rights_holder,
        "subjectCategory": row.category_name,
        "subjectCategoryVocabulary": vocabulary,
        "tag": row.category,
        "scientificName": row.scientific_name,
        "hashFunction": "SHA-256",
        "hashValue": row.sha256,
    }
    return [cells[column] for column in MEDIA_COLUMNS]


def _table(columns: Iterable[str], lines: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Tabs between cells, nothing quoted: values of the manifest hold no control characters."""
    some = ["\t".join(columns)]
    for line in lines:
        some.append("\t".join(line))
        if len(some) == LINES:
            yield ("\n".join(some) + "\n").encode()
            some = []
    if some:
        yield ("\n".join(some) + "\n").encode()


def meta() -> bytes:
    """meta.xml, by the Darwin Core text guide (http://rs.tdwg.org/dwc/terms/guides/text/)."""
    root = ElementTree.Element("archive", {"xmlns": "http://rs.tdwg.org/dwc/text/", "metadata": EML_FILE})
    for kind, row_type, file, key, columns in (
        ("core", CORE_TYPE, CORE_FILE, "id", CORE_COLUMNS),
        ("extension", MEDIA_TYPE, MEDIA_FILE, "coreid", MEDIA_COLUMNS),
    ):
        form = {
            "encoding": "UTF-8",
            "fieldsTerminatedBy": "\\t",
            "linesTerminatedBy": "\\n",
            "fieldsEnclosedBy": "",
            "ignoreHeaderLines": "1",
            "rowType": row_type,
        }
        section = ElementTree.SubElement(root, kind, form)
        ElementTree.SubElement(ElementTree.SubElement(section, "files"), "location").text = file
        ElementTree.SubElement(section, key, {"index": "0"})
        for index, term in enumerate(columns.values()):
            if term:
                ElementTree.SubElement(section, "field", {"index": str(index), "term": term})
    return _xml(root)


def eml(source: str, facts: Mapping[str, Any], rows: Iterable[Row]) -> bytes:
    """eml.xml, as Ecological Metadata Language 2.1.1 asks at least (https://eml.ecoinformatics.org/)."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.licence] = counts.get(row.licence, 0) + 1
    project, release = manifest.clean(facts["title"]), facts["release"]
    root = ElementTree.Element(
        "eml:eml",
        {
            "xmlns:eml": "eml://ecoinformatics.org/eml-2.1.1",
            "packageId": f"{release}/{source}/{facts['manifest_sha256']}",
            "system": "vasculum",
            "xml:lang": "en",
        },
    )
    dataset = ElementTree.SubElement(root, "dataset")

    def add(path: str, text: str) -> None:
        at = dataset
        for name in path.split("/"):
            at = ElementTree.SubElement(at, name)
        at.text = text

    n = sum(counts.values())
    add("title", f"Classes of {n} pictures of {source} in release {release} of {project}")
    add("creator/organizationName", project)
    add("pubDate", facts["frozen_at"][:10])
    add("language", "en")
    add(
        "abstract/para",
        f"The class that each of {n} pictures of the source {source} was given in review "
        f"(ac:subjectCategory), for the records of the source. Pictures are named by their address and by "
        "the SHA-256 of the file as the source published it.",
    )
    licences = ", ".join(f"{counts[licence]} under {licence}" for licence in sorted(counts))
    add(
        "intellectualRights/para",
        f"Each picture is under the licence that its row names (dcterms:rights): {licences}.",
    )
    add("contact/organizationName", project)
    return _xml(root)


def _xml(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def readme(content: Content, archives: Mapping[str, str]) -> str:
    return render_to_string(
        "releases/readme/dwca-audubon.md",
        {
            "content": content,
            "archives": [
                (name, source, content.count("source")[source]) for source, name in archives.items()
            ],
            "columns": list(MEDIA_COLUMNS.items()),
        },
    )
