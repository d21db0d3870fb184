"""Policy, guidelines and classes of a project, agreement, known answers, sending back."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from curation.api.shapes.fields import ByLanguage, RowId
from curation.models import Aggregation, GoldItem, Guideline, GuidelineExample, Project
from curation.services.guidelines import CAPTION, NOTE
from curation.services.review_policy import FIELDS


class PolicyOut(serializers.ModelSerializer[Project]):
    named = serializers.SerializerMethodField(help_text="User names of those who settle where so asked.")

    class Meta:
        model = Project
        fields = [*FIELDS, "named"]

    def get_named(self, project: Project) -> list[str]:
        rows = project.memberships.filter(adjudicates=True).order_by("user__username")
        return list(rows.values_list("user__username", flat=True))


class PolicyIn(serializers.ModelSerializer[Project]):
    """Shares are parts of one. What is left out stays as it is."""

    named = serializers.ListField(child=serializers.CharField(max_length=150), required=False)

    class Meta:
        model = Project
        fields = [*FIELDS, "named"]
        extra_kwargs = {name: {"required": False} for name in FIELDS}


class PolicyChanged(serializers.Serializer[Any]):
    policy = PolicyOut()
    changed = serializers.ListField(child=serializers.CharField())
    job = serializers.IntegerField(allow_null=True, help_text="That counts the votes that are in anew.")


class ExampleOut(serializers.ModelSerializer[GuidelineExample]):
    picture = serializers.CharField(source="image.sha256")

    class Meta:
        model = GuidelineExample
        fields = ["picture", "counter", "caption"]


class EntryOut(serializers.Serializer[Any]):
    label = serializers.SlugField(source="label.slug")  # type: ignore[assignment]
    text = serializers.CharField(allow_blank=True)
    examples = serializers.SerializerMethodField()

    def get_examples(self, entry: Any) -> list[dict[str, Any]]:
        return [dict(ExampleOut(one).data) for one in (*entry.shows, *entry.counters)]


class GuidelinesOut(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text="Of the version; 0 where there is none yet.")
    note = serializers.CharField(allow_blank=True)
    intro = serializers.CharField(allow_blank=True)
    classes = EntryOut(many=True)


class VersionOut(serializers.ModelSerializer[Guideline]):
    author = serializers.CharField(source="author.username", allow_null=True, default=None)

    class Meta:
        model = Guideline
        fields = ["number", "note", "author", "created_at"]


class ExampleIn(serializers.Serializer[Any]):
    picture = serializers.RegexField(r"^[0-9a-f]{64}\Z", help_text="SHA-256.")
    counter = serializers.BooleanField(required=False, help_text="It is taken for the class and is not.")
    caption = serializers.CharField(max_length=CAPTION, required=False, allow_blank=True)


class SectionIn(serializers.Serializer[Any]):
    text = serializers.CharField(required=False, allow_blank=True)
    translations = ByLanguage(
        child=serializers.CharField(allow_blank=True), required=False, help_text="Language -> text."
    )
    examples = ExampleIn(many=True, required=False)


class PublishIn(serializers.Serializer[Any]):
    """A whole version: what is left out is not in it."""

    intro = serializers.CharField(allow_blank=True)
    translations = ByLanguage(
        child=serializers.CharField(allow_blank=True), required=False, help_text="Language -> introduction."
    )
    classes = serializers.DictField(child=SectionIn(), help_text="Slug of the class -> what is said of it.")
    note = serializers.CharField(max_length=NOTE, required=False, allow_blank=True)
    based_on = serializers.IntegerField(
        min_value=0,
        max_value=2_000_000_000,
        required=False,
        help_text="Number of the version that was edited; refused where another one appeared since.",
    )


class SendBackIn(serializers.Serializer[Any]):
    labels = serializers.ListField(child=serializers.SlugField(max_length=80), min_length=1)
    sources = serializers.ListField(child=serializers.CharField(max_length=40), required=False)
    before = serializers.IntegerField(
        min_value=1, max_value=2_000_000_000, help_text="Only what was decided before this version."
    )
    share = serializers.FloatField(
        min_value=0.0001, max_value=1, default=1.0, help_text="Of them, at random."
    )
    single = serializers.BooleanField(default=False, help_text="Only what one vote decided.")
    reason = serializers.CharField(max_length=400)
    count_only = serializers.BooleanField(default=False, help_text="Say how many that is, and do nothing.")


class SendBackCount(serializers.Serializer[Any]):
    pictures = serializers.IntegerField()


class ClassChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80, required=False)
    plural = serializers.CharField(max_length=80, required=False)
    key = serializers.CharField(max_length=1, required=False, help_text="A letter, A to Z.")
    definition = serializers.CharField(required=False, allow_blank=True)
    translations = ByLanguage(
        child=serializers.DictField(child=serializers.CharField(allow_blank=True)),
        required=False,
        help_text="Language -> name, plural, definition.",
    )


class MeasureOut(serializers.Serializer[Any]):
    votes = serializers.IntegerField(help_text="That it rests on.")
    created_at = serializers.DateTimeField()
    data = serializers.DictField(  # type: ignore[assignment]
        help_text="See docs/agreement.md; classes and people by id."
    )


class AggregateIn(serializers.Serializer[Any]):
    method = serializers.ChoiceField(
        choices=Aggregation.Method.choices, required=False, help_text="None: agreement is measured anew."
    )


class GoldOut(serializers.ModelSerializer[GoldItem]):
    candidate = serializers.IntegerField(source="candidate_id")
    picture = serializers.CharField(source="candidate.image.sha256")
    label = serializers.SlugField(source="label.slug")  # type: ignore[assignment]
    answered = serializers.IntegerField(help_text="How often, by votes that stand.")
    right = serializers.IntegerField()

    class Meta:
        model = GoldItem
        fields = ["id", "candidate", "picture", "label", "why", "active", "answered", "right", "created_at"]


class GoldIn(serializers.Serializer[Any]):
    candidate = RowId()
    why = serializers.CharField(max_length=500, required=False, allow_blank=True)


class GoldChange(serializers.Serializer[Any]):
    active = serializers.BooleanField(help_text="Whether reviewers meet it.")
