"""One picture, stored once, whatever the number of projects that ask about it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

# As curation.imaging.renditions writes them; the original keeps its own.
RENDITION_EXTENSIONS = {"review": "jpg", "dataset": "jpg", "thumb": "webp"}


class Image(models.Model):
    """A picture with its provenance. Field names follow Darwin Core and Audubon Core in snake case.

    Files are addressed by the SHA-256 of the original, so no path is stored (see `file_name`).
    """

    class Making(models.TextChoices):
        CROP = "crop", _("Cut out of its parent")
        CORRUPTION = "corruption", _("Its parent, damaged on purpose")

    class Rendition(models.TextChoices):
        ORIGINAL = "original", _("As received")
        REVIEW = "review", _("Review, 1024 px short side")
        DATASET = "dataset", _("Dataset, 192 px short side")
        THUMB = "thumb", _("Thumbnail")

    sha256 = models.CharField(max_length=64, unique=True)
    dhash = models.BigIntegerField(help_text="64-bit difference hash, stored as a signed number.")
    format = models.CharField(max_length=10)
    extension = models.CharField(max_length=5)
    width = models.PositiveIntegerField(help_text="Pixels, upright (EXIF orientation applied).")
    height = models.PositiveIntegerField(help_text="Pixels, upright (EXIF orientation applied).")
    bytes = models.PositiveBigIntegerField()
    original_name = models.CharField(max_length=300, help_text="File name as it came.")

    source = models.ForeignKey("Source", on_delete=models.PROTECT, related_name="images")
    licence = models.ForeignKey("Licence", on_delete=models.PROTECT, related_name="images")
    rights_holder = models.CharField(max_length=300, blank=True)  # dcterms:rightsHolder
    access_uri = models.URLField(max_length=1000, blank=True)  # ac:accessURI, the picture itself
    further_information_url = models.URLField(max_length=1000, blank=True)  # ac:furtherInformationURL
    occurrence_id = models.CharField(max_length=300, blank=True)  # dwc:occurrenceID
    catalog_number = models.CharField(max_length=100, blank=True)  # dwc:catalogNumber
    scientific_name = models.CharField(max_length=300, blank=True)  # dwc:scientificName
    family = models.CharField(max_length=100, blank=True)
    genus = models.CharField(max_length=100, blank=True)

    batch = models.ForeignKey("Batch", on_delete=models.PROTECT, related_name="images")
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="derived",
        null=True,
        blank=True,
        help_text="The picture this one was cut or made from.",
    )
    made_by = models.CharField(max_length=12, choices=Making, blank=True)
    making = models.JSONField(
        default=dict, blank=True, help_text="How it was made: part, kind, seed, numbers."
    )
    box = ArrayField(
        models.PositiveIntegerField(),
        size=4,
        null=True,
        blank=True,
        help_text="Left, top, width, height in pixels of the upright parent, for a crop.",
    )
    chroma = models.FloatField(
        null=True, blank=True, help_text="How colourful beyond its paper (curation.imaging.tone)."
    )
    group = models.CharField(
        max_length=64,
        db_index=True,
        help_text="SHA-256 that names the near-duplicate group; its own where it is alone.",
    )
    group_settled = models.BooleanField(
        default=False, help_text="A person put it in its group; automatic grouping leaves it there."
    )
    representative = models.BooleanField(default=False, help_text="Stands for its group.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="image_sha256_hex"
            ),
            models.CheckConstraint(
                condition=models.Q(group__regex=r"^[0-9a-f]{64}$"), name="image_group_hex"
            ),
            models.CheckConstraint(
                condition=models.Q(width__gt=0, height__gt=0, bytes__gt=0), name="image_has_pixels"
            ),
            models.CheckConstraint(
                condition=models.Q(parent__isnull=True) | ~models.Q(parent=models.F("id")),
                name="image_not_its_own_parent",
            ),
            models.CheckConstraint(
                condition=models.Q(made_by="") | models.Q(parent__isnull=False),
                name="image_made_from_something",
            ),
            models.CheckConstraint(
                condition=models.Q(box__isnull=True) | models.Q(box__len=4, made_by="crop"),
                name="image_box_of_a_crop",
            ),
            models.UniqueConstraint(
                fields=["group"],
                condition=models.Q(representative=True),
                name="image_one_representative_a_group",
            ),
        ]
        indexes = [
            models.Index(
                fields=["occurrence_id"], condition=~models.Q(occurrence_id=""), name="image_occurrence"
            ),
            models.Index(
                fields=["source", "catalog_number"],
                condition=~models.Q(catalog_number=""),
                name="image_catalog_number",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """What people call it: catalogue number, else file name."""
        return self.catalog_number or self.original_name

    def file_name(self, rendition: str) -> str:
        """Storage name of one rendition, e.g. `thumb/ab/abcd….webp`."""
        extension = RENDITION_EXTENSIONS.get(rendition, self.extension)
        return f"{rendition}/{self.sha256[:2]}/{self.sha256}.{extension}"
