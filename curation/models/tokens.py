"""Tokens with which programs come in, in the name of the person who made them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from curation.models.people import Role


class Scope(models.TextChoices):
    """What a token may be used for. None holds another: a token that writes and reads has both."""

    READ = "read", _("Read what you may see")
    REVIEW = "review", _("Review: vote, comment, flag, tag")
    CURATE = "curate", _("Curate: settle, pre-classify, train, evaluate, screen")
    ADMIN = "admin", _("Administer: freeze, export, webhooks")

    @property
    def role(self) -> Role:
        """The lowest role that can make use of it."""
        return {
            Scope.READ: Role.READER,
            Scope.REVIEW: Role.CURATOR,
            Scope.CURATE: Role.LEAD,
            Scope.ADMIN: Role.ADMIN,
        }[self]


class ApiToken(models.Model):
    """Only the SHA-256 of the token is kept: 256 random bits need no slow hash, and nobody can read it here.

    A token never gives more than its person's role at the time of the request.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    start = models.CharField(max_length=12, help_text="Its first signs, by which its person knows it.")
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute.")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(digest__regex=r"^[0-9a-f]{64}$"), name="token_digest_hex"
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=Scope.values, scopes__len__gt=0),
                name="token_scopes_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()
