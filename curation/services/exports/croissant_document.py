"""croissant.json: MLCommons Croissant 1.1 in JSON-LD, made of release.json and the files beside it alone.

http://mlcommons.org/croissant/1.1, with http://mlcommons.org/croissant/RAI/1.0. Because nothing else goes in,
whoever has the folder can make the document again and compare.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from curation.selectors.release_about import About
from curation.services.exports import tables
from curation.services.exports.folder import ExportFile

VERSION = "1.0.0"
ROR = "https://ror.org/"
CREATOR = ["sc:Person", "sc:Organization"]
CONFORMS_TO = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
TSV, ZIP, JPEG = "text/tab-separated-values", "application/zip", "image/jpeg"
PICTURES, RECORDS, CLASSES, SPLITS = "picture-files", "pictures", "classes", "splits"
# https://docs.mlcommons.org/croissant: terms of Croissant without a prefix, everything else is schema.org.
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
SPLIT_TYPES = {
    "train": "cr:TrainingSplit",
    "test": "cr:TestSplit",
    "validate": "cr:ValidationSplit",
    "survey": "cr:Split",
}
TYPES = {"category_index": "sc:Integer"}
# Column -> the property of schema.org or Dublin Core that it is, where there is one.
MEANINGS = {
    "licence_url": "sc:license",
    "rights_holder": "dct:rightsHolder",
    "access_uri": "sc:contentUrl",
    "source": "dct:source",
}


def croissant(facts: Mapping[str, Any], files: Sequence[ExportFile], columns: Sequence[str]) -> bytes:
    """facts: release.json; files: labels, attribution and archives; columns: of the labels.

    Raises KeyError, TypeError, AttributeError or ValueError where the facts are not those of this format.
    """
    return (json.dumps(_dataset(facts, files, columns), indent=2, ensure_ascii=False) + "\n").encode()


def _dataset(facts: Mapping[str, Any], files: Sequence[ExportFile], columns: Sequence[str]) -> dict[str, Any]:
    about, said = About.from_dict(facts["about"]), facts["dataset"]
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": about.title,
        "alternateName": facts["release"],
        "description": about.summary or _description(facts, about),
        # Without a DOI its page is not known: the folder may lie anywhere.
        "url": f"https://doi.org/{about.doi}" if about.doi else "README.md",
        "version": VERSION,
        "datePublished": facts["frozen_at"][:10],
        "license": [url or identifier for identifier, url in said["licences"].items()],
        "creator": _creators(about),
        "citeAs": said["cite_as"],
        "keywords": [label["name"] for label in facts["classes"]],
        "isLiveDataset": False,
    }
    if about.publisher:
        document["publisher"] = {"@type": "sc:Organization", "name": about.publisher}
    if about.origins:
        document["prov:wasDerivedFrom"] = [
            {"@id": f"https://doi.org/{value}" if kind == "DOI" else value} for kind, value in about.origins
        ]
    document["distribution"] = _distribution(files)
    document["recordSet"] = [_classes(facts), _splits(facts), _records(columns)]
    return document | said["rai"]


def _description(facts: Mapping[str, Any], about: About) -> str:
    return (
        f"{facts['pictures']:,} pictures in {len(facts['classes']):,} classes from {len(about.sources):,} "
        "sources, each with its class as decided in review, its split, source, licence and rights holder."
    )


def _creators(about: About) -> list[dict[str, Any]]:
    """Those that the release's page names; else the sources, who published the pictures."""
    if about.creators:
        # Whether a name is a person's is not ours to guess.
        return [{"@type": CREATOR, "name": name} for name in about.creators]
    made = []
    for source in about.institutions or about.sources:
        agent = {"@type": "sc:Organization", "name": source.name}
        made.append(agent | ({"url": ROR + source.ror} if source.ror else {}))
    return made


def _distribution(files: Sequence[ExportFile]) -> list[dict[str, Any]]:
    words = {
        tables.LABELS_FILE: (TSV, "Label, split, source, licence and rights holder of each picture."),
        tables.ATTRIBUTION_FILE: (TSV, "The sentence that names each picture as its licence asks for."),
    }
    objects = []
    for file in files:
        encoding, description = words.get(file["name"], (ZIP, "The pictures of one class."))
        objects.append(
            {
                "@type": "cr:FileObject",
                "@id": file["name"],
                "name": file["name"],
                "description": description,
                "contentUrl": file["name"],
                "contentSize": f"{file['bytes']} B",
                "encodingFormat": encoding,
                "sha256": file["sha256"],
            }
        )
    pictures = {
        "@type": "cr:FileSet",
        "@id": PICTURES,
        "name": PICTURES,
        "description": "The JPEGs inside the archives.",
        "containedIn": [_ref(each["@id"]) for each in objects if each["encodingFormat"] == ZIP],
        "encodingFormat": JPEG,
        "includes": "*/*.jpg",
    }
    return [*objects, pictures]


def _ref(name: str) -> dict[str, str]:
    return {"@id": name}


def _record_set(name: str, description: str, key: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": description,
        "key": _ref(f"{name}/{key}"),
        "field": fields,
    }


def _field(records: str, name: str, description: str, types: str | list[str], **more: Any) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{records}/{name}",
        "name": name,
        "description": description,
        "dataType": types,
        **more,
    }


def _classes(facts: Mapping[str, Any]) -> dict[str, Any]:
    fields = [
        _field(CLASSES, "slug", tables.described("category"), "sc:Text"),
        _field(CLASSES, "name", tables.described("category_name"), "sc:Text"),
        _field(CLASSES, "index", tables.described("category_index"), "sc:Integer"),
    ]
    made = _record_set(CLASSES, "The classes, in the order of a model's outputs.", "slug", fields)
    made["dataType"] = "sc:Enumeration"
    made["data"] = [
        {f"{CLASSES}/{key}": label[key] for key in ("slug", "name", "index")} for label in facts["classes"]
    ]
    return made


def _splits(facts: Mapping[str, Any]) -> dict[str, Any]:
    fields = [
        _field(SPLITS, "name", "Name of the split.", "sc:Text"),
        _field(SPLITS, "url", "What the split is for.", ["sc:URL", "cr:Split"]),
    ]
    made = _record_set(SPLITS, "The splits that have pictures here.", "name", fields)
    made["dataType"] = "cr:Split"
    made["data"] = [
        {f"{SPLITS}/name": split, f"{SPLITS}/url": SPLIT_TYPES[split]}
        for split, counts in facts["counts"].items()
        if counts
    ]
    return made


def _records(columns: Sequence[str]) -> dict[str, Any]:
    """One record a picture: the columns of the labels, and the picture itself.

    Pictures are joined to their labels by the first reference; mlcroissant makes no join but the first, and
    reads a picture by the path in the table that the others are joined to.
    """
    fields = [
        _field(
            RECORDS,
            "file",
            tables.described("file"),
            "sc:Text",
            source={"fileSet": _ref(PICTURES), "extract": {"fileProperty": "fullpath"}},
            references=_from_labels("file"),
        ),
        _field(
            RECORDS,
            "image",
            "The picture.",
            "sc:ImageObject",
            source={"fileSet": _ref(PICTURES), "extract": {"fileProperty": "content"}},
        ),
    ]
    for column in columns:
        if column == "split":
            fields.append(_column(column, references={"field": _ref(f"{SPLITS}/name")}))
        elif column == "category":
            fields.append(
                _column(column, ["sc:Text", "cr:Label"], references={"field": _ref(f"{CLASSES}/slug")})
            )
        elif column != "file":
            fields.append(_column(column))
    return _record_set(RECORDS, "One record a picture.", "id", fields)


def _column(column: str, types: str | list[str] = "", **more: Any) -> dict[str, Any]:
    if column in MEANINGS:
        more["equivalentProperty"] = MEANINGS[column]
    return _field(
        RECORDS,
        column,
        tables.described(column),
        types or TYPES.get(column, "sc:Text"),
        source=_from_labels(column),
        **more,
    )


def _from_labels(column: str) -> dict[str, Any]:
    return {"fileObject": _ref(tables.LABELS_FILE), "extract": {"column": column}}
