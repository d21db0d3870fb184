"""Who outside is told of what happens here, and every message to them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.TextChoices):
    PING = "ping", _("A test that somebody asked for")
    RELEASE_FROZEN = "release.frozen", _("A release was frozen")
    EXPORT_DONE = "export.done", _("An export is finished")
    MODEL_MADE = "model.made", _("A run has made a model")
    EVALUATION_DONE = "evaluation.done", _("A model was evaluated")
    JOB_DONE = "job.done", _("A job is done")
    JOB_FAILED = "job.failed", _("A job has failed")
    JOB_CANCELLED = "job.cancelled", _("A job was cancelled")


class Webhook(models.Model):
    """An address that is sent a signed message at each of its events.

    The key of the signatures is derived from SECRET_KEY and `salt`, so that the database holds no secret.
    """

    url = models.URLField(max_length=500)
    events = ArrayField(models.CharField(max_length=20, choices=Event))
    salt = models.CharField(max_length=43)
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    stopped_why = models.CharField(
        max_length=300, blank=True, help_text="Where it was switched off by itself."
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(events__contained_by=Event.values, events__len__gt=0),
                name="webhook_events_known",
            ),
        ]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One message to one webhook: waiting -> delivered | failed. A row first, so that none is lost.

    `body` is kept as it is sent: a later try sends, and signs, the same bytes.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")

    id = models.UUIDField(primary_key=True)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=20, choices=Event)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(help_text="Not before; moved ahead while a worker is at it.")
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="waiting", ended_at__isnull=True)
                | (~models.Q(state="waiting") & models.Q(ended_at__isnull=False)),
                name="delivery_ended_iff_settled",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(state="waiting"), name="delivery_due"),
            models.Index(fields=["webhook", "-created_at"], name="delivery_log"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook_id}"
