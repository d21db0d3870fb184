"""Every row of a delivery into the database, by COPY, all or nothing.

Rows are read in chunks, so that memory stays the same whatever their number. A chunk goes into a temporary
table; from there one statement writes the records, and finds those whose address is known already.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import urlsplit

from django.db import connection, transaction

from curation.models import Batch, LicenceText
from curation.records import Medium, Problem
from curation.services.imports.problems import problem_row, write_problems
from curation.services.imports.verdicts import Policy, Verdict, verdict
from curation.services.licences import texts_for
from curation.services.progress import Progress
from curation.services.source_rules import Resolver
from curation.services.sources import resolver

CHUNK = 10_000  # rows
LOCK = 0x76617375  # two imports at once could both take an address for new
# The texts of a medium that are kept as they are, in the order of the temporary table's columns.
KEPT = [
    "access_uri",
    "format",
    "record_licence",
    "dataset_licence",
    "rights_holder",
    "creator",
    "further_information_url",
    "occurrence_id",
    "catalog_number",
    "institution_code",
    "collection_code",
    "dataset_key",
    "scientific_name",
    "family",
    "genus",
    "proposed_label",
]
COLUMNS = [
    *(
        "row",
        "file",
        "medium",
        "access_hash",
        "host",
        "licence_text_id",
        "source_id",
        "state",
        "rule",
        "message",
    ),
    *KEPT,
]


@transaction.atomic
def import_records(batch: Batch, rows: Iterable[Medium | Problem], progress: Progress) -> None:
    """Write all rows of a delivery as records and problems of `batch`. What an interrupted run left is none:
    it is one transaction. Raises what the reader raises for a delivery that breaks off."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(CREATE)
    assess = Assessor(batch)
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        media = [row for row in chunk if isinstance(row, Medium)]
        problems = [row for row in chunk if isinstance(row, Problem)]
        # As a list: no other query may run on this connection while it copies.
        _copy_records(batch, list(assess(media)))
        write_problems(problem_row(batch, problem) for problem in problems)
        progress.advance(len(chunk))


class Assessor:
    """Says of each medium which source, licence text and state it has; asks the database once a new text."""

    def __init__(self, batch: Batch) -> None:
        self._source = batch.source_id
        self._stated = batch.licence.identifier if batch.licence else ""
        self._defaults = {"rights_holder": batch.rights_holder}  # stated for all rows that name none
        self._policy = Policy.of(batch.project)
        self._resolver: Resolver = resolver()
        self._texts: dict[str, LicenceText] = {}
        self._verdicts: dict[tuple[str, bool], Verdict] = {}

    def __call__(self, media: list[Medium]) -> Iterator[tuple[object, ...]]:
        unknown = {self._text(medium) for medium in media} - self._texts.keys()
        self._texts |= texts_for(unknown) if unknown else {}
        for medium in media:
            text = self._text(medium)
            source = self._source or self._resolver.source_for(
                medium.dataset_key, medium.institution_code, medium.collection_code
            )
            said = self._verdict(text, bool(source))
            yield (
                medium.row,
                medium.file,
                medium.kind,
                address_hash(medium.access_uri),
                host_of(medium.access_uri),
                self._texts[text].pk,
                source,
                str(said.state),
                said.rule,
                said.message,
                *(getattr(medium, name) or self._defaults.get(name, "") for name in KEPT),
            )

    def _text(self, medium: Medium) -> str:
        """The medium's own words count; what was stated for the whole delivery only where it has none."""
        return medium.licence or self._stated

    def _verdict(self, text: str, has_source: bool) -> Verdict:
        key = (text, has_source)
        if key not in self._verdicts:
            self._verdicts[key] = verdict(self._texts[text], has_source=has_source, policy=self._policy)
        return self._verdicts[key]


def address_hash(address: str) -> uuid.UUID:
    """Names an address in 128 bits, so that the index of 200,000 of them stays small."""
    return uuid.UUID(bytes=hashlib.sha256(address.encode()).digest()[:16])


def host_of(address: str) -> str:
    """The host as the fetch engine names it (curation.fetching.host_of); quick where it is plain."""
    try:
        name = urlsplit(address).hostname or ""
    except ValueError:
        name = ""
    if name.isascii() and name:
        return name.rstrip(".")
    from curation.fetching import host_of as careful

    return careful(address)


CREATE = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS arriving ON COMMIT DROP AS
SELECT 0::bigint AS place, {", ".join(COLUMNS)} FROM curation_mediarecord WITH NO DATA
"""
TAKEN = [name for name in COLUMNS if name not in {"state", "rule", "message"}]  # as they came
PLAIN = [name for name in COLUMNS if name not in {"state", "rule", "message"}]
# Of several rows with one address the first counts; an address that was refused before may come again.
INSERT = f"""
INSERT INTO curation_mediarecord (
    batch_id, {", ".join(TAKEN)}, state, rule, message,
    attempts, etag, last_modified, final_uri, image_id
)
SELECT %(batch)s, {", ".join(f"a.{name}" for name in PLAIN)},
    CASE WHEN a.again THEN 'duplicate' ELSE a.state END,
    CASE WHEN a.again THEN 'same-address' ELSE a.rule END,
    CASE WHEN a.known IS NOT NULL
            THEN 'row ' || a.known_row || ' of batch ' || a.known_batch || ' has the same address'
        WHEN a.again THEN 'an earlier row of this delivery has the same address'
        ELSE a.message END,
    0, '', '', '', a.known_image
FROM (
    SELECT new.*, known.id AS known, known.row AS known_row, known.batch_id AS known_batch,
        known.image_id AS known_image,
        new.state <> 'refused' AND (known.id IS NOT NULL OR row_number() OVER (
            PARTITION BY new.access_hash, new.state = 'refused' ORDER BY new.place) > 1) AS again
    FROM arriving new
    LEFT JOIN curation_mediarecord known
        ON known.access_hash = new.access_hash AND known.state NOT IN ('refused', 'duplicate')
        AND new.state <> 'refused'
) a
ORDER BY a.place
"""


def _copy_records(batch: Batch, rows: list[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE arriving")
        with cursor.copy(f"COPY arriving (place, {', '.join(COLUMNS)}) FROM STDIN") as copy:
            for place, row in enumerate(rows):
                copy.write_row((place, *row))
        cursor.execute(INSERT, {"batch": batch.pk})
