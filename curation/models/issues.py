"""What people say about a picture beside their votes: comments, mentions, and issues that leads close."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Comment(models.Model):
    """A remark or question about a picture in a project. Append-only."""

    class Kind(models.TextChoices):
        COMMENT = "comment", _("Comment")
        QUESTION = "question", _("Question to the reviewers")

    candidate = models.ForeignKey("Candidate", on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="comments")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.COMMENT)
    text = models.CharField(max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.author_id} on {self.candidate_id}"


class Mention(models.Model):
    """Somebody was named in a comment (@username) and has, or has not, seen it."""

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mentions")
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["comment", "user"], name="mention_once")]
        indexes = [
            models.Index(fields=["user"], name="mention_unseen", condition=models.Q(seen_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.comment_id}"


class DataIssue(models.Model):
    """Something is wrong with a picture or its record. A flag opens one; a lead curator closes it."""

    class Kind(models.TextChoices):
        BAD_IMAGE = "bad-image", _("Bad image")
        LICENCE = "licence", _("Doubtful licence")
        DUPLICATE = "duplicate", _("Duplicate")
        MISLABEL = "mislabel", _("Doubtful class")
        OUTLIER = "outlier", _("Unlike all others")
        OTHER = "other", _("Something else")

    candidate = models.ForeignKey("Candidate", on_delete=models.PROTECT, related_name="issues")
    kind = models.CharField(max_length=10, choices=Kind)
    vote = models.OneToOneField(
        "Vote", on_delete=models.PROTECT, null=True, blank=True, related_name="issue", help_text="The flag."
    )
    text = models.CharField(max_length=500, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True, closed_by__isnull=True)
                | models.Q(closed_at__isnull=False, closed_by__isnull=False),
                name="issue_closed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["candidate"], name="issue_open", condition=models.Q(closed_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.candidate_id}"
