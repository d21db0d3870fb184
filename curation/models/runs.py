"""Models that can be used here: rows that point at model folders."""

from __future__ import annotations

from django.db import models


class ModelVersion(models.Model):
    """A model folder (see inference.folder) known by name; its files are checked by SHA-256 on load."""

    name = models.SlugField(max_length=80, unique=True)
    folder = models.CharField(max_length=300, help_text="Relative to the models directory.")
    manifest_sha256 = models.CharField(max_length=64, help_text="SHA-256 of model.json.")
    classes = models.JSONField(help_text="Class names in output order.")
    image_size = models.PositiveIntegerField()
    parameters = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(manifest_sha256__regex=r"^[0-9a-f]{64}$"), name="model_manifest_hex"
            ),
        ]

    def __str__(self) -> str:
        return self.name
