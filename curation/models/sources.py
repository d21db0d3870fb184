"""Where pictures come from, and under which licence."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """A collection, library or database that supplies pictures.

    The field is called source and not institution: the published dataset mixes herbaria with
    libraries and zoological collections. `code` is what crosstabs and exports show.
    """

    class Kind(models.TextChoices):
        HERBARIUM = "herbarium", _("Herbarium")
        MUSEUM = "museum", _("Museum")
        LIBRARY = "library", _("Library")
        DATABASE = "database", _("Database")
        OTHER = "other", _("Other")
        SYNTHETIC = "synthetic", _("Synthetic (drawn by software)")

    code = models.CharField(
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", "Letters, digits, . _ + - only.")],
    )
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.HERBARIUM)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2 code.")
    index_herbariorum = models.CharField(max_length=10, blank=True, help_text="Index Herbariorum code.")
    grscicoll = models.CharField(
        max_length=36, blank=True, help_text="Key of the institution in GRSciColl, a UUID."
    )
    ror = models.CharField(
        max_length=9, blank=True, help_text="Identifier in the Research Organization Registry."
    )
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


class SourceRule(models.Model):
    """Records that carry these codes come from this source. A blank field matches anything.

    Of several rules that match a record the one with most fields counts (services/source_rules.py).
    Institution codes are no keys: nothing is mapped unless a person said so here.
    """

    dataset_key = models.CharField(max_length=100, blank=True)  # GBIF's key of the dataset
    institution_code = models.CharField(max_length=100, blank=True)  # dwc:institutionCode
    collection_code = models.CharField(max_length=100, blank=True)  # dwc:collectionCode
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="rules")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["dataset_key", "institution_code", "collection_code"]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset_key", "institution_code", "collection_code"], name="source_rule_unique"
            ),
            models.CheckConstraint(
                condition=~models.Q(dataset_key="", institution_code="", collection_code=""),
                name="source_rule_names_something",
            ),
        ]

    def __str__(self) -> str:
        parts = (self.dataset_key, self.institution_code, self.collection_code)
        return f"{' / '.join(part or '*' for part in parts)} -> {self.source_id}"


class Licence(models.Model):
    """A licence a picture may carry: one row a code and version.

    `version` is empty where the publisher gave none; no version is ever invented. Which codes a project
    accepts stands in the project.
    """

    code = models.CharField(max_length=30)
    version = models.CharField(max_length=10, blank=True)
    title = models.CharField(max_length=200)
    url = models.URLField(blank=True)

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


class LicenceText(models.Model):
    """What publishers wrote about the rights of a medium, once for all that wrote the same.

    `code`, `version`, `jurisdiction` and `reason` are the parser's reading. What the text means is decided
    by the parser where it is clear, else by a person, for all records that share it.
    """

    class Meaning(models.TextChoices):
        LICENCE = "licence", _("A licence")
        NONE = "none", _("No free licence")
        UNCLEAR = "unclear", _("Unclear: a person decides")

    verbatim = models.TextField(blank=True)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the text in UTF-8.")
    code = models.CharField(max_length=30, blank=True)
    version = models.CharField(max_length=10, blank=True)
    jurisdiction = models.CharField(max_length=30, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    meaning = models.CharField(max_length=10, choices=Meaning)
    licence = models.ForeignKey(
        Licence, on_delete=models.PROTECT, null=True, blank=True, related_name="texts"
    )
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(digest__regex=r"^[0-9a-f]{64}$"), name="licence_text_digest_hex"
            ),
            models.CheckConstraint(
                condition=models.Q(meaning="licence", licence__isnull=False)
                | (~models.Q(meaning="licence") & models.Q(licence__isnull=True)),
                name="licence_text_licence_iff_meant",
            ),
        ]
        indexes = [models.Index(fields=["meaning"], name="licence_text_meaning")]

    def __str__(self) -> str:
        return self.verbatim[:80] or "(nothing stated)"
