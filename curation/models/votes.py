"""What people said, append-only: a database trigger refuses every update and delete."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Vote(models.Model):
    """One act of one reviewer. The id is made in the browser, so a vote sent twice is one vote.

    Undo is a new row that names the one it takes back.
    """

    class Kind(models.TextChoices):
        LABEL = "label", "Label"
        SKIP = "skip", "Skip"
        FLAG = "flag", "Flag"
        UNDO = "undo", "Undo"

    id = models.UUIDField(primary_key=True)
    candidate = models.ForeignKey("Candidate", on_delete=models.PROTECT, related_name="vote_rows")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="votes")
    kind = models.CharField(max_length=10, choices=Kind)
    label = models.ForeignKey(
        "LabelClass", on_delete=models.PROTECT, null=True, blank=True, related_name="votes"
    )
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by"
    )
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was flagged.")
    prediction = models.ForeignKey(
        "Prediction",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="votes",
        help_text="The suggestion that was on the screen, if any.",
    )
    milliseconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="From picture shown to key pressed."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="label", label__isnull=False)
                | (~models.Q(kind="label") & models.Q(label__isnull=True)),
                name="vote_label_iff_label_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="undo", undoes__isnull=False)
                | (~models.Q(kind="undo") & models.Q(undoes__isnull=True)),
                name="vote_undoes_iff_undo_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="vote_by_person"),
            models.Index(fields=["candidate", "created_at"], name="vote_by_candidate"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Decision(models.Model):
    """The label of a candidate and the rule that gave it; a label of none re-opens it. Append-only."""

    class Rule(models.TextChoices):
        VOTES = "votes", "The votes needed agree"
        ADJUDICATED = "adjudicated", "A lead curator settled it"
        UNDONE = "undone", "A vote was taken back"

    candidate = models.ForeignKey("Candidate", on_delete=models.PROTECT, related_name="decisions")
    label = models.ForeignKey(
        "LabelClass", on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    rule = models.CharField(max_length=12, choices=Rule)
    vote = models.ForeignKey(
        Vote, on_delete=models.PROTECT, related_name="decisions", help_text="The vote that brought it about."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rule="undone", label__isnull=True)
                | (~models.Q(rule="undone") & models.Q(label__isnull=False)),
                name="decision_label_unless_undone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id}: {self.label_id} ({self.rule})"
