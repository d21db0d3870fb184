"""Models that can be used here, the runs that make them, and what evaluations found."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ModelVersion(models.Model):
    """A model folder (see inference.folder) known by name; its files are checked by SHA-256 on load."""

    class Kind(models.TextChoices):
        CLASSIFIER = "classifier", _("Classifier")
        ENCODER = "encoder", _("Encoder")
        TILES = "tiles", _("Classifier of tiles")

    name = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(
        max_length=10, choices=Kind, default=Kind.CLASSIFIER, help_text="Only classifiers may pre-classify."
    )
    folder = models.CharField(max_length=300, help_text="Relative to the models directory.")
    manifest_sha256 = models.CharField(max_length=64, help_text="SHA-256 of model.json.")
    classes = models.JSONField(help_text="Class names in output order.")
    image_size = models.PositiveIntegerField()
    parameters = models.PositiveBigIntegerField()
    training_release = models.ForeignKey(
        "Release",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="trained_models",
        help_text="Whose pictures it learnt from; none where it was brought in.",
    )
    run = models.OneToOneField(
        "Run", on_delete=models.PROTECT, null=True, blank=True, related_name="model", help_text="Made it."
    )
    metrics = models.JSONField(default=dict, blank=True, help_text="Of its last choice: on validation.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(manifest_sha256__regex=r"^[0-9a-f]{64}$"), name="model_manifest_hex"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["classifier", "encoder", "tiles"]), name="model_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """One piece of model work: its configuration, its folder, and the job that does it.

    State, progress and errors are those of the job, which is resumed rather than made anew. All else that a
    run is lies in its folder below RUNS_DIR, so that it can be taken away and read without a database.
    """

    class Kind(models.TextChoices):
        TRAIN = "train", _("Training")
        DISTILL = "distill", _("Distillation")
        SOUP = "soup", _("Soup")
        EVALUATE = "evaluate", _("Evaluation")
        ENCODE = "encode", _("Encoder")
        TILES = "tiles", _("Tiles of sheets")
        SHEETS = "sheets", _("Whole sheets")

    name = models.SlugField(max_length=80, unique=True)
    project = models.ForeignKey("Project", on_delete=models.PROTECT, related_name="runs")
    release = models.ForeignKey("Release", on_delete=models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=10, choices=Kind)
    config = models.JSONField(
        default=dict, blank=True, help_text="As asked for; paths are filled in by the job."
    )
    folder = models.CharField(max_length=120, unique=True, help_text="Relative to RUNS_DIR.")
    job = models.OneToOneField("Job", on_delete=models.PROTECT, related_name="run")
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        help_text="Whose checkpoints it takes.",
    )
    started_from = models.ForeignKey(
        ModelVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="runs_from",
        help_text="Whose weights it begins with, learns from, or measures.",
    )
    data_sha256 = models.CharField(max_length=64, help_text="SHA-256 of the manifest of the release.")
    git_revision = models.CharField(max_length=60, blank=True, help_text="Of the software that did the work.")
    summary = models.JSONField(default=dict, blank=True, help_text="The best epoch, kept when the job ends.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="runs"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["train", "distill", "soup", "evaluate", "encode", "tiles", "sheets"]
                ),
                name="run_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(data_sha256__regex=r"^[0-9a-f]{64}$"), name="run_data_hex"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="soup") | models.Q(parent__isnull=False),
                name="run_soup_has_a_parent",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["evaluate", "distill"]) | models.Q(started_from__isnull=False),
                name="run_has_a_model",
            ),
        ]
        indexes = [models.Index(fields=["project", "-id"], name="run_of_project")]

    def __str__(self) -> str:
        return self.name


class Evaluation(models.Model):
    """What a model reached on one split of a release. Written once, never changed or removed (trigger):
    how often a test split was looked at is the number of these rows."""

    model = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="evaluations")
    release = models.ForeignKey("Release", on_delete=models.PROTECT, related_name="evaluations")
    split = models.CharField(max_length=10)
    metrics = models.JSONField(
        help_text="The report, without its longest tables; all of it is in the folder."
    )
    folder = models.CharField(max_length=200, help_text="Of the report, relative to RUNS_DIR.")
    run = models.OneToOneField(
        Run, on_delete=models.PROTECT, related_name="evaluation", help_text="With the job that did it."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(split__in=["train", "test", "validate", "survey"]),
                name="evaluation_split_known",
            ),
        ]
        indexes = [models.Index(fields=["release", "split"], name="evaluation_looks")]

    def __str__(self) -> str:
        return f"{self.model_id} on {self.release_id}/{self.split}"
