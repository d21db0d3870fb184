"""Words that people put on pictures to find them again; they decide nothing."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower


class Tag(models.Model):
    """A word of a project, the same whatever its capitals."""

    project = models.ForeignKey("Project", on_delete=models.PROTECT, related_name="tags")
    name = models.CharField(max_length=60)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("project", Lower("name"), name="tag_once_in_a_project"),
            models.CheckConstraint(condition=~models.Q(name__regex=r"^\s*$"), name="tag_says_something"),
        ]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """A tag on a picture of its project."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")
    candidate = models.ForeignKey("Candidate", on_delete=models.PROTECT, related_name="taggings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["tag", "candidate"], name="tag_once_on_a_picture")]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.candidate_id}"
