"""Which terms of an archive give which field, and in which order they are believed.

Terms are compared by their local name: publishers use dc: and dcterms: for the same thing, and iDigBio
writes prefixes. For each field the first of its terms that is not blank counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from curation.records.medium import TEXT_FIELDS

# Of the medium. The licence: what is called one, then statements of rights, usage terms, and their page.
MEDIA_TERMS: dict[str, tuple[str, ...]] = {
    "access_uri": ("accessURI", "bestQualityAccessURI", "identifier"),
    "format": ("format",),
    "licence": ("license", "rights", "UsageTerms", "WebStatement"),
    "rights_holder": ("rightsHolder", "Owner"),
    "creator": ("creator", "photographer"),
    "further_information_url": ("furtherInformationURL", "references"),
}
# Of the record that the medium belongs to. Its licence is only a hint.
RECORD_TERMS: dict[str, tuple[str, ...]] = {
    "record_licence": ("license", "rights"),
    "occurrence_id": ("occurrenceID",),
    "catalog_number": ("catalogNumber",),
    "institution_code": ("institutionCode",),
    "collection_code": ("collectionCode",),
    "dataset_key": ("datasetKey", "recordset", "recordsets", "datasetID"),
    "scientific_name": ("scientificName",),
    "family": ("family",),
    "genus": ("genus",),
}
RECORD_FIELDS = tuple(RECORD_TERMS)
MEDIA_FIELDS = (*MEDIA_TERMS, "type", "expectation")
ASSOCIATED = "associatedMedia"
_EXTRA = {"type": ("type", "mediaType"), "expectation": ("serviceExpectation",)}
_LOCAL = re.compile(r"^.*[/#:]")


def local(term: str) -> str:
    """ "http://purl.org/dc/terms/license", "dcterms:license" -> "license"."""
    return _LOCAL.sub("", term.strip())


class Picker(NamedTuple):
    """groups: for each field the places to look at, in order. constants: put behind the cells of a row, for
    values that meta.xml gives for all rows. columns: field -> the term that is looked at first."""

    groups: tuple[tuple[int, ...], ...]
    constants: list[str]
    columns: dict[str, str]

    def pick(self, cells: list[str]) -> list[str]:
        """The text of each field. Changes `cells`."""
        cells += self.constants
        found = []
        for group in self.groups:
            for at in group:
                value = cells[at]
                if value and not value.isspace():
                    found.append(value)
                    break
            else:
                found.append("")
        return found


def make_picker(
    fields: Sequence[str],
    wanted: Mapping[str, tuple[str, ...]],
    terms: Sequence[tuple[str, int | None]],
    width: int,
    defaults: Mapping[str, str] | None = None,
) -> Picker:
    """terms: full or prefixed term and its column, or None where only a default is given. width: number of
    cells in a row, before the constants."""
    constants: list[str] = []
    places: dict[str, list[tuple[str, int]]] = {}
    # dcterms: before dc:, since the former are defined more closely.
    for term, at in sorted(
        terms, key=lambda each: each[0].startswith(("http://purl.org/dc/elements", "dc:"))
    ):
        candidates = places.setdefault(local(term).casefold(), [])
        if at is not None:
            candidates.append((term, at))
        if default := (defaults or {}).get(term, ""):
            candidates.append((term, width + len(constants)))
            constants.append(default)
    groups = []
    columns = {}
    for field in fields:
        names = [each for each in wanted.get(field, _EXTRA.get(field, ())) if each.casefold() in places]
        if field == "access_uri" and len(names) > 1 and "identifier" in names:
            names.remove("identifier")  # where there are ac: addresses it is an identifier and nothing else
        found = [each for name in names for each in places[name.casefold()]]
        groups.append(tuple(at for _, at in found))
        if found and field in TEXT_FIELDS:
            columns[field] = local(found[0][0])
    return Picker(tuple(groups), constants, columns)
