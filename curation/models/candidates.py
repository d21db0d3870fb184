"""A candidate is an image asked about in a project; who holds it; what models think of it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Random
from django.utils.translation import gettext_lazy as _

COUNTED = ["state", "label", "guess", "source", "licence", "settled", "votes"]
OF_SOURCE = [name for name in COUNTED if name != "source"]


class Candidate(models.Model):
    """An image in a project: open until it is decided, set aside or in dispute."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DECIDED = "decided", _("Decided")
        FLAGGED = "flagged", _("Flagged for the lead")
        DISPUTED = "disputed", _("Votes disagree")

    class Proposer(models.TextChoices):
        FOLDER = "folder", _("The folder it lay in")
        LIST = "list", _("The list it came with")
        EXPORT = "export", _("The export it came from")
        MADE = "made", _("It was made so")

    project = models.ForeignKey("Project", on_delete=models.PROTECT, related_name="candidates")
    image = models.ForeignKey("Image", on_delete=models.PROTECT, related_name="candidates")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    votes = models.PositiveSmallIntegerField(default=0, help_text="Label votes that stand.")
    label = models.ForeignKey(
        "LabelClass", on_delete=models.PROTECT, null=True, blank=True, related_name="decided"
    )
    decision = models.OneToOneField(
        "Decision", on_delete=models.PROTECT, null=True, blank=True, related_name="current_for"
    )
    proposed = models.ForeignKey(
        "LabelClass",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="What came with the picture; a hint to the reviewer, never a vote.",
    )
    proposed_by = models.CharField(max_length=10, choices=Proposer, blank=True)
    priority = models.FloatField(default=0.0, help_text="Higher comes first in the queue.")
    urgent = models.BooleanField(
        default=False, help_text="A release is short of it: it comes first, in every order of the queue."
    )
    prediction = models.OneToOneField(
        "Prediction",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="suggested_for",
        help_text="The newest model's, shown as the suggestion.",
    )
    round = models.PositiveSmallIntegerField(
        default=1,
        help_text="Goes up when it is sent back; votes of earlier rounds count no more.",
    )
    # What the queue is ordered by. A trigger copies it from image and prediction (migration 0006).
    source = models.ForeignKey(
        "Source", on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    guess = models.ForeignKey(
        "LabelClass", on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    confidence = models.FloatField(null=True, editable=False)
    margin = models.FloatField(
        null=True, editable=False, help_text="Between the two likeliest classes; low is uncertain."
    )
    # What figures are counted by. A trigger copies it from image and decision (migrations 0014 and 0017).
    licence = models.ForeignKey(
        "Licence", on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    batch = models.ForeignKey(
        "Batch", on_delete=models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, editable=False, help_text="When its decision was made.")
    settled = models.CharField(
        max_length=12, blank=True, editable=False, help_text="The rule of its decision."
    )
    disagreement = models.FloatField(
        default=0.0,
        help_text="Part of votes, model and list that differ from the commonest class.",
    )
    shuffle = models.FloatField(
        db_default=Random(), help_text="A lot drawn once: random order, audit share, double review."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "image"], name="candidate_once_per_project"),
            models.CheckConstraint(
                condition=(
                    models.Q(state="decided", label__isnull=False, decision__isnull=False)
                    | (~models.Q(state="decided") & models.Q(label__isnull=True))
                ),
                name="candidate_label_iff_decided",
            ),
            models.CheckConstraint(
                condition=models.Q(proposed__isnull=True, proposed_by="")
                | (models.Q(proposed__isnull=False) & ~models.Q(proposed_by="")),
                name="candidate_proposal_has_origin",
            ),
        ]
        indexes = [
            models.Index(
                "project",
                models.F("priority").desc(),
                "id",
                name="candidate_queue",
                condition=models.Q(state="open"),
            ),
            models.Index(
                "project",
                models.F("priority").desc(),
                "id",
                name="candidate_urgent",
                condition=models.Q(state="open", urgent=True),
            ),
            models.Index(
                "project",
                models.F("margin").asc(nulls_last=True),
                "id",
                name="candidate_by_margin",
                condition=models.Q(state="open"),
            ),
            models.Index(
                fields=["project", "shuffle"], name="candidate_by_lot", condition=models.Q(state="open")
            ),
            models.Index(
                fields=["project", "-id"], name="candidate_newest", condition=models.Q(state="open")
            ),
            models.Index(
                "project",
                models.F("disagreement").desc(),
                "id",
                name="candidate_disputable",
                condition=models.Q(state="open", disagreement__gt=0),
            ),
            models.Index(
                "project",
                "guess",
                models.F("confidence").desc(),
                "id",
                name="candidate_grid",
                condition=models.Q(state="open"),
            ),
            models.Index(
                "project",
                "source",
                "guess",
                models.F("priority").desc(),
                name="candidate_by_source",
                condition=models.Q(state="open"),
            ),
            models.Index(
                fields=["project", "votes"],
                name="candidate_begun",
                condition=models.Q(state="open", votes__gt=0),
            ),
            # Figures are read from these alone, added up in their order (selectors.dashboards.counted).
            models.Index(fields=["project", *COUNTED], name="candidate_counts"),
            models.Index(fields=["source", "project", *OF_SOURCE], name="candidate_of_source"),
            models.Index(fields=["batch", "project", *COUNTED], name="candidate_of_batch"),
            models.Index(fields=["project", "created_at"], name="candidate_added"),
            models.Index(
                fields=["project", "decided_at"],
                name="candidate_decided",
                condition=models.Q(decided_at__isnull=False),
            ),
            # Beside prediction_said: both are read in the order of candidates, and no table is.
            models.Index(
                fields=["id"],
                include=["label", "source", "licence", "decided_at"],
                name="candidate_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id}/{self.image_id}"


class Claim(models.Model):
    """One person holds one slot of a candidate until the claim expires.

    Slots run from 1 to the number of votes still needed; the constraint is what makes
    it impossible that two people decide one slot at once.
    """

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="claims")
    slot = models.PositiveSmallIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims")
    tab = models.UUIDField(help_text="The browser tab that holds it, so that closing the tab frees it.")
    claimed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["candidate", "slot"], name="claim_slot_once"),
            models.UniqueConstraint(fields=["candidate", "user"], name="claim_once_per_person"),
            models.CheckConstraint(condition=models.Q(slot__range=(1, 5)), name="claim_slot_1_to_5"),
        ]
        indexes = [models.Index(fields=["user", "tab"], name="claim_tab")]

    def __str__(self) -> str:
        return f"{self.candidate_id}#{self.slot} by {self.user_id}"


class Prediction(models.Model):
    """What one model says about one candidate: a probability per class, in class order."""

    # Indexes below begin with either: one of its own would be written for nothing.
    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, related_name="predictions", db_index=False
    )
    model = models.ForeignKey(
        "ModelVersion", on_delete=models.PROTECT, related_name="predictions", db_index=False
    )
    job = models.ForeignKey(
        "Job", on_delete=models.PROTECT, null=True, blank=True, related_name="predictions"
    )
    label = models.ForeignKey("LabelClass", on_delete=models.PROTECT, related_name="+")
    confidence = models.FloatField()
    probabilities = ArrayField(models.FloatField())
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["candidate", "model"], name="prediction_once_per_model"),
            models.CheckConstraint(
                condition=models.Q(confidence__gte=0, confidence__lte=1), name="prediction_confidence_0_to_1"
            ),
        ]
        indexes = [
            models.Index(fields=["model", "candidate"], include=["label"], name="prediction_said"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id}: {self.label_id} {self.confidence:.2f}"
