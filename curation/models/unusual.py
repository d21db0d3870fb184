"""Pictures that features set apart from all others, and pairs of pictures that they hardly tell apart."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Outlier(models.Model):
    """A picture unlike its neighbours, as one job ranked it; `issue`: what it was sent to review as."""

    job = models.ForeignKey("Job", on_delete=models.PROTECT, related_name="outliers")
    feature_set = models.ForeignKey("FeatureSet", on_delete=models.PROTECT, related_name="outliers")
    candidate = models.ForeignKey("Candidate", on_delete=models.PROTECT, related_name="outliers")
    rank = models.PositiveIntegerField(help_text="1 is the farthest from all others.")
    score = models.FloatField(help_text="Higher is farther; what it means is in the job's result.")
    evidence = models.JSONField(default=dict, blank=True)
    issue = models.OneToOneField(
        "DataIssue", on_delete=models.PROTECT, null=True, blank=True, related_name="outlier"
    )

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["job", "candidate"], name="outlier_once"),
            models.UniqueConstraint(fields=["job", "rank"], name="outlier_rank_once"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} stands apart"


class NearPair(models.Model):
    """Two pictures of different groups that are almost alike to a model, and what a person said of them."""

    class Verdict(models.TextChoices):
        OPEN = "", _("Not looked at")
        SAME = "same", _("Joined")
        DIFFERENT = "different", _("Different")

    job = models.ForeignKey(
        "Job", on_delete=models.PROTECT, related_name="near_pairs", help_text="Found it last."
    )
    feature_set = models.ForeignKey("FeatureSet", on_delete=models.PROTECT, related_name="near_pairs")
    first = models.ForeignKey("Image", on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey("Image", on_delete=models.PROTECT, related_name="+")
    distance = models.FloatField(help_text="Cosine distance, 0 is the same.")
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.OPEN, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["distance", "id"]
        constraints = [
            models.UniqueConstraint(fields=["feature_set", "first", "second"], name="near_pair_once"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="near_pair_in_order"
            ),
            models.CheckConstraint(
                condition=models.Q(verdict="", by__isnull=True, at__isnull=True)
                | ~models.Q(verdict="") & models.Q(by__isnull=False, at__isnull=False),
                name="near_pair_verdict_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["feature_set", "distance"], condition=models.Q(verdict=""), name="near_pair_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}"
