"""How good the votes are: known answers, reports of agreement, advice from all votes together."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class GoldItem(models.Model):
    """A decided picture with a known answer, met among the others. Answers never count as votes."""

    candidate = models.OneToOneField("Candidate", on_delete=models.PROTECT, related_name="gold")
    project = models.ForeignKey("Project", on_delete=models.PROTECT, related_name="gold")
    label = models.ForeignKey("LabelClass", on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=500, blank=True, help_text="Shown with the answer.")
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["project"], name="gold_active", condition=models.Q(active=True))]

    def __str__(self) -> str:
        return f"{self.candidate_id} is {self.label_id}"


class AgreementReport(models.Model):
    """Agreement of a project's reviewers at one moment. The newest counts; `data` is what the page shows."""

    project = models.ForeignKey("Project", on_delete=models.CASCADE, related_name="agreement_reports")
    job = models.ForeignKey("Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    votes = models.PositiveIntegerField(help_text="Votes that it rests on.")
    data = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.project_id}, {self.created_at:%Y-%m-%d}"


class Aggregation(models.Model):
    """One run of a crowd-kit aggregation. `data`: confusion and skill per reviewer, class shares."""

    class Method(models.TextChoices):
        DAWID_SKENE = "dawid-skene", _("Dawid–Skene")
        ONE_COIN = "one-coin", _("Dawid–Skene, one coin")
        GLAD = "glad", _("GLAD")
        MACE = "mace", _("MACE")
        WAWA = "wawa", _("Wawa")
        MAJORITY = "majority", _("Majority")

    project = models.ForeignKey("Project", on_delete=models.CASCADE, related_name="aggregations")
    method = models.CharField(max_length=12, choices=Method)
    job = models.ForeignKey("Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    votes = models.PositiveIntegerField()
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.project_id}: {self.method}"


class Advice(models.Model):
    """What an aggregation takes a picture for. Advice only: decisions come from votes and leads."""

    aggregation = models.ForeignKey(Aggregation, on_delete=models.CASCADE, related_name="advice")
    candidate = models.ForeignKey("Candidate", on_delete=models.CASCADE, related_name="advice")
    label = models.ForeignKey("LabelClass", on_delete=models.CASCADE, related_name="+")
    probability = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["aggregation", "candidate"], name="advice_once"),
            models.CheckConstraint(
                condition=models.Q(probability__gte=0, probability__lte=1), name="advice_probability_0_to_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id}: {self.label_id}"
