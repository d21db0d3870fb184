"""Projects, their classes, sources, licences and tags."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from curation.api.shapes.fields import RowId
from curation.forms.sources import KINDS
from curation.models import LabelClass, Licence, Project, ProjectKind, Source, Tag

MOST = 10_000_000


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


class ProjectIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=ProjectKind.choices, help_text="What is asked; it stays.")
    title = serializers.CharField(max_length=Project._meta.get_field("title").max_length)
    key = serializers.SlugField(max_length=60, required=False, help_text="Else made from the title.")
    question = serializers.CharField(
        max_length=Project._meta.get_field("question").max_length, required=False, allow_blank=True
    )
    classes = serializers.CharField(
        max_length=4000, required=False, allow_blank=True, help_text="One a line: `C: Clean`, or `Clean`."
    )
    train = serializers.IntegerField(min_value=0, max_value=MOST, required=False, help_text="Per class.")
    test = serializers.IntegerField(min_value=0, max_value=MOST, required=False)
    validate = serializers.IntegerField(  # type: ignore[assignment]
        min_value=0, max_value=MOST, required=False
    )


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


class SourceIn(serializers.Serializer[Any]):
    """What may be said of a source; its code stays."""

    code = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=KINDS)
    country = serializers.CharField(max_length=2, required=False, allow_blank=True, help_text="ISO 3166-1.")
    index_herbariorum = serializers.CharField(max_length=10, required=False, allow_blank=True)
    grscicoll = serializers.CharField(max_length=200, required=False, allow_blank=True)
    ror = serializers.CharField(max_length=60, required=False, allow_blank=True)


class SourceChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, required=False)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    country = serializers.CharField(max_length=2, required=False, allow_blank=True)
    index_herbariorum = serializers.CharField(max_length=10, required=False, allow_blank=True)
    grscicoll = serializers.CharField(max_length=200, required=False, allow_blank=True)
    ror = serializers.CharField(max_length=60, required=False, allow_blank=True)


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
