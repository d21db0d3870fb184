"""A IIIF manifest names pictures: each becomes a record of its own, beside the manifest's."""

from __future__ import annotations

from curation.imaging import PictureError
from curation.models import MediaRecord
from curation.records import RecordsError
from curation.records.iiif import manifest_images
from curation.services.imports.write import address_hash, host_of

State = MediaRecord.State


def expand(record: MediaRecord, document: bytes, address: str) -> str:
    """Write a waiting record for each picture that the manifest of `record` names; says how many.

    Raises PictureError where the document is no manifest or names none. Inside the caller's transaction.
    """
    try:
        addresses = list(dict.fromkeys(manifest_images(document, address)))
    except RecordsError as error:
        raise PictureError(error.name, error.rule, error.detail) from error
    hashes = {address_hash(one): one for one in addresses}
    live = MediaRecord.objects.filter(access_hash__in=hashes).exclude(
        state__in=[State.REFUSED, State.DUPLICATE]
    )
    known = {row.access_hash: row for row in live}
    MediaRecord.objects.bulk_create(
        _picture(record, hashed, one, known.get(hashed)) for hashed, one in hashes.items()
    )
    return f"names {len(addresses)} picture{'' if len(addresses) == 1 else 's'}"


def _picture(manifest: MediaRecord, hashed: object, address: str, known: MediaRecord | None) -> MediaRecord:
    fields = {
        field.attname: getattr(manifest, field.attname)
        for field in MediaRecord._meta.concrete_fields
        if field.name
        not in {"id", "etag", "last_modified", "attempted_at", "status_code", "attempts", "message"}
    }
    fields |= {
        "medium": MediaRecord.Medium.IMAGE,
        "access_uri": address[:1000],
        "access_hash": hashed,
        "host": host_of(address),
        "format": "",
        "parent_id": manifest.pk,
        "state": State.WAITING,
        "rule": "",
    }
    if known:
        fields |= {
            "state": State.DUPLICATE,
            "rule": "same-address",
            "message": f"row {known.row} of batch {known.batch_id} has the same address",
            "image_id": known.image_id,
        }
    return MediaRecord(**fields)
