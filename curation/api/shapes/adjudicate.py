"""Pictures that are set aside, what was said of them, and settlements."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from curation.api.shapes.pictures import CandidateOut, IssueOut, PredictionOut
from curation.models import Candidate, Comment, Decision, Vote
from curation.services.adjudicate import stamp


class AsideOut(CandidateOut):
    seen = serializers.SerializerMethodField(help_text="To be sent back with what is done about it.")

    class Meta(CandidateOut.Meta):
        fields = [*CandidateOut.Meta.fields, "seen"]

    def get_seen(self, candidate: Candidate) -> str:
        return stamp(candidate)


class SaidOut(serializers.ModelSerializer[Vote]):
    user = serializers.CharField(source="user.username")
    label = serializers.SlugField(  # type: ignore[assignment]
        source="label.slug", allow_null=True, default=None
    )

    class Meta:
        model = Vote
        fields = ["id", "user", "kind", "label", "reason", "round", "via", "blind", "created_at"]


class DecisionOut(serializers.ModelSerializer[Decision]):
    candidate = serializers.IntegerField(source="candidate_id")
    label = serializers.SlugField(  # type: ignore[assignment]
        source="label.slug", allow_null=True, default=None
    )
    by = serializers.CharField(source="by.username", allow_null=True, default=None)

    class Meta:
        model = Decision
        fields = ["id", "candidate", "label", "rule", "by", "reason", "created_at"]


class RemarkOut(serializers.ModelSerializer[Comment]):
    author = serializers.CharField(source="author.username")

    class Meta:
        model = Comment
        fields = ["id", "author", "kind", "text", "created_at"]


class AdviceOut(serializers.Serializer[Any]):
    method = serializers.CharField(source="aggregation.method")
    label = serializers.SlugField(source="label.slug")  # type: ignore[assignment]
    probability = serializers.FloatField()


class TallyOut(serializers.Serializer[Any]):
    label = serializers.SlugField()  # type: ignore[assignment]
    votes = serializers.IntegerField()


class OpenIssue(IssueOut):
    class Meta(IssueOut.Meta):
        fields = ["id", "kind", "text", "opened_by", "opened_at"]

    # Of the list of issues only.
    candidate = picture = closed_by = remarks = None  # type: ignore[assignment]


class CaseOut(serializers.Serializer[Any]):
    """A picture with what speaks for each class."""

    candidate = AsideOut()
    votes = SaidOut(many=True, help_text="That stand, of the present round.")
    earlier = SaidOut(many=True, help_text="All else that was said of it.")
    tally = TallyOut(many=True)
    decisions = DecisionOut(many=True)
    predictions = PredictionOut(many=True)
    advice = AdviceOut(many=True)
    issues = OpenIssue(many=True, help_text="That are open.")
    comments = RemarkOut(many=True)


class SettleIn(serializers.Serializer[Any]):
    label = serializers.CharField(max_length=1, help_text="Key of the class.")  # type: ignore[assignment]
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True)
    seen = serializers.CharField(
        max_length=80,
        required=False,
        allow_blank=True,
        help_text="As the case said; refused where something was decided since.",
    )


class QuestionIn(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=500, help_text="Its reviewers see it.")
    seen = serializers.CharField(max_length=80, required=False, allow_blank=True)
