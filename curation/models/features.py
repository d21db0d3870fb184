"""What a model sees in the pictures of a project, as vectors, and the decisions these cast doubt on."""

from __future__ import annotations

from django.db import models


class FeatureSet(models.Model):
    """Features of a project's pictures by one model at one layer; the vectors lie in a folder below
    FEATURES_DIR, under the SHA-256 of the pictures (training.representation.features.store).

    `near` names the files that neighbours are looked up in, `map_file` the one of the map: a job writes new
    ones, then this row, then removes the old.
    """

    project = models.ForeignKey("Project", on_delete=models.PROTECT, related_name="feature_sets")
    model = models.ForeignKey("ModelVersion", on_delete=models.PROTECT, related_name="feature_sets")
    layer = models.CharField(max_length=80)
    dimension = models.PositiveIntegerField()
    folder = models.CharField(max_length=300, unique=True, help_text="Relative to FEATURES_DIR.")
    pictures = models.PositiveIntegerField(default=0, help_text="With features, as of the last job.")
    unreadable = models.PositiveIntegerField(default=0, help_text="Without, since they could not be read.")
    near = models.CharField(max_length=60, blank=True)
    job = models.ForeignKey(
        "Job", on_delete=models.PROTECT, related_name="feature_sets", help_text="The last that added to it."
    )
    map_file = models.CharField(max_length=60, blank=True)
    map_sha256 = models.CharField(max_length=64, blank=True)
    map_facts = models.JSONField(default=dict, blank=True, help_text="How it was drawn, and of how many.")
    map_job = models.ForeignKey(
        "Job", on_delete=models.PROTECT, null=True, blank=True, related_name="maps_of_features"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "model", "layer"], name="features_once"),
            models.CheckConstraint(
                condition=models.Q(map_sha256="", map_file="")
                | models.Q(map_sha256__regex=r"^[0-9a-f]{64}$") & ~models.Q(map_file=""),
                name="features_map_hex",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model_id}/{self.layer}"


class Doubt(models.Model):
    """A decision that features and model speak against, as one job ranked it.

    `label` is the decision that was doubted; `issue` the one that it was sent to review as.
    """

    job = models.ForeignKey("Job", on_delete=models.PROTECT, related_name="doubts")
    feature_set = models.ForeignKey(FeatureSet, on_delete=models.PROTECT, related_name="doubts")
    candidate = models.ForeignKey("Candidate", on_delete=models.PROTECT, related_name="doubts")
    label = models.ForeignKey("LabelClass", on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveIntegerField(help_text="1 is the most doubtful.")
    score = models.FloatField(help_text="0 to 1, low is doubtful.")
    flagged = models.BooleanField(help_text="Whether confident learning takes it for an error.")
    evidence = models.JSONField(default=dict)
    issue = models.OneToOneField(
        "DataIssue", on_delete=models.PROTECT, null=True, blank=True, related_name="doubt"
    )

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["job", "candidate"], name="doubt_once"),
            models.UniqueConstraint(fields=["job", "rank"], name="doubt_rank_once"),
            models.CheckConstraint(condition=models.Q(score__gte=0, score__lte=1), name="doubt_score_0_to_1"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} is not {self.label_id}?"
