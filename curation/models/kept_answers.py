"""What was answered to a request with an Idempotency-Key, so that the same again is answered the same."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class KeptAnswer(models.Model):
    """One answer of the API to one person's key. Only successes are kept: what was refused changed nothing.

    The row is written first and in the transaction of the work: of two requests at the same moment the
    second one waits at the unique constraint until the first has committed.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, address and body.")
    status = models.PositiveSmallIntegerField(default=200)
    body = models.JSONField(null=True, blank=True)
    location = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="kept_answer_once"),
            models.CheckConstraint(
                condition=models.Q(fingerprint__regex=r"^[0-9a-f]{64}$"), name="kept_answer_fingerprint_hex"
            ),
            models.CheckConstraint(
                condition=models.Q(status__gte=200, status__lt=300), name="kept_answer_success"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.user_id}"
