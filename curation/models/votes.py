"""What people said, append-only: a database trigger refuses every update and delete."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

OF_CANDIDATE = models.F("candidate__round")


class VoteRows(models.QuerySet["Vote"]):
    """Votes, with the one rule that says which of them count."""

    def counting(self, round: Any = OF_CANDIDATE) -> Self:
        """Labels and flags that stand, of the round their candidate is in, or of `round`.

        Answers to pictures with a known answer are none of them.
        """
        kinds = [Vote.Kind.LABEL, Vote.Kind.FLAG]
        return self.filter(kind__in=kinds, undone_by=None, gold=None, round=round)


class Vote(models.Model):
    """One act of one reviewer. The id is made in the browser, so a vote sent twice is one vote.

    Undo is a new row that names the one it takes back.
    """

    class Kind(models.TextChoices):
        LABEL = "label", _("Label")
        SKIP = "skip", _("Skip")
        FLAG = "flag", _("Flag")
        UNDO = "undo", _("Undo")

    class Via(models.TextChoices):
        SINGLE = "single", _("One by one")
        GRID = "grid", _("Grid")
        COMPARE = "compare", _("Side by side")
        LEAD = "lead", _("Settled by a lead")

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
        help_text="The suggestion that was on the screen or, for a blind vote, was kept from it.",
    )
    milliseconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="From picture shown to key pressed."
    )
    round = models.PositiveSmallIntegerField(default=1, help_text="The candidate's when it was cast.")
    via = models.CharField(max_length=8, choices=Via, default=Via.SINGLE)
    page = models.UUIDField(null=True, blank=True, help_text="The page of the grid; taken back whole.")
    blind = models.BooleanField(default=False, help_text="No suggestion was on the screen, on purpose.")
    audit = models.BooleanField(default=False, help_text="The picture came by lot, not by the order.")
    guideline = models.ForeignKey(
        "Guideline", on_delete=models.PROTECT, null=True, blank=True, related_name="votes"
    )
    gold = models.ForeignKey(
        "GoldItem",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="answers",
        help_text="It answers a picture with a known answer, and decides nothing.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = VoteRows.as_manager()

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
            models.Index(fields=["user", "candidate"], name="vote_skips", condition=models.Q(kind="skip")),
            models.Index(fields=["page"], name="vote_page", condition=models.Q(page__isnull=False)),
            models.Index(fields=["gold"], name="vote_gold", condition=models.Q(gold__isnull=False)),
            # Votes are only ever added, so their days lie one after the other on the disk.
            BrinIndex(fields=["created_at"], name="vote_days", pages_per_range=16, autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Decision(models.Model):
    """The label of a candidate and the rule that gave it; a label of none re-opens it. Append-only."""

    class Rule(models.TextChoices):
        VOTES = "votes", _("The votes needed agree")
        MAJORITY = "majority", _("More than half of the votes needed agree")
        ADJUDICATED = "adjudicated", _("A lead curator settled it")
        UNDONE = "undone", _("A vote was taken back")
        REOPENED = "reopened", _("It was sent back")
        IMPORTED = "imported", _("A release that was brought back says so")

    candidate = models.ForeignKey("Candidate", on_delete=models.PROTECT, related_name="decisions")
    label = models.ForeignKey(
        "LabelClass", on_delete=models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    rule = models.CharField(max_length=12, choices=Rule)
    vote = models.ForeignKey(
        Vote,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        help_text="The vote that brought it about; none where it was sent back or came with a release.",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
        help_text="The lead who settled it or sent it back.",
    )
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rule__in=["undone", "reopened"], label__isnull=True)
                | (~models.Q(rule__in=["undone", "reopened"]) & models.Q(label__isnull=False)),
                name="decision_label_unless_undone",
            ),
            models.CheckConstraint(
                condition=models.Q(vote__isnull=False)
                | models.Q(rule="reopened", by__isnull=False)
                | models.Q(rule="imported"),
                name="decision_has_a_cause",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id}: {self.label_id} ({self.rule})"
