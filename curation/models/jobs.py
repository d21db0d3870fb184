"""A job is a row first: committed with the request, dispatched after commit, resumable."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """Background work with state, progress and heartbeat.

    queued -> running -> done | failed | cancelled; failed and cancelled may be queued again.
    `lease` names the process that runs it: only the holder may write progress, and a job whose
    heartbeat stopped is taken over by whoever replaces the lease first.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting for a worker")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    ACTIVE = (State.QUEUED, State.RUNNING)

    class Kind(models.TextChoices):
        PRECLASSIFY = "preclassify", _("Pre-classification")
        EXPORT = "export", _("Export")
        INGEST = "ingest", _("Ingest")
        DEMO = "demo", _("Demo set")
        CHECK = "check", _("Check of a delivery")
        IMPORT = "import", _("Import of records")
        DOWNLOAD = "download", _("Download")
        DERIVE = "derive", _("Pictures made from others")
        GROUP = "group", _("Near-duplicates")
        SETTLE = "settle", _("Votes counted anew")
        REOPEN = "reopen", _("Sent back to review")
        AGREEMENT = "agreement", _("Agreement")
        AGGREGATE = "aggregate", _("Aggregation of votes")
        FREEZE = "freeze", _("Freezing a release")
        TRAIN = "train", _("Training")
        DISTILL = "distill", _("Distillation")
        SOUP = "soup", _("Soup")
        EVALUATE = "evaluate", _("Evaluation")
        FEATURES = "features", _("Features of pictures")
        MAP = "map", _("Map of pictures")
        DOUBTS = "doubts", _("Search for mislabelled pictures")
        OUTLIERS = "outliers", _("Search for pictures unlike all others")
        NEAR = "near", _("Search for pictures almost alike")
        ENCODE = "encode", _("Training of an encoder")
        TILES = "tiles", _("Training on tiles")
        SHEETS = "sheets", _("Training on whole sheets")
        SCREEN = "screen", _("Screening of sheets")

    kind = models.CharField(max_length=20, choices=Kind)
    title = models.CharField(max_length=200)
    queue = models.CharField(max_length=20, default="default")
    params = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True, blank=True)
    unit = models.CharField(max_length=30, default="pictures")
    result = models.JSONField(null=True, blank=True)
    result_url = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    lease = models.UUIDField(null=True, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="jobs"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="running")
                | models.Q(lease__isnull=False, heartbeat_at__isnull=False),
                name="job_running_has_lease",
            ),
            # Waits between requests to one host hold only if one process at a time asks.
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(kind="download", state__in=["queued", "running"]),
                name="job_one_download_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "heartbeat_at"],
                condition=models.Q(state__in=["queued", "running"]),
                name="job_active",
            ),
        ]

    def __str__(self) -> str:
        return f"Job {self.pk}: {self.title}"

    @property
    def is_active(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}


class JobLog(models.Model):
    """One line of a job's log."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(auto_now_add=True)
    line = models.TextField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.line
