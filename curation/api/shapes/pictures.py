"""Candidates, pictures with the addresses of their files, votes, issues."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from curation.api.shapes.fields import RowId
from curation.models import Batch, Candidate, DataIssue, Image, Prediction, Vote
from curation.selectors.blindness import Sight
from curation.services.issue_outcomes import NOTHING, REVIEW, SETTLE


class PredictionOut(serializers.ModelSerializer[Prediction]):
    model = serializers.CharField(source="model.name")
    label = serializers.SlugField(source="label.slug")  # type: ignore[assignment]

    class Meta:
        model = Prediction
        fields = ["id", "model", "label", "confidence", "probabilities"]


class Guess(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    label = serializers.SlugField(source="label.slug")  # type: ignore[assignment]
    confidence = serializers.FloatField()


class CandidateOut(serializers.ModelSerializer[Candidate]):
    project = serializers.SlugField(source="project.key")
    picture = serializers.CharField(source="image.sha256", help_text="SHA-256 of the original.")
    title = serializers.CharField(source="image.title")
    source = serializers.CharField(source="image.source.code")  # type: ignore[assignment]
    licence = serializers.CharField(source="image.licence.identifier")
    label = serializers.SlugField(  # type: ignore[assignment]
        source="label.slug", allow_null=True, default=None, help_text="Of the class it is decided as."
    )
    prediction = Guess(allow_null=True, help_text="The newest model's suggestion.")

    class Meta:
        model = Candidate
        fields = [
            *("id", "project", "picture", "title", "source", "licence", "state", "label", "votes", "round"),
            *("prediction", "priority", "urgent", "created_at"),
        ]


class Files(serializers.Serializer[Any]):
    original = serializers.CharField(allow_null=True, help_text="None where it never was here.")
    review = serializers.CharField(help_text="1024 px on the short side.")
    dataset = serializers.CharField(help_text="192 px on the short side.")
    thumb = serializers.CharField()


def files_of(image: Image) -> dict[str, str | None]:
    """Addresses of the API, so that a token opens them."""
    found: dict[str, str | None] = {
        rendition: reverse("api_picture_file", args=[image.sha256, rendition])
        for rendition in Image.Rendition.values
    }
    if image.batch.kind == Batch.Kind.RELEASE:
        found["original"] = None
    return found


class InProject(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="candidate.pk")
    project = serializers.SlugField(source="candidate.project.key")
    state = serializers.SerializerMethodField()
    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    predictions = serializers.SerializerMethodField()
    tags = serializers.SerializerMethodField()

    def get_state(self, standing: Any) -> str:
        shown = standing.candidate.state if standing.sight is Sight.ALL else Candidate.State.OPEN
        return str(shown)

    def get_label(self, standing: Any) -> str | None:
        return str(standing.candidate.label.slug) if standing.has_verdict else None

    @extend_schema_field(PredictionOut(many=True))
    def get_predictions(self, standing: Any) -> Any:
        return PredictionOut([opinion.prediction for opinion in standing.opinions], many=True).data

    def get_tags(self, standing: Any) -> list[str]:
        return [tagging.tag.name for tagging in standing.candidate.taggings.all()]


class InRelease(serializers.Serializer[Any]):
    release = serializers.SlugField(source="release.name")
    split = serializers.CharField()
    category = serializers.SlugField()


class PictureOut(serializers.ModelSerializer[Image]):
    source = serializers.CharField(source="source.code")  # type: ignore[assignment]
    licence = serializers.CharField(source="licence.identifier")
    licence_url = serializers.CharField(source="licence.url")
    parent = serializers.CharField(  # type: ignore[assignment]
        source="parent.sha256", allow_null=True, default=None
    )
    files = serializers.SerializerMethodField()
    candidates = serializers.SerializerMethodField()
    releases = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = [
            *("sha256", "title", "original_name", "format", "width", "height", "bytes", "source", "licence"),
            *("licence_url", "rights_holder", "access_uri", "further_information_url", "occurrence_id"),
            *("catalog_number", "scientific_name", "family", "genus", "parent", "made_by", "box", "group"),
            *("created_at", "files", "candidates", "releases"),
        ]

    @extend_schema_field(Files)
    def get_files(self, image: Image) -> Any:
        return files_of(image)

    @extend_schema_field(InProject(many=True))
    def get_candidates(self, image: Image) -> Any:
        return InProject(self.context["standings"], many=True).data

    @extend_schema_field(InRelease(many=True))
    def get_releases(self, image: Image) -> Any:
        return InRelease(self.context["memberships"], many=True).data


class VoteOut(serializers.ModelSerializer[Vote]):
    candidate = serializers.IntegerField(source="candidate_id")
    picture = serializers.CharField(source="candidate.image.sha256")
    user = serializers.CharField(source="user.username")
    label = serializers.SlugField(  # type: ignore[assignment]
        source="label.slug", allow_null=True, default=None
    )
    undoes = serializers.UUIDField(source="undoes_id", allow_null=True)
    undone_by = serializers.SerializerMethodField()

    class Meta:
        model = Vote
        fields = [
            *("id", "candidate", "picture", "user", "kind", "label", "reason", "undoes", "undone_by"),
            *("milliseconds", "round", "via", "blind", "created_at"),
        ]

    def get_undone_by(self, vote: Vote) -> str | None:
        undo = getattr(vote, "undone_by", None)
        return str(undo.pk) if undo else None


class IssueOut(serializers.ModelSerializer[DataIssue]):
    candidate = serializers.IntegerField(source="candidate_id")
    picture = serializers.CharField(source="candidate.image.sha256")
    opened_by = serializers.CharField(source="opened_by.username")
    closed_by = serializers.CharField(source="closed_by.username", allow_null=True, default=None)
    remarks = serializers.IntegerField(help_text="Comments on the picture.")

    class Meta:
        model = DataIssue
        fields = [
            *("id", "candidate", "picture", "kind", "text", "opened_by", "opened_at", "closed_by"),
            *("closed_at", "resolution", "remarks"),
        ]


class IssueIn(serializers.Serializer[Any]):
    candidate = RowId()
    kind = serializers.ChoiceField(choices=DataIssue.Kind.choices)
    text = serializers.CharField(max_length=500)


class IssueCloseIn(serializers.Serializer[Any]):
    resolution = serializers.CharField(max_length=500, help_text="What came of it.")
    then = serializers.ChoiceField(
        choices=[(NOTHING, ""), (REVIEW, "review"), (SETTLE, "settle")],
        required=False,
        allow_blank=True,
        help_text="`review`: the picture goes back to its reviewers, who read the resolution; `settle`: it "
        "is decided as `label`; else it stays as it is.",
    )
    label = serializers.CharField(  # type: ignore[assignment]
        max_length=1, required=False, allow_blank=True, help_text="Key of a class."
    )


class IssuesCloseIn(serializers.Serializer[Any]):
    issues = serializers.ListField(child=RowId(), min_length=1, max_length=1000)
    resolution = serializers.CharField(max_length=500, help_text="What came of them.")
    then = serializers.ChoiceField(
        choices=[(NOTHING, ""), (REVIEW, "review")], required=False, allow_blank=True
    )


class IssuesClosed(serializers.Serializer[Any]):
    closed = serializers.IntegerField()
