"""Who works on what: memberships, assignments, invitations."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from curation.models.people import Role
from curation.models.projects import Order


class Membership(models.Model):
    """How one person works in one project. No row: as the project says."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    project = models.ForeignKey("Project", on_delete=models.CASCADE, related_name="memberships")
    order = models.CharField(
        max_length=12, choices=Order, blank=True, help_text="Empty: the order of the project."
    )
    adjudicates = models.BooleanField(
        default=False, help_text="May settle pictures where the project names those who do."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "project"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.project_id}"


class Assignment(models.Model):
    """What a person was asked to review: a project, or of it a class, a source, or a class from a source.

    Whoever has assignments in a project gets their pictures only; several add up. `label` is what the model
    suggests.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments")
    project = models.ForeignKey("Project", on_delete=models.CASCADE, related_name="assignments")
    label = models.ForeignKey("LabelClass", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    source = models.ForeignKey("Source", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "project", "label", "source"], nulls_distinct=False, name="assignment_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.project_id}/{self.label_id}/{self.source_id}"


class Invitation(models.Model):
    """A link that makes an account once, with one role. Only the hash of its secret is kept."""

    token_sha256 = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.CURATOR)
    project = models.ForeignKey(
        "Project", on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    note = models.CharField(max_length=200, blank=True, help_text="For whom it is.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="invitation"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False, revoked_at__isnull=True),
                name="invitation_accepted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} until {self.expires_at:%Y-%m-%d}"
