"""Batches: what comes in, what became of its rows, and what is asked of it."""

from __future__ import annotations

import uuid
from typing import Any

from rest_framework import serializers

from curation.forms.ingest import LICENCES
from curation.imaging.corruption import KINDS
from curation.models import BatchProblem, MediaRecord
from curation.selectors.forecast import FIELDS
from curation.services.derive_corruptions import LARGEST_SEED
from curation.services.derive_crops import LARGEST_SIDE, SMALLEST_SIDE

LICENCE = [(code, code) for code, _words in LICENCES]
MOST_AT_ONCE = 1_000_000


class BatchOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="batch.pk")
    kind = serializers.CharField(source="batch.kind")
    state = serializers.CharField(source="batch.state")
    origin = serializers.CharField(source="batch.origin")
    project = serializers.SlugField(source="batch.project.key", allow_null=True, default=None)
    source = serializers.CharField(  # type: ignore[assignment]
        source="batch.source.code", allow_null=True, default=None
    )
    licence = serializers.CharField(source="batch.licence.identifier", allow_null=True, default=None)
    job = serializers.IntegerField(source="batch.job_id", allow_null=True)
    added = serializers.IntegerField(help_text="Pictures.")
    duplicates = serializers.IntegerField()
    refused = serializers.IntegerField()
    failed = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="Records that will be fetched.")
    held = serializers.IntegerField(help_text="Records that wait for an answer about source or licence.")
    created_by = serializers.CharField(source="batch.created_by.username", allow_null=True, default=None)
    created_at = serializers.DateTimeField(source="batch.created_at")
    finished_at = serializers.DateTimeField(source="batch.finished_at", allow_null=True)


class ReasonOut(serializers.Serializer[Any]):
    state = serializers.CharField()
    rule = serializers.CharField()
    records = serializers.IntegerField(source="n")
    message = serializers.CharField(allow_blank=True)
    again = serializers.IntegerField(help_text="How many of them may be fetched once more.")


class BatchWhole(serializers.Serializer[Any]):
    batch = BatchOut()
    columns = serializers.DictField(child=serializers.CharField(), help_text="Of a list: field -> column.")
    preview = serializers.DictField(
        allow_null=True, help_text="What an import would do, once it was checked."
    )
    reasons = ReasonOut(many=True, help_text="Why records wait, were refused or failed.")
    keeps = serializers.CharField(allow_blank=True, help_text="Why it cannot be taken back; empty: it can.")


class RecordOut(serializers.ModelSerializer[MediaRecord]):
    source = serializers.CharField(  # type: ignore[assignment]
        source="source.code", allow_null=True, default=None
    )
    licence = serializers.CharField(source="licence_text.verbatim", help_text="As the record has it.")
    picture = serializers.CharField(source="image.sha256", allow_null=True, default=None)

    class Meta:
        model = MediaRecord
        fields = [
            *("id", "batch", "file", "row", "access_uri", "occurrence_id", "catalog_number", "state", "rule"),
            *("message", "status_code", "attempts", "attempted_at", "source", "licence", "picture"),
        ]


class ProblemOut(serializers.ModelSerializer[BatchProblem]):
    twin = serializers.CharField(
        source="twin.sha256", allow_null=True, default=None, help_text="The picture that was here already."
    )

    class Meta:
        model = BatchProblem
        fields = ["id", "kind", "file", "row", "column", "value", "rule", "message", "twin"]


class UploadOut(serializers.Serializer[Any]):
    upload = serializers.UUIDField()
    files = serializers.IntegerField(help_text="That were sent and are not in a batch yet.")


class FileSent(serializers.Serializer[Any]):
    bytes = serializers.IntegerField()


class BatchIn(serializers.Serializer[Any]):
    """Of an upload. Pictures need a source and a licence; an archive or list says them row by row."""

    upload = serializers.UUIDField(default=uuid.uuid4)
    project = serializers.SlugField(max_length=60)
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=40, required=False, help_text="Code of a source."
    )
    licence = serializers.ChoiceField(choices=LICENCE, required=False)
    rights_holder = serializers.CharField(max_length=300, required=False, allow_blank=True)
    check_only = serializers.BooleanField(
        required=False, help_text="Look pictures through first. Archives and lists are always looked through."
    )


class RemapIn(serializers.Serializer[Any]):
    """Read a list otherwise, or say what holds for all rows; then it is looked through again."""

    columns = serializers.DictField(
        child=serializers.CharField(max_length=300),
        required=False,
        help_text=f"Field -> column of the list. Fields: {', '.join(FIELDS)}.",
    )
    source = serializers.CharField(max_length=40, required=False)  # type: ignore[assignment]
    licence = serializers.ChoiceField(choices=LICENCE, required=False)


class RetryIn(serializers.Serializer[Any]):
    rule = serializers.CharField(max_length=40, help_text="Of the reasons: by which records failed.")


class WentOut(serializers.Serializer[Any]):
    pictures = serializers.IntegerField(help_text="That went.")


class CorruptionsIn(serializers.Serializer[Any]):
    count = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE)
    seed = serializers.IntegerField(min_value=0, max_value=LARGEST_SEED, default=1)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=[(kind, kind) for kind in KINDS]), required=False
    )


class CropsIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, help_text="Of the file of detections.")
    detections = serializers.JSONField(help_text="As LeafMachine2 writes them, or a plain list.")
    parts = serializers.ListField(child=serializers.CharField(max_length=60), required=False)
    min_side = serializers.IntegerField(min_value=SMALLEST_SIDE, max_value=LARGEST_SIDE, default=64)
