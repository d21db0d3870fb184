"""One delivery of pictures and what became of each file."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Batch(models.Model):
    """One run of the ingest over a folder; its problems stay readable for good."""

    origin = models.CharField(max_length=1000, help_text="The folder or archive as it was named.")
    project = models.ForeignKey(
        "Project", on_delete=models.PROTECT, null=True, blank=True, related_name="batches"
    )
    source = models.ForeignKey(
        "Source", on_delete=models.PROTECT, null=True, blank=True, related_name="batches"
    )
    licence = models.ForeignKey(
        "Licence", on_delete=models.PROTECT, null=True, blank=True, related_name="batches"
    )
    job = models.ForeignKey("Job", on_delete=models.PROTECT, null=True, blank=True, related_name="batches")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="batches"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    seen = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"Batch {self.pk}: {self.origin}"


class BatchProblem(models.Model):
    """A file that was not added: its name, the rule it met, and its twin where it has one."""

    class Kind(models.TextChoices):
        DUPLICATE = "duplicate", "Already here"
        REFUSED = "refused", "Refused"

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="problems")
    kind = models.CharField(max_length=10, choices=Kind)
    file = models.CharField(max_length=1000)
    rule = models.CharField(max_length=40)
    message = models.TextField()
    twin = models.ForeignKey("Image", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "file"], name="problem_once_per_file"),
        ]

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"
