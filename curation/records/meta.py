"""meta.xml: which files a Darwin Core Archive has, and which column holds which term.

python-dwca-reader reads it; what it would stumble over (a prefix on every element, no encoding, no id column
in an archive of one file) is put right before.
"""

from __future__ import annotations

import codecs
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

from dwca.descriptors import ArchiveDescriptor, DataFileDescriptor
from dwca.exceptions import InvalidArchive

from curation.records.medium import RecordsError
from curation.records.tables import Layout
from curation.records.text import Encoding, encoding_of

META = "meta.xml"
MEDIA_TYPES = ("http://rs.gbif.org/terms/1.0/Multimedia", "http://rs.tdwg.org/ac/terms/Multimedia",
           "http://rs.tdwg.org/ac/terms/multimedia", "http://rs.gbif.org/terms/1.0/Image")  # fmt: skip
OCCURRENCE = "http://rs.tdwg.org/dwc/terms/Occurrence"


class DataFile(NamedTuple):
    """One table of an archive. files: relative to it, mostly one. key: column of the record's id.
    terms: full term -> column, or None where `defaults` gives the value for all rows."""

    row_type: str
    files: tuple[str, ...]
    key: int
    terms: dict[str, int | None]
    defaults: dict[str, str]
    encoding: str
    delimiter: str
    quote: str
    line_end: str
    header_lines: int

    @property
    def is_media(self) -> bool:
        return self.row_type in MEDIA_TYPES

    @property
    def least_columns(self) -> int:
        return max([self.key, *(at for at in self.terms.values() if at is not None)]) + 1

    def layout(self, path: Path, name: str) -> Layout:
        """How to read the file. Its own encoding is trusted when the text fits; raises RecordsError."""
        if self.encoding in ("utf-8", "ascii"):
            known = encoding_of(path, name)
        else:
            wide = self.encoding.startswith(("utf-16", "utf-32"))
            known = Encoding(self.encoding, "replace" if wide else "surrogateescape")
        return Layout(
            self.delimiter, self.quote, known, self.header_lines, only_line_feeds=self.line_end == "\n"
        )


class Meta(NamedTuple):
    """metadata: name of the file with the dataset's description, or ""."""

    core: DataFile
    extensions: tuple[DataFile, ...]
    metadata: str


def parse_xml(document: bytes, name: str, member: str) -> ElementTree.Element:
    """The root element, names without namespaces. Documents that declare entities are not read: those can
    grow without end. Raises RecordsError."""
    if b"<!ENTITY" in document or b"<!\0E" in document:
        raise RecordsError(name, "broken-meta", f"{member} declares entities; such documents are not read.")
    try:
        root = ElementTree.fromstring(document)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise RecordsError(
            name, "broken-meta", f"{member} is not well-formed XML ({error}). Fetch the archive again."
        ) from error
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return root


def parse_meta(document: bytes, name: str) -> Meta:
    """What meta.xml says. Raises RecordsError (broken-meta)."""
    root = parse_xml(document, name, META)
    core = root.find("core")
    if root.tag != "archive" or core is None:
        raise RecordsError(
            name, "broken-meta", "meta.xml names no core file, so it is no Darwin Core Archive."
        )
    extensions = root.findall("extension")
    if core.find("id") is None and not extensions:
        core.append(ElementTree.Element("id", index="0"))
    for section in (core, *extensions):
        section.set("encoding", _codec(section.get("encoding") or "utf-8", name))
    try:
        archive = ArchiveDescriptor(ElementTree.tostring(root, encoding="unicode"))
        return Meta(
            _data_file(archive.core),
            tuple(map(_data_file, archive.extensions)),
            archive.metadata_filename or "",
        )
    except (InvalidArchive, AttributeError, TypeError, ValueError) as error:
        raise RecordsError(
            name,
            "broken-meta",
            f"meta.xml does not say which files and columns the archive has ({error}). "
            "Ask for another export.",
        ) from error


def _codec(encoding: str, name: str) -> str:
    try:
        codec = codecs.lookup(encoding.strip())
    except (LookupError, ValueError) as error:
        raise RecordsError(
            name, "encoding", f"meta.xml names the encoding {encoding!r}, which is unknown. Use UTF-8."
        ) from error
    # Some codecs turn bytes into bytes, or are no encodings of text files.
    if not getattr(codec, "_is_text_encoding", True):
        raise RecordsError(name, "encoding", f"meta.xml names {encoding!r}, which is no encoding of text.")
    return "cp1252" if codec.name == "iso8859-1" else codec.name


def _data_file(found: DataFileDescriptor) -> DataFile:
    places = [each for each in found.raw_element.findall("./files/location") if each.text]
    key = found.id_index if found.represents_corefile else found.coreid_index
    delimiter, quote = found.fields_terminated_by, found.fields_enclosed_by
    if key < 0 or not places or len(delimiter) != 1 or len(quote) > 1:
        raise ValueError(f"location, id column, delimiter {delimiter!r} or quote {quote!r}")
    terms: dict[str, int | None] = {}
    defaults: dict[str, str] = {}
    for each in found.fields:
        if not each["term"] or (each["index"] is not None and not 0 <= each["index"] < 10_000):
            raise ValueError(f"column {each['index']} of term {each['term']}")
        terms.setdefault(each["term"], each["index"])
        if each["default"]:
            defaults[each["term"]] = each["default"]
    return DataFile(
        row_type=found.type or "",
        files=tuple((place.text or "").strip() for place in places),
        key=key,
        terms=terms,
        defaults=defaults,
        encoding=found.file_encoding,
        delimiter=delimiter,
        quote=quote,
        line_end=found.lines_terminated_by,
        header_lines=found.lines_to_ignore,
    )
