"""What the columns say that tell where a picture comes from, in every table that has them."""

from __future__ import annotations

PROVENANCE_WORDS: dict[str, str] = {
    "source": "Code of the collection, library or database that published the picture.",
    "source_kind": "herbarium, museum, library, database, other, or synthetic: drawn by software.",
    "licence": "Licence of the picture, SPDX identifier; no version where none was stated.",
    "licence_url": "Address of the licence text (dcterms:license).",
    "rights_holder": "Who holds the rights (dcterms:rightsHolder).",
    "access_uri": "Address of the picture as published (ac:accessURI).",
    "further_information_url": "Page about the picture or specimen (ac:furtherInformationURL).",
    "occurrence_id": "Identifier of the specimen record (dwc:occurrenceID).",
    "catalog_number": "Catalogue number of the specimen in its source (dwc:catalogNumber).",
    "scientific_name": "Name of the taxon as the source gives it (dwc:scientificName).",
    "original_name": "Name of the file as it was received.",
}
