"""The `datacite` format: what a repository asks about a deposit, as DataCite Metadata 4.5 in JSON and XML.

Names and lists as DataCite's REST API takes them (https://schema.datacite.org/meta/kernel-4.5/). Everything
follows from release.json and the manifest, so that `verify` can write the documents again and compare.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import Count
from django.template.loader import render_to_string

from curation.selectors.release_about import About, SourceLine, about
from curation.services import manifest
from curation.services.exports import datacite_xml
from curation.services.exports.content import MANIFEST_FILE, Content
from curation.services.exports.folder import ExportFile, finish, write_pieces
from curation.services.exports.output import Output
from curation.services.progress import Progress

METADATA_FILE, XML_FILE = "datacite.json", "datacite.xml"
README_FILE = "README.md"
# DataCite's word for what is not known yet (appendix 3 of the schema's documentation).
TO_BE_ASSIGNED = ":tba"
SPDX = "https://spdx.org/licenses/"
ROR = "https://ror.org/"
_VERSIONED = re.compile(r"-\d+(\.\d+)*$")
Rights = Mapping[tuple[str, str], int]  # licence and its address -> pictures


def write(content: Content, output: Output, progress: Progress) -> list[ExportFile]:
    """Write everything; returns the list of files. No pictures are in it."""
    said = about(content.release, content.licences)
    facts = content.facts(about=said.as_dict())
    folder = output.folder
    for name, text in documents(facts, rights_of(content)).items():
        (folder / name).write_bytes(text)
    write_pieces(folder / MANIFEST_FILE, manifest.stored_lines(content.release))
    (folder / README_FILE).write_bytes(readme(content, said).encode())
    progress.advance(content.pictures)
    return finish(folder, facts)


def rights_of(content: Content) -> Rights:
    """One query."""
    rows = content.members.order_by().values_list("licence", "licence_url").annotate(n=Count("id"))
    return Counter({(licence, url): n for licence, url, n in rows})


def documents(facts: Mapping[str, Any], rights: Rights) -> dict[str, bytes]:
    """File -> the metadata in its form. Raises as `document`."""
    made = document(facts, rights)
    text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
    return {METADATA_FILE: text.encode(), XML_FILE: datacite_xml.xml(made)}


def document(facts: Mapping[str, Any], rights: Rights) -> dict[str, Any]:
    """The metadata. facts: of release.json. Raises one of check_datacite.NO_FACTS for others."""
    said = About.from_dict(facts["about"])
    made: dict[str, Any] = {"schemaVersion": "http://datacite.org/schema/kernel-4"}
    if said.doi:
        made["doi"] = said.doi
    made |= {
        "types": {"resourceType": "Labelled pictures", "resourceTypeGeneral": "Dataset"},
        "creators": _creators(said),
        "titles": [{"title": said.title, "lang": "en"}],
        "publisher": {"name": said.publisher or TO_BE_ASSIGNED},
        "publicationYear": facts["frozen_at"][:4],
        "subjects": _subjects(facts),
        "contributors": [
            {**_institution(each), "contributorType": "DataCollector"} for each in said.institutions
        ],
        "dates": [{"date": facts["frozen_at"][:10], "dateType": "Created"}],
        "language": "en",
        "alternateIdentifiers": [
            {
                "alternateIdentifier": facts["manifest_sha256"],
                "alternateIdentifierType": "SHA-256 of the manifest",
            }
        ],
        "relatedIdentifiers": [
            {"relatedIdentifier": value, "relatedIdentifierType": kind, "relationType": "IsDerivedFrom"}
            for kind, value in said.origins
        ],
        "sizes": [f"{facts['pictures']} pictures", f"{len(facts['classes'])} classes"],
        "formats": ["image/jpeg", "text/tab-separated-values"],
        "version": facts["release"],
        "rightsList": [_rights(*licence, n) for licence, n in sorted(rights.items())],
        "descriptions": _descriptions(said, facts),
    }
    return made


def _creators(said: About) -> list[dict[str, Any]]:
    """Whether a name is a person's is not ours to guess: Kew has a comma in its name, too."""
    if said.creators:
        return [{"name": name} for name in said.creators]
    return [_institution(each) for each in said.institutions] or [{"name": TO_BE_ASSIGNED}]


def _institution(source: SourceLine) -> dict[str, Any]:
    made: dict[str, Any] = {"name": source.name, "nameType": "Organizational"}
    if source.ror:
        made["nameIdentifiers"] = [
            {"nameIdentifier": ROR + source.ror, "nameIdentifierScheme": "ROR", "schemeUri": ROR}
        ]
    return made


def _subjects(facts: Mapping[str, Any]) -> list[dict[str, str]]:
    general = ["natural history collections", "image classification"]
    named = {each["name"]: None for each in facts["classes"]}
    return [
        *({"subject": word, "lang": "en"} for word in general if word not in named),
        *({"subject": name, "subjectScheme": f"Classes of {facts['title']}"} for name in named),
    ]


def _rights(licence: str, url: str, pictures: int) -> dict[str, str]:
    """SPDX knows a licence with its version; where no version was stated there is no such identifier."""
    made = {"rights": f"{licence} ({pictures} of the pictures)"}
    if url:
        made["rightsUri"] = url
    if _VERSIONED.search(licence):
        made |= {"rightsIdentifier": licence, "rightsIdentifierScheme": "SPDX", "schemeUri": SPDX}
    return made


def _descriptions(said: About, facts: Mapping[str, Any]) -> list[dict[str, str]]:
    pictures, classes = facts["pictures"], len(facts["classes"])
    abstract = said.summary or (
        f"{pictures} pictures in {classes} classes, each with its class as decided in review, its split, "
        "source, licence and rights holder."
    )
    per_class = ", ".join(f"{n} to {split}" for split, n in facts["per_class"].items())
    methods = (
        f"Per class {per_class}, chosen by the rule “{facts['balance']}” with seed {facts['seed']} from "
        "pictures whose class was decided in review. Near-duplicates, pictures of one specimen, and pictures "
        "made from one another are in the same split."
    )
    technical = (
        f"The file {MANIFEST_FILE} names every picture by the SHA-256 of the file as its source published it."
    )
    texts = {"Abstract": abstract, "Methods": methods, "TechnicalInfo": technical}
    return [{"description": text, "descriptionType": kind, "lang": "en"} for kind, text in texts.items()]


def readme(content: Content, said: About) -> str:
    return render_to_string("releases/readme/datacite.md", {"content": content, "about": said})
