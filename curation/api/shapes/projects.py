"""Projects, their classes, sources, licences and tags."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from curation.api.shapes.fields import RowId
from curation.models import LabelClass, Licence, Project, Source, Tag


class ClassOut(serializers.ModelSerializer[LabelClass]):
    class Meta:
        model = LabelClass
        fields = ["id", "index", "key", "name", "slug", "plural", "definition", "former_names"]


class ProjectOut(serializers.ModelSerializer[Project]):
    target = serializers.IntegerField(help_text="Pictures wanted per class, all splits together.")
    guideline = serializers.IntegerField(
        source="guideline.number", allow_null=True, default=None, help_text="The version in force."
    )

    class Meta:
        model = Project
        fields = [
            *("key", "kind", "title", "question", "guideline", "train", "test", "validate", "target"),
            *("votes_needed", "order", "licences_accepted", "licences_review", "created_at"),
        ]


class ProjectWhole(ProjectOut):
    classes = ClassOut(many=True)

    class Meta(ProjectOut.Meta):
        fields = [*ProjectOut.Meta.fields, "classes"]


class SourceOut(serializers.ModelSerializer[Source]):
    class Meta:
        model = Source
        fields = [
            *("code", "name", "kind", "country", "index_herbariorum", "grscicoll", "ror", "created_at"),
        ]


class LicenceOut(serializers.ModelSerializer[Licence]):
    identifier = serializers.CharField(help_text="As SPDX writes it: CC-BY-4.0.")

    class Meta:
        model = Licence
        fields = ["identifier", "code", "version", "title", "url"]


class TagOut(serializers.ModelSerializer[Tag]):
    pictures = serializers.IntegerField(help_text="How many have it.")

    class Meta:
        model = Tag
        fields = ["id", "name", "pictures", "created_at"]


class TagIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    candidates = serializers.ListField(child=RowId(), min_length=1, max_length=10_000)


class UntagIn(serializers.Serializer[Any]):
    candidates = serializers.ListField(child=RowId(), min_length=1, max_length=10_000)


class TagNameIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)


class Tagged(serializers.Serializer[Any]):
    tag = serializers.IntegerField(source="tag.pk", help_text="Its id.")
    name = serializers.CharField(source="tag.name")
    added = serializers.ListField(child=serializers.IntegerField(), help_text="Candidates that had it not.")
    already = serializers.IntegerField(help_text="How many had it.")


class Removed(serializers.Serializer[Any]):
    removed = serializers.IntegerField()
