"""People and what they may do."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Each role may do all that the ones before it may."""

    READER = "reader", _("Reader")
    CURATOR = "curator", _("Curator")
    LEAD = "lead", _("Lead curator")
    ADMIN = "admin", _("Admin")

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class Hand(models.TextChoices):
    """Which hand works the keys; the other one has the mouse."""

    RIGHT = "right", _("Right-handed: keys for the left hand")
    LEFT = "left", _("Left-handed: keys for the right hand")


class User(AbstractUser):
    """Somebody who signs in. What they may do follows from one role."""

    role = models.CharField(max_length=10, choices=Role, default=Role.READER)
    language = models.CharField(max_length=10, blank=True, help_text="Empty: what the browser asks for.")
    keys = models.JSONField(default=dict, blank=True, help_text="Command -> key, where not the usual one.")
    hand = models.CharField(max_length=5, choices=Hand, default=Hand.RIGHT)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            # Whom an institution's sign-in stands for is found by the address.
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="one_person_an_email",
                violation_error_message=_("Somebody else has this e-mail address."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def has_role(self, role: Role | str) -> bool:
        """True where this person's role is `role` or one above it."""
        return self.is_active and Role(self.role).rank >= Role(role).rank

    @property
    def initials(self) -> str:
        names = str(self).split()
        return "".join(f"{name[0].upper()}." for name in names[:2])
