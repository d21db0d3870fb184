"""Where pictures come from, and under which licence."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models


class Source(models.Model):
    """A collection, library or database that supplies pictures.

    The field is called source and not institution: the published dataset mixes herbaria with
    libraries and zoological collections. `code` is what crosstabs and exports show.
    """

    class Kind(models.TextChoices):
        HERBARIUM = "herbarium", "Herbarium"
        MUSEUM = "museum", "Museum"
        LIBRARY = "library", "Library"
        DATABASE = "database", "Database"
        OTHER = "other", "Other"
        SYNTHETIC = "synthetic", "Synthetic (drawn by software)"

    code = models.CharField(
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", "Letters, digits, . _ + - only.")],
    )
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.HERBARIUM)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(code=""), name="source_code_given"),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["herbarium", "museum", "library", "database", "other", "synthetic"]
                ),
                name="source_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Licence(models.Model):
    """A licence a picture may carry: one row a code and version.

    `version` is empty where the publisher gave none; no version is ever invented.
    Only accepted licences enter a release.
    """

    code = models.CharField(max_length=30)
    version = models.CharField(max_length=10, blank=True)
    title = models.CharField(max_length=200)
    url = models.URLField(blank=True)
    accepted = models.BooleanField(default=False)

    class Meta:
        ordering = ["code", "version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="licence_unique"),
            models.CheckConstraint(condition=~models.Q(code=""), name="licence_code_given"),
        ]

    def __str__(self) -> str:
        return self.identifier

    @property
    def identifier(self) -> str:
        """As SPDX writes it where a version is known (CC-BY-4.0), else the bare code (CC-BY)."""
        return f"{self.code}-{self.version}" if self.version else self.code

    @property
    def short(self) -> str:
        """As people write it: CC BY-NC 4.0."""
        text = self.code.replace("CC-", "CC ", 1)
        return f"{text} {self.version}".strip()
