"""Which column holds which field: names of columns as lists and archives write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from curation.records.medium import TEXT_FIELDS, RecordsError

# Field -> names of columns, best first. Compared without case, spaces, dots, dashes and underscores, and
# without a prefix such as "dwc:".
SYNONYMS: dict[str, tuple[str, ...]] = {
    "access_uri": (
        "accessURI", "bestQualityAccessURI", "goodQualityAccessURI", "access_uri", "url", "image url",
        "image uri", "image link", "image address", "media url", "multimedia url", "picture url", "file url",
        "download url", "uri", "link", "address", "associatedMedia", "identifier", "dcidentifier", "image",
    ),
    "format": ("format", "mime type", "media format", "image format", "dcformat"),
    "licence": (
        "license", "licence", "media license", "media licence", "image license", "image licence",
        "license url", "licence url", "license uri", "dcterms license", "rights", "dcterms rights",
        "usage terms", "web statement", "copyright",
    ),
    "record_licence": ("record license", "record licence", "occurrence license"),
    "dataset_licence": ("dataset license", "dataset licence", "intellectual rights"),
    "rights_holder": ("rightsHolder", "copyright holder", "copyright owner", "owner", "xmpRights owner"),
    "creator": ("creator", "photographer", "image creator"),
    "further_information_url": (
        "furtherInformationURL", "references", "landing page", "page url", "record url", "source url",
    ),
    "occurrence_id": ("occurrenceID", "specimen id", "record id", "occurrence"),
    "catalog_number": ("catalogNumber", "catalogue number", "barcode", "accession number", "catalog no"),
    "institution_code": ("institutionCode", "institution", "herbarium", "herbarium code", "source code"),
    "collection_code": ("collectionCode", "collection"),
    "dataset_key": ("datasetKey", "dataset id", "recordset", "recordsets"),
    "scientific_name": ("scientificName", "species", "taxon", "taxon name", "latin name"),
    "family": ("family",),
    "genus": ("genus",),
    "proposed_label": ("label", "category", "proposed label", "image class", "image type", "class label"),
}  # fmt: skip
ACCEPTED_ADDRESSES = "accessURI, url, image_url, uri, link, associatedMedia or identifier"
# Passed over without a word: checksums by which others name files.
IGNORED = {"xxh64", "md5", "sha1", "sha256", "id", "coreid", "gbifid"}
_SEPARATORS = re.compile(r"[\s_.\-]+")
_PREFIX = re.compile(r"^(?:https?://\S*[/#]|[A-Za-z]+:)(?=[^/])")
_ADDRESS = re.compile(r"\s*https?://\S", re.IGNORECASE)
# Names that mean an address only where addresses stand in the column.
_DOUBTFUL = {"identifier", "dcidentifier", "image", "address", "link", "uri"}


def bare(header: str) -> str:
    """A column's name for comparison: "dwc:Catalog_Number" -> "catalognumber"."""
    return _SEPARATORS.sub("", _PREFIX.sub("", header.strip())).casefold()


_KEYS = {field: [bare(name) for name in names] for field, names in SYNONYMS.items()}


def suggest(headers: Sequence[str], sample: Sequence[Sequence[str]] = ()) -> dict[str, str]:
    """Field -> the header that most likely holds it, or "". Each header serves one field.

    sample: the cells of some rows, to tell whether a column "identifier" holds addresses.
    """
    places: dict[str, int] = {}
    for at, header in enumerate(headers):
        places.setdefault(bare(header), at)
    taken: set[int] = set()
    found = dict.fromkeys(TEXT_FIELDS, "")
    for field, keys in _KEYS.items():
        for key in keys:
            at = places.get(key, -1)
            if at < 0 or at in taken:
                continue
            if field == "access_uri" and key in _DOUBTFUL and not _holds_addresses(sample, at):
                continue
            found[field] = headers[at]
            taken.add(at)
            break
    return found


def _holds_addresses(sample: Sequence[Sequence[str]], at: int) -> bool:
    cells = [row[at] for row in sample if at < len(row) and row[at].strip()]
    return bool(cells) and sum(bool(_ADDRESS.match(cell)) for cell in cells) * 2 > len(cells)


def resolve(
    name: str, headers: Sequence[str], given: Mapping[str, str] | None, suggested: Mapping[str, str]
) -> dict[str, str]:
    """Field -> header of the fields that have one. given: what a person chose, "" for "no column".

    Raises RecordsError for a choice that can't be met, and where no column holds addresses.
    """
    chosen = dict(suggested)
    for field, header in (given or {}).items():
        if field not in chosen:
            raise RecordsError(
                name, "unknown-field", f"there is no field {field!r}. Fields are {', '.join(TEXT_FIELDS)}."
            )
        if header and header not in headers:
            raise RecordsError(
                name,
                "unknown-column",
                f"{field} is to be read from column {header!r}, which the list does not have. "
                f"Its columns are {_listed(headers)}.",
            )
        chosen[field] = header
    named = {field: header for field, header in chosen.items() if header}
    if "access_uri" not in named:
        raise RecordsError(
            name,
            "no-address-column",
            f"no column holds the addresses of the pictures. The columns are {_listed(headers)}. "
            f"Call one {ACCEPTED_ADDRESSES}, or choose it by hand.",
        )
    return named


def unknown(headers: Sequence[str], columns: Mapping[str, str]) -> list[str]:
    """The headers that no field is read from, without those that are always passed over."""
    used = set(columns.values())
    return [each for each in headers if each not in used and bare(each) not in IGNORED]


def _listed(headers: Sequence[str]) -> str:
    shown = [repr(each[:60]) for each in headers[:30]]
    more = len(headers) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
