"""DataCite Metadata 4.5 as XML, made of the JSON document: what the MDS API and many repositories take.

Elements in the order of the documentation (https://datacite-metadata-schema.readthedocs.io/en/4.5/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

NAMESPACE = "http://datacite.org/schema/kernel-4"
LOCATION = f"{NAMESPACE} http://schema.datacite.org/meta/kernel-4.5/metadata.xsd"
# The schema asks for an identifier; where there is none yet this stands in its place (appendix 3).
NO_DOI = ":tba"
# JSON key -> attribute. All others are called alike.
ATTRIBUTES = {"schemeUri": "schemeURI", "rightsUri": "rightsURI", "lang": "xml:lang"}
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Values = Iterable[Mapping[str, Any]]


def xml(document: Mapping[str, Any]) -> bytes:
    """The document as XML. Characters that XML has no place for are left out."""
    root = ElementTree.Element(
        "resource",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": LOCATION,
        },
    )
    _add(root, "identifier", document.get("doi") or NO_DOI, {"identifierType": "DOI"})
    _agents(root, "creator", document["creators"])
    _many(root, "titles", "title", document["titles"])
    _add(root, "publisher", document["publisher"]["name"])
    _add(root, "publicationYear", document["publicationYear"])
    types = document["types"]
    _add(root, "resourceType", types["resourceType"], {"resourceTypeGeneral": types["resourceTypeGeneral"]})
    _many(root, "subjects", "subject", document["subjects"])
    _agents(root, "contributor", document["contributors"])
    _many(root, "dates", "date", document["dates"])
    _add(root, "language", document["language"])
    _many(root, "alternateIdentifiers", "alternateIdentifier", document["alternateIdentifiers"])
    _many(root, "relatedIdentifiers", "relatedIdentifier", document["relatedIdentifiers"])
    for group, name in (("sizes", "size"), ("formats", "format")):
        _many(root, group, name, ({name: text} for text in document[group]))
    _add(root, "version", document["version"])
    _many(root, "rightsList", "rights", document["rightsList"])
    _many(root, "descriptions", "description", document["descriptions"])
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _add(
    at: ElementTree.Element, name: str, text: str, more: Mapping[str, str] | None = None
) -> ElementTree.Element:
    made = ElementTree.SubElement(at, name)
    made.text = _NO_XML.sub("", text)
    for key, value in (more or {}).items():
        made.set(ATTRIBUTES.get(key, key), _NO_XML.sub("", value))
    return made


def _many(root: ElementTree.Element, group: str, name: str, values: Values) -> None:
    """Each value as an element: its text is what is called as the element is, all else are attributes."""
    for value in values:
        _add(
            _group(root, group),
            name,
            value[name],
            {key: each for key, each in value.items() if key != name},
        )


def _agents(root: ElementTree.Element, name: str, values: Values) -> None:
    """Creators or contributors."""
    for value in values:
        made = ElementTree.SubElement(_group(root, f"{name}s"), name)
        if kind := value.get("contributorType"):
            made.set("contributorType", kind)
        type_of = {"nameType": value["nameType"]} if "nameType" in value else {}
        _add(made, f"{name}Name", value["name"], type_of)
        for each in value.get("nameIdentifiers", []):
            known = {key: each[key] for key in ("nameIdentifierScheme", "schemeUri")}
            _add(made, "nameIdentifier", each["nameIdentifier"], known)


def _group(root: ElementTree.Element, name: str) -> ElementTree.Element:
    """What holds elements of one name; it is there once, and only if it holds any."""
    found = root.find(name)
    return ElementTree.SubElement(root, name) if found is None else found
