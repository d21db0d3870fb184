"""People, invitations, assignments, what is said to somebody, the audit trail."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from curation.api.shapes.fields import RowId
from curation.models import Assignment, AuditEntry, Hand, Invitation, Mention, Role, User
from curation.services.invitations import DAYS, MOST_DAYS


class PersonOut(serializers.ModelSerializer[User]):
    name = serializers.CharField(source="get_full_name")
    votes = serializers.IntegerField(source="standing_votes", help_text="That stand.")

    class Meta:
        model = User
        fields = ["username", "name", "email", "role", "is_active", "votes", "date_joined", "last_login"]


class PersonIn(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    role = serializers.ChoiceField(choices=Role.choices)
    email = serializers.EmailField(
        required=False, allow_blank=True, help_text="By which the sign-in of an institution knows them."
    )


class PersonChange(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    is_active = serializers.BooleanField(required=False, help_text="Whether they may sign in.")
    email = serializers.EmailField(required=False, allow_blank=True)


class PasswordOut(serializers.Serializer[Any]):
    username = serializers.CharField()
    password = serializers.CharField(help_text="To hand over; told only here.")


class Ended(serializers.Serializer[Any]):
    sessions = serializers.IntegerField(help_text="That ended.")


class LetIn(serializers.Serializer[Any]):
    addresses = serializers.IntegerField(help_text="From which they were kept out.")


class InvitationOut(serializers.ModelSerializer[Invitation]):
    project = serializers.SlugField(source="project.key", allow_null=True, default=None)
    created_by = serializers.CharField(source="created_by.username")
    accepted_by = serializers.CharField(source="accepted_by.username", allow_null=True, default=None)

    class Meta:
        model = Invitation
        fields = [
            *("id", "role", "project", "note", "created_by", "created_at", "expires_at", "revoked_at"),
            *("accepted_at", "accepted_by"),
        ]


class InvitationMade(InvitationOut):
    link = serializers.SerializerMethodField(help_text="To hand over; told only here.")

    class Meta(InvitationOut.Meta):
        fields = [*InvitationOut.Meta.fields, "link"]

    def get_link(self, row: Invitation) -> str:
        return str(self.context["link"])


class InvitationIn(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)
    project = serializers.SlugField(max_length=60, required=False, help_text="Key; they are assigned it.")
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=DAYS)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)


class AssignmentOut(serializers.ModelSerializer[Assignment]):
    project = serializers.SlugField(source="project.key")
    user = serializers.CharField(source="user.username")
    label = serializers.SlugField(  # type: ignore[assignment]
        source="label.slug", allow_null=True, default=None, help_text="Suggested class; none: every class."
    )
    source = serializers.CharField(  # type: ignore[assignment]
        source="source.code", allow_null=True, default=None, help_text="None: every source."
    )

    class Meta:
        model = Assignment
        fields = ["id", "project", "user", "label", "source", "created_at"]


class AssignmentIn(serializers.Serializer[Any]):
    user = serializers.CharField(max_length=150)
    label = serializers.SlugField(max_length=80, required=False)  # type: ignore[assignment]
    source = serializers.CharField(max_length=40, required=False)  # type: ignore[assignment]


class ReviewerOut(serializers.Serializer[Any]):
    """One person in a project over the last month."""

    username = serializers.CharField(source="user.username")
    open = serializers.IntegerField(help_text="Pictures that wait for them.")
    today = serializers.IntegerField(help_text="Answers that stand.")
    week = serializers.IntegerField()
    month = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True, help_text="Median, a picture.")
    agreement = serializers.FloatField(allow_null=True, help_text="Part of their labels that was decided so.")
    held = serializers.IntegerField(help_text="Pictures on their screen.")


class DayOut(serializers.Serializer[Any]):
    date = serializers.DateField()
    votes = serializers.IntegerField()


class AskedOut(serializers.Serializer[Any]):
    assignment = AssignmentOut(source="row")
    open = serializers.IntegerField(help_text="Pictures that match it.")


class WorkOut(serializers.Serializer[Any]):
    username = serializers.CharField()
    seconds = serializers.FloatField(allow_null=True, help_text="Median, a picture.")
    asked = AskedOut(many=True)
    days = DayOut(many=True)


class KeysOut(serializers.Serializer[Any]):
    hand = serializers.ChoiceField(choices=Hand.choices)
    keys = serializers.DictField(child=serializers.CharField(), help_text="Command -> key, where one's own.")


class MentionOut(serializers.ModelSerializer[Mention]):
    project = serializers.SlugField(source="comment.candidate.project.key")
    candidate = serializers.IntegerField(source="comment.candidate_id")
    picture = serializers.CharField(source="comment.candidate.image.sha256")
    author = serializers.CharField(source="comment.author.username")
    kind = serializers.CharField(source="comment.kind")
    text = serializers.CharField(source="comment.text")
    at = serializers.DateTimeField(source="comment.created_at")

    class Meta:
        model = Mention
        fields = ["id", "project", "candidate", "picture", "author", "kind", "text", "at", "seen_at"]


class SeenIn(serializers.Serializer[Any]):
    mentions = serializers.ListField(child=RowId(), max_length=1000, help_text="None: all.", required=False)


class SeenOut(serializers.Serializer[Any]):
    seen = serializers.IntegerField(help_text="That were not before.")


class AuditOut(serializers.ModelSerializer[AuditEntry]):
    actor = serializers.CharField(source="actor.username", allow_null=True, default=None)
    project = serializers.SlugField(source="project.key", allow_null=True, default=None)
    detail = serializers.DictField()

    class Meta:
        model = AuditEntry
        fields = ["id", "at", "actor", "action", "project", "subject", "detail"]
