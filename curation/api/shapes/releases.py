"""Releases, their members and tables, and exports."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from curation.models import Release, ReleaseMember
from curation.services.exports.formats import FORMATS
from curation.services.freeze_options import LARGEST_SEED

MOST = 10_000_000


class ReleaseOut(serializers.ModelSerializer[Release]):
    project = serializers.SlugField(source="project.key")
    pictures = serializers.IntegerField()

    class Meta:
        model = Release
        fields = [
            *("name", "project", "seed", "balance", "train", "test", "validate", "manifest_sha256"),
            *("only_sources", "only_licences", "test_sources", "survey_sources", "software", "created_at"),
            "pictures",
        ]


class CountsOut(serializers.Serializer[Any]):
    splits = serializers.DictField(child=serializers.IntegerField(), help_text="Split -> pictures.")
    licences = serializers.DictField(child=serializers.IntegerField(), help_text="Licence -> pictures.")
    classes = serializers.ListField(child=serializers.SlugField(), help_text="Slugs in class order.")
    sources = serializers.IntegerField(help_text="How many.")


class ReleaseWhole(serializers.Serializer[Any]):
    """A release, and what is in it."""

    release = ReleaseOut()
    counts = CountsOut()


class MemberOut(serializers.ModelSerializer[ReleaseMember]):
    files = serializers.SerializerMethodField()

    class Meta:
        model = ReleaseMember
        fields = [
            *("sha256", "split", "category_index", "category", "category_name", "source", "source_kind"),
            *("licence", "licence_url", "rights_holder", "access_uri", "further_information_url"),
            *("occurrence_id", "catalog_number", "scientific_name", "original_name", "leak_group", "files"),
        ]

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_files(self, member: ReleaseMember) -> dict[str, str]:
        return {
            name: reverse("api_picture_file", args=[member.sha256, name]) for name in ("dataset", "review")
        }


class CrosstabOut(serializers.Serializer[Any]):
    sources = serializers.ListField(child=serializers.CharField(), help_text="The columns.")
    rows = serializers.DictField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Slug of the class -> pictures of each source, in the order of the columns.",
    )
    total = serializers.IntegerField()


class ColumnOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField(help_text="text, count, share (0 to 1) or figure.")


class TableOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    columns = ColumnOut(many=True)
    rows = serializers.ListField(
        child=serializers.ListField(child=serializers.JSONField(allow_null=True)), help_text="Cells."
    )
    notes = serializers.ListField(child=serializers.CharField())


class FreezeIn(serializers.Serializer[Any]):
    seed = serializers.IntegerField(min_value=0, max_value=LARGEST_SEED)
    name = serializers.SlugField(max_length=80, required=False, allow_null=True)
    train = serializers.IntegerField(min_value=0, max_value=MOST, required=False, allow_null=True)
    test = serializers.IntegerField(min_value=0, max_value=MOST, required=False, allow_null=True)
    validate = serializers.IntegerField(  # type: ignore[assignment]
        min_value=0, max_value=MOST, required=False, allow_null=True
    )
    balance = serializers.ChoiceField(choices=Release.Balance.choices, required=False)
    largest = serializers.BooleanField(required=False, help_text="Where classes are short: the largest size.")
    each = serializers.BooleanField(
        required=False, help_text="Leave one source out: a release for each, whose test set that source is."
    )
    only_sources = serializers.ListField(child=serializers.CharField(max_length=40), required=False)
    only_licences = serializers.ListField(child=serializers.CharField(max_length=40), required=False)
    test_sources = serializers.ListField(child=serializers.CharField(max_length=40), required=False)
    survey_sources = serializers.ListField(child=serializers.CharField(max_length=40), required=False)


class FileOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    address = serializers.CharField()


class ExportOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="export.pk")
    release = serializers.SlugField(source="export.release.name")
    format = serializers.CharField(source="export.format")
    licences = serializers.ListField(source="export.licences", child=serializers.CharField())
    options = serializers.DictField(source="export.options")
    job = serializers.IntegerField(source="export.job_id", allow_null=True)
    state = serializers.CharField(source="job.job.state", default="", help_text="Of its job.")
    count = serializers.IntegerField(help_text="Files.")
    bytes = serializers.IntegerField(help_text="Of all files.")
    files = serializers.SerializerMethodField(help_text="Those in no folder.")
    bundle = serializers.SerializerMethodField(help_text="Address of all files as one ZIP.")
    created_at = serializers.DateTimeField(source="export.created_at")
    finished_at = serializers.DateTimeField(source="export.finished_at", allow_null=True)

    @extend_schema_field(FileOut(many=True))
    def get_files(self, view: Any) -> Any:
        pk = view.export.pk
        return [
            {**file, "address": reverse("api_export_file", args=[pk, file["name"]])} for file in view.files
        ]

    def get_bundle(self, view: Any) -> str | None:
        return reverse("api_export_bundle", args=[view.export.pk]) if view.ready else None


class ExportIn(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=[(name, name) for name in FORMATS])
    licences = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, help_text="Only these; else all."
    )
    acknowledged = serializers.BooleanField(
        required=False, help_text="That a Dryad archive holds licences that Dryad does not take today."
    )
    options = serializers.DictField(required=False, help_text="Of the format: shard_pictures, form, images.")
