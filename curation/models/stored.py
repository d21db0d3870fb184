"""Which files of runs, models, features, screenings and uploads lie in the bucket, where there is one."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class StoredFile(models.Model):
    """One file of a folder that all machines share, and the object of the bucket that holds it.

    The row comes after the object, and an object is never written twice (its key has a random part): whoever
    reads a row finds the file whole. Rows of a folder change in one transaction, so that its files go
    together. Without a bucket there are none: folders then are what the disk says.
    """

    folder = models.CharField(max_length=400, help_text="Store and folder below it: runs/first-train-1.")
    name = models.CharField(max_length=400, help_text="Path below the folder, with /.")
    key = models.CharField(max_length=120, unique=True, help_text="Of the object, below stored/.")
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    mtime_ns = models.BigIntegerField(help_text="When the file was changed last, where it was written.")
    stored_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["folder", "name"], name="stored_file_once"),
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="stored_file_hex"
            ),
            models.CheckConstraint(
                condition=~models.Q(folder="") & ~models.Q(name=""), name="stored_file_named"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.folder}/{self.name}"
