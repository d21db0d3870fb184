"""What the metafile and the metadata of a Darwin Core Archive must be like, as rules of our own.

The metafile: Darwin Core text guide (http://rs.tdwg.org/dwc/terms/guides/text/) and its schema. The metadata:
Ecological Metadata Language 2.1.1 (https://eml.ecoinformatics.org/), as far as elements are used here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from urllib.parse import urlsplit
from xml.etree import ElementTree

Element = ElementTree.Element
TEXT = "{http://rs.tdwg.org/dwc/text/}"
EML = "{eml://ecoinformatics.org/eml-2.1.1}"
SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
FILE_ATTRIBUTES = {
    *("linesTerminatedBy", "fieldsTerminatedBy", "fieldsEnclosedBy", "ignoreHeaderLines", "rowType"),
    *("encoding", "dateFormat"),
}
FIELD_ATTRIBUTES = {"index", "term", "default", "vocabulary", "delimitedBy"}
# The children of a data set in the order that EML asks for: the least and the most of each.
DATASET: dict[str, tuple[int, int | None]] = {
    "alternateIdentifier": (0, None), "shortName": (0, 1), "title": (1, None), "creator": (1, None),
    "metadataProvider": (0, None), "associatedParty": (0, None), "pubDate": (0, 1), "language": (0, 1),
    "series": (0, 1), "abstract": (0, 1), "keywordSet": (0, None), "additionalInfo": (0, None),
    "intellectualRights": (0, 1), "distribution": (0, None), "coverage": (0, 1), "purpose": (0, 1),
    "maintenance": (0, 1), "contact": (1, None),
}  # fmt: skip
PARTIES = ("creator", "metadataProvider", "contact")
TEXTS = ("abstract", "intellectualRights")


def meta_problems(content: bytes, columns: Mapping[str, int]) -> list[str]:
    """What is wrong with a meta.xml. columns: of each file of the archive, 0 for one that is no table."""
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        return [f"is not XML: {error}"]
    return list(_archive(root, columns))


def _archive(root: Element, columns: Mapping[str, int]) -> Iterator[str]:
    if root.tag != f"{TEXT}archive":
        yield f"root {root.tag}: expected archive of http://rs.tdwg.org/dwc/text/"
        return
    yield from _attributes(root, {"metadata", SCHEMA_LOCATION})
    if (metadata := root.get("metadata")) is not None and metadata not in columns:
        yield f"metadata = {metadata!r}: the archive has no such file"
    names = [_name(each) for each in root]
    if names[:1] != ["core"] or set(names[1:]) - {"extension"}:
        yield f"archive holds {', '.join(names) or 'nothing'}: expected one core, then extensions"
        return
    for section in root:
        yield from _section(section, len(root) > 1, columns)


def _section(section: Element, extended: bool, columns: Mapping[str, int]) -> Iterator[str]:
    name = _name(section)
    key = "id" if name == "core" else "coreid"
    yield from _attributes(section, FILE_ATTRIBUTES)
    if not _is_uri(section.get("rowType", "")):
        yield f"{name}: rowType = {section.get('rowType')!r}: expected the URI of a class"
    if not section.get("ignoreHeaderLines", "0").isdecimal():
        yield f"{name}: ignoreHeaderLines = {section.get('ignoreHeaderLines')!r}: expected a whole number"
    names = [_name(each) for each in section]
    keys = names.count(key)
    if names != ["files", *[key] * keys, *["field"] * (len(names) - 1 - keys)] or "field" not in names:
        yield f"{name} holds {', '.join(names) or 'nothing'}: expected files, {key}, then fields"
        return
    if keys > 1 or (extended and not keys):
        yield f"{name}: {keys} elements {key}: expected one, since there are extensions"
    places = [each.text or "" for each in section[0]]
    if not places or any(_name(each) != "location" for each in section[0]):
        yield f"{name}: files: expected one location or more, and nothing else"
    for place in places:
        if place not in columns:
            yield f"{name}: location = {place!r}: the archive has no such file"
    width = min((columns.get(place, 0) for place in places), default=0)
    yield from _fields(name, section, width)


def _fields(name: str, section: Element, width: int) -> Iterator[str]:
    seen: set[str] = set()
    for each in section[1:]:
        yield from _attributes(each, FIELD_ATTRIBUTES if _name(each) == "field" else {"index"})
        index, term = each.get("index"), each.get("term", "")
        if _name(each) == "field":
            if not _is_uri(term):
                yield f"{name}: term = {term!r}: expected a URI"
            if term in seen:
                yield f"{name}: term = {term!r} stands twice"
            seen.add(term)
        if index is None:
            if _name(each) != "field" or each.get("default") is None:
                yield f"{name}: {_name(each)} {term}: expected an index, or a default"
        elif not index.isdecimal() or int(index) >= width:
            yield f"{name}: index = {index!r}: expected a column, 0 to {width - 1}"


def eml_problems(content: bytes) -> list[str]:
    """What is wrong with an eml.xml."""
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        return [f"is not XML: {error}"]
    return list(_eml(root))


def _eml(root: Element) -> Iterator[str]:
    if root.tag != f"{EML}eml":
        yield f"root {root.tag}: expected eml of eml://ecoinformatics.org/eml-2.1.1"
        return
    yield from _attributes(root, {"packageId", "system", "scope", LANG, SCHEMA_LOCATION})
    for attribute in ("packageId", "system"):
        if not root.get(attribute):
            yield f"eml: {attribute} is missing"
    if [each.tag for each in root][:1] != ["dataset"] or len(root) != 1:
        yield f"eml holds {', '.join(each.tag for each in root) or 'nothing'}: expected one dataset"
        return
    dataset = root[0]
    names = [each.tag for each in dataset]
    if unknown := [name for name in names if name not in DATASET]:
        yield f"dataset: {unknown[0]} is none of {', '.join(DATASET)}"
        return
    order = list(DATASET)
    for before, after in pairwise(names):
        if order.index(before) > order.index(after):
            yield f"dataset: {after} stands behind {before}; the order is {', '.join(order)}"
    for name, (least, most) in DATASET.items():
        count = names.count(name)
        if count < least or (most is not None and count > most):
            upmost = "any number" if most is None else most
            yield f"dataset: {count} elements {name}: expected {least} to {upmost}"
    yield from _contents(dataset)


def _contents(dataset: Element) -> Iterator[str]:
    named = {"individualName", "organizationName", "positionName"}
    for each in dataset:
        if each.tag in PARTIES and not any(part.tag in named and _filled(part) for part in each):
            yield f"{each.tag}: expected one of {', '.join(sorted(named))}"
        if each.tag in TEXTS and not any(part.tag in {"para", "section"} and _filled(part) for part in each):
            yield f"{each.tag}: expected para or section"
        if each.tag == "title" and not _filled(each):
            yield "title is empty"
        if each.tag == "pubDate" and not _is_day(each.text or ""):
            yield f"pubDate = {each.text!r}: expected YYYY or YYYY-MM-DD"


def _filled(element: Element) -> bool:
    return bool("".join(element.itertext()).strip())


def _is_day(text: str) -> bool:
    parts = text.split("-")
    sizes = [len(part) for part in parts]
    return all(part.isdecimal() for part in parts) and sizes in ([4], [4, 2, 2])


def _is_uri(text: str) -> bool:
    try:
        return bool(urlsplit(text).scheme) and not any(each.isspace() for each in text)
    except ValueError:
        return False


def _attributes(element: Element, known: set[str]) -> Iterator[str]:
    for name in element.attrib:
        if name not in known:
            yield f"{_name(element)}: attribute {name} is none of {', '.join(sorted(known))}"


def _name(element: Element) -> str:
    """Without the namespace, which all elements of a metafile are of; another one's shows."""
    return element.tag.removeprefix(TEXT)
