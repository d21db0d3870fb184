"""Features of pictures, maps of them, what is similar, and what searches found."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from curation.api.shapes.fields import RowId
from curation.models import Doubt, FeatureSet, Outlier
from curation.services.representation.send import MOST


class FeaturesOut(serializers.ModelSerializer[FeatureSet]):
    model = serializers.SlugField(source="model.name")
    map_sha256 = serializers.CharField(allow_blank=True, help_text="Empty: no map was drawn.")

    class Meta:
        model = FeatureSet
        fields = [
            *("id", "model", "layer", "dimension", "pictures", "unreadable", "map_sha256", "created_at"),
        ]


class FeaturesIn(serializers.Serializer[Any]):
    model = serializers.SlugField(max_length=80)
    layer = serializers.CharField(
        max_length=80, required=False, allow_blank=True, help_text="Else its usual."
    )


SEARCHES = ("map", "doubts", "outliers")


class SearchIn(serializers.Serializer[Any]):
    what = serializers.ChoiceField(choices=[(one, one) for one in SEARCHES])


class SimilarOut(serializers.Serializer[Any]):
    candidate = serializers.IntegerField()
    distance = serializers.FloatField(help_text="Cosine, 0 to 2.")


class SimilarsOut(serializers.Serializer[Any]):
    features = serializers.IntegerField(help_text="Id of the features that were compared.")
    results = SimilarOut(many=True, help_text="The nearest first.")


class DoubtOut(serializers.ModelSerializer[Doubt]):
    candidate = serializers.IntegerField(source="candidate_id")
    picture = serializers.CharField(source="candidate.image.sha256")
    label = serializers.SlugField(  # type: ignore[assignment]
        source="label.slug", help_text="It was decided as."
    )
    issue = serializers.IntegerField(source="issue_id", allow_null=True, help_text="Where it was sent.")
    evidence = serializers.DictField()

    class Meta:
        model = Doubt
        fields = ["id", "rank", "score", "flagged", "candidate", "picture", "label", "issue", "evidence"]


class OutlierOut(serializers.ModelSerializer[Outlier]):
    candidate = serializers.IntegerField(source="candidate_id")
    picture = serializers.CharField(source="candidate.image.sha256")
    issue = serializers.IntegerField(source="issue_id", allow_null=True, help_text="Where it was sent.")
    evidence = serializers.DictField()

    class Meta:
        model = Outlier
        fields = ["id", "rank", "score", "candidate", "picture", "issue", "evidence"]


class SendIn(serializers.Serializer[Any]):
    n = serializers.IntegerField(min_value=1, max_value=MOST, help_text="The first n that wait.")


class SendOutliersIn(serializers.Serializer[Any]):
    n = serializers.IntegerField(min_value=1, max_value=MOST, default=1, help_text="The first n that wait.")
    only = RowId(required=False, help_text="Id of one of them.")


class SentOut(serializers.Serializer[Any]):
    sent = serializers.IntegerField()


class FrontIn(serializers.Serializer[Any]):
    candidates = serializers.ListField(child=RowId(), min_length=1, max_length=20_000)
