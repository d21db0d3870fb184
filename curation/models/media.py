"""Media as publishers describe them, before and after their pictures are fetched."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class MediaRecord(models.Model):
    """One medium of an archive or list: an address, what is said about it, and what became of it.

    Field names follow Darwin Core and Audubon Core in snake case; texts are kept as published. held ->
    waiting -> added | duplicate | refused | failed; failed ones may wait again.
    """

    class State(models.TextChoices):
        HELD = "held", _("Waits for a decision about source or licence")
        WAITING = "waiting", _("To be fetched")
        ADDED = "added", _("Added")
        DUPLICATE = "duplicate", _("Already here")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")
        EXPANDED = "expanded", _("A manifest; its pictures are records of their own")

    class Medium(models.TextChoices):
        IMAGE = "image", _("Image")
        IIIF_MANIFEST = "iiif-manifest", _("IIIF manifest")
        IIIF_INFO = "iiif-info", _("IIIF image information")

    batch = models.ForeignKey("Batch", on_delete=models.PROTECT, related_name="records", db_index=False)
    file = models.CharField(max_length=300, help_text="The list, or the file of the archive.")
    row = models.PositiveBigIntegerField(help_text="As a person counts lines: the header is line 1.")
    medium = models.CharField(max_length=14, choices=Medium, default=Medium.IMAGE)
    access_uri = models.CharField(max_length=1000, blank=True)  # ac:accessURI
    access_hash = models.UUIDField(null=True, help_text="First half of the SHA-256 of the address.")
    host = models.CharField(max_length=260, blank=True)
    format = models.CharField(max_length=100, blank=True)  # dcterms:format
    licence_text = models.ForeignKey(
        "LicenceText", on_delete=models.PROTECT, related_name="records", db_index=False
    )
    record_licence = models.CharField(max_length=1000, blank=True, help_text="Of the record: a hint only.")
    dataset_licence = models.CharField(max_length=1000, blank=True, help_text="Of the dataset: a hint only.")
    rights_holder = models.CharField(max_length=300, blank=True)  # dcterms:rightsHolder
    creator = models.CharField(max_length=300, blank=True)  # dcterms:creator
    further_information_url = models.CharField(max_length=1000, blank=True)  # ac:furtherInformationURL
    occurrence_id = models.CharField(max_length=300, blank=True)  # dwc:occurrenceID
    catalog_number = models.CharField(max_length=100, blank=True)  # dwc:catalogNumber
    institution_code = models.CharField(max_length=100, blank=True)  # dwc:institutionCode
    collection_code = models.CharField(max_length=100, blank=True)  # dwc:collectionCode
    dataset_key = models.CharField(max_length=100, blank=True)
    scientific_name = models.CharField(max_length=300, blank=True)  # dwc:scientificName
    family = models.CharField(max_length=100, blank=True)
    genus = models.CharField(max_length=100, blank=True)
    proposed_label = models.CharField(max_length=200, blank=True)
    source = models.ForeignKey(
        "Source", on_delete=models.PROTECT, null=True, blank=True, related_name="records"
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="expanded",
        db_index=False,
        help_text="The manifest that names this picture.",
    )

    state = models.CharField(max_length=10, choices=State)
    rule = models.CharField(max_length=40, blank=True, help_text="Why it is held, refused or failed.")
    message = models.CharField(max_length=1000, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True, help_text="HTTP.")
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True, blank=True)
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    final_uri = models.CharField(max_length=1000, blank=True, help_text="After redirects.")
    image = models.ForeignKey(
        "Image", on_delete=models.PROTECT, null=True, blank=True, related_name="records", db_index=False
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            # The same address is fetched once, whatever the number of archives that name it.
            models.UniqueConstraint(
                fields=["access_hash"],
                condition=~models.Q(state__in=["refused", "duplicate"]),
                name="record_address_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="waiting")
                | (models.Q(source__isnull=False, access_hash__isnull=False) & ~models.Q(host="")),
                name="record_waiting_can_be_fetched",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="added") | models.Q(image__isnull=False),
                name="record_added_has_image",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["added", "duplicate"]) | models.Q(image__isnull=True),
                name="record_image_only_when_settled",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["held", "refused", "failed"]) | ~models.Q(rule=""),
                name="record_says_why",
            ),
        ]
        # Partial ones where they do: 208,896 rows come in at once, and each index is paid a row.
        indexes = [
            models.Index(fields=["batch", "state", "rule"], name="record_report"),
            models.Index(fields=["host", "id"], condition=models.Q(state="waiting"), name="record_to_fetch"),
            # Whoever waits for the same picture hears of it when it is there.
            models.Index(
                fields=["access_hash"], condition=models.Q(state="duplicate"), name="record_same_address"
            ),
            models.Index(fields=["image"], condition=models.Q(image__isnull=False), name="record_image"),
            models.Index(fields=["parent"], condition=models.Q(parent__isnull=False), name="record_parent"),
            models.Index(
                fields=["licence_text"],
                condition=models.Q(state__in=["held", "refused"]),
                name="record_by_licence",
            ),
            models.Index(
                fields=["dataset_key", "institution_code", "collection_code"],
                condition=models.Q(state="held"),
                name="record_unmapped",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}"


class Host(models.Model):
    """How one host is treated, and how it has behaved. Blank numbers mean the defaults of the settings."""

    name = models.CharField(max_length=260, unique=True)
    wait_seconds = models.FloatField(null=True, blank=True, help_text="From one request to the next.")
    connections = models.PositiveSmallIntegerField(null=True, blank=True, help_text="At the same time.")
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    paused_until = models.DateTimeField(null=True, blank=True)
    last_request_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(wait_seconds__isnull=True) | models.Q(wait_seconds__range=(0, 3600)),
                name="host_wait_0_to_3600",
            ),
            models.CheckConstraint(
                condition=models.Q(connections__isnull=True) | models.Q(connections__range=(1, 8)),
                name="host_connections_1_to_8",
            ),
        ]

    def __str__(self) -> str:
        return self.name
