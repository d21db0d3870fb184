"""A release is a frozen choice of decided pictures; it never changes (database trigger)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Split(models.TextChoices):
    TRAIN = "train", _("Train")
    TEST = "test", _("Test")
    VALIDATE = "validate", _("Validate")
    SURVEY = "survey", _("Survey")  # all there is of some sources, outside the balance


class Release(models.Model):
    """What was frozen, by which rule and seed, and the SHA-256 of its manifest.

    Rows are written with an empty manifest hash, their members follow, then the hash is set once:
    from then on the trigger refuses every change, and it refuses a release whose groups leak.
    """

    class Balance(models.TextChoices):
        RANDOM = "random", _("Random")
        EVEN_SOURCES = "even-sources", _("Even over sources")

    name = models.SlugField(max_length=80, unique=True)
    project = models.ForeignKey("Project", on_delete=models.PROTECT, related_name="releases")
    seed = models.BigIntegerField()
    balance = models.CharField(max_length=20, choices=Balance, default=Balance.RANDOM)
    train = models.PositiveIntegerField()
    test = models.PositiveIntegerField()
    validate = models.PositiveIntegerField()
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    # What the pool was narrowed to; empty lists leave it whole.
    only_sources = models.JSONField(default=list, blank=True, help_text="Codes; empty for all sources.")
    only_licences = models.JSONField(
        default=list, blank=True, help_text="Identifiers; empty for all that the project accepts."
    )
    test_sources = models.JSONField(
        default=list,
        blank=True,
        help_text="The test split is all there is of these sources, and nothing else is of them.",
    )
    survey_sources = models.JSONField(
        default=list, blank=True, help_text="All there is of these sources is the split `survey`."
    )
    software = models.CharField(max_length=60, help_text="Version of Vasculum that froze it.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="releases"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(manifest_sha256__regex=r"^([0-9a-f]{64})?$"), name="release_manifest_hex"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def per_class(self) -> int:
        return self.train + self.test + self.validate


class ReleaseMember(models.Model):
    """One picture of a release, with everything an export says about it copied at freezing."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="members")
    image = models.ForeignKey("Image", on_delete=models.PROTECT, related_name="memberships")
    split = models.CharField(max_length=10, choices=Split)
    sha256 = models.CharField(max_length=64)
    category_index = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=80, help_text="Slug of the class.")
    category_name = models.CharField(max_length=80)
    source = models.CharField(max_length=40)
    source_kind = models.CharField(max_length=10)
    licence = models.CharField(max_length=40)
    licence_url = models.CharField(max_length=200, blank=True)
    rights_holder = models.CharField(max_length=300, blank=True)
    access_uri = models.CharField(max_length=1000, blank=True)
    further_information_url = models.CharField(max_length=1000, blank=True)
    occurrence_id = models.CharField(max_length=300, blank=True)
    catalog_number = models.CharField(max_length=100, blank=True)
    scientific_name = models.CharField(max_length=300, blank=True)
    original_name = models.CharField(max_length=300)
    leak_group = models.CharField(max_length=64, help_text="Pictures that must share a split share this.")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["release", "image"], name="member_once"),
            models.UniqueConstraint(fields=["release", "sha256"], name="member_sha256_once"),
            models.CheckConstraint(
                condition=models.Q(split__in=["train", "test", "validate", "survey"]),
                name="member_split_known",
            ),
        ]
        indexes = [models.Index(fields=["release", "category", "split", "source"], name="member_crosstab")]

    def __str__(self) -> str:
        return f"{self.release_id}/{self.sha256[:12]}"


class ReleaseLeftOut(models.Model):
    """A candidate of the project that is not in the release, and why. Written at freezing, never changed.

    It names the picture by its SHA-256 alone, so that what was never published may be deleted later.
    """

    class Reason(models.TextChoices):
        UNDECIDED = "undecided", _("Not decided")
        LICENCE = "licence", _("Licence not accepted")
        SOURCE = "source", _("Source not chosen")
        HELD_OUT = "held-out", _("Belongs with a held-out source")
        GROUP = "group", _("Its group stands in another split, or found no room")
        SURPLUS = "surplus", _("Its class was full")

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="left_out")
    sha256 = models.CharField(max_length=64)
    category = models.CharField(max_length=80, blank=True, help_text="Slug of the class, where decided.")
    source = models.CharField(max_length=40)
    licence = models.CharField(max_length=40)
    reason = models.CharField(max_length=10, choices=Reason)
    detail = models.CharField(
        max_length=80, blank=True, help_text="undecided: the state; group, held-out: the split of its group."
    )

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["release", "sha256"], name="left_out_once")]
        indexes = [models.Index(fields=["release", "reason", "category"], name="left_out_counts")]

    def __str__(self) -> str:
        return f"{self.release_id}/{self.sha256[:12]}: {self.reason}"


class ReleasePage(models.Model):
    """What everyone may read about a release, signed in or not, once an admin has opened it."""

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="page")
    is_public = models.BooleanField(default=False)
    title = models.CharField(max_length=300, blank=True)
    summary = models.TextField(blank=True)
    creators = models.JSONField(default=list, blank=True, help_text="Names, as a citation gives them.")
    publisher = models.CharField(max_length=200, blank=True)
    doi = models.CharField(max_length=200, blank=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Page of {self.release}"


class Export(models.Model):
    """A release written out in one format. Progress and errors are on its job."""

    class Format(models.TextChoices):
        DRYAD = "dryad", _("Dryad archive")
        TFRECORD = "tfrecord", _("TFRecords")
        CROISSANT = "croissant", _("Croissant")
        IMAGEFOLDER = "imagefolder", _("Image folders")
        DATACITE = "datacite", _("DataCite metadata")
        DWCA_AUDUBON = "dwca-audubon", _("Darwin Core archive with Audubon Core")
        LABELS = "labels", _("Votes and decisions")
        LABEL_STUDIO = "label-studio", _("Label Studio tasks")

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="exports")
    format = models.CharField(max_length=20, choices=Format)
    licences = models.JSONField(
        default=list, blank=True, help_text="Only these licence codes; empty for all."
    )
    acknowledged_licences = models.BooleanField(default=False)
    options = models.JSONField(default=dict, blank=True, help_text="Of its format.")
    job = models.OneToOneField("Job", on_delete=models.PROTECT, null=True, blank=True, related_name="export")
    folder = models.CharField(max_length=1000, blank=True)
    files = models.JSONField(default=list, blank=True, help_text="Name, bytes and sha256 of each file.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="exports"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.release} as {self.format}"
