"""The condition of sheets: regions that people mark, and what models say of whole collections."""

from __future__ import annotations

from django.conf import settings
from django.db import models


def fraction(words: str) -> models.FloatField[float, float]:
    return models.FloatField(help_text=f"{words}, as a part of the upright picture's, 0 to 1.")


class Region(models.Model):
    """A rectangle on a picture that shows one condition. Never changed: taken back, and drawn anew."""

    candidate = models.ForeignKey("Candidate", on_delete=models.PROTECT, related_name="regions")
    label = models.ForeignKey("LabelClass", on_delete=models.PROTECT, related_name="regions")
    left = fraction("Distance from the left edge")
    top = fraction("Distance from the upper edge")
    width = fraction("Width")
    height = fraction("Height")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="regions")
    created_at = models.DateTimeField(auto_now_add=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(left__gte=0, top__gte=0, width__gt=0, height__gt=0)
                & models.Q(left__lte=1 - models.F("width"), top__lte=1 - models.F("height")),
                name="region_on_the_picture",
            ),
            models.CheckConstraint(
                condition=models.Q(removed_at__isnull=True, removed_by__isnull=True)
                | models.Q(removed_at__isnull=False, removed_by__isnull=False),
                name="region_removed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["candidate"], condition=models.Q(removed_at__isnull=True), name="region_standing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.label_id} on {self.candidate_id}"


class Screening(models.Model):
    """One pass of a classifier of tiles, and perhaps one of whole sheets, over a project's pictures.

    The probabilities of single tiles and the heat maps lie in a folder below SCREENINGS_DIR.
    """

    project = models.ForeignKey("Project", on_delete=models.PROTECT, related_name="screenings")
    tile_model = models.ForeignKey("ModelVersion", on_delete=models.PROTECT, related_name="screenings")
    sheet_model = models.ForeignKey(
        "ModelVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    job = models.OneToOneField("Job", on_delete=models.PROTECT, related_name="screening")
    folder = models.CharField(max_length=120, unique=True, help_text="Relative to SCREENINGS_DIR.")
    facts = models.JSONField(
        default=dict, blank=True, help_text="How tiles were cut, and of how many sheets."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Screening {self.pk} of {self.project_id}"


class SheetScore(models.Model):
    """What one screening says of one sheet. All but `tiles` is unknown where no tile was kept."""

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="scores")
    candidate = models.ForeignKey("Candidate", on_delete=models.PROTECT, related_name="sheet_scores")
    sound_mean = models.FloatField(null=True, blank=True, help_text="Mean P(sound) over the kept tiles.")
    condition_share = models.FloatField(
        null=True, blank=True, help_text="Part of the kept tiles whose P(sound) is below one half."
    )
    condition_max = models.FloatField(null=True, blank=True, help_text="1 - the least P(sound) of a tile.")
    sheet_sound = models.FloatField(null=True, blank=True, help_text="P(sound) by the model of whole sheets.")
    tiles = models.PositiveIntegerField(default=0, help_text="Kept: background is passed over.")
    entropy = models.FloatField(
        null=True, blank=True, help_text="Shannon entropy of the sheet in grey, bits."
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["screening", "candidate"], name="sheet_scored_once"),
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{name}__isnull": True}) | models.Q(**{f"{name}__range": (0, 1)}),
                    name=f"sheet_{name}_0_to_1",
                )
                for name in ("sound_mean", "condition_share", "condition_max", "sheet_sound")
            ),
        ]
        indexes = [models.Index(fields=["screening", "sound_mean"], name="sheets_by_score")]

    def __str__(self) -> str:
        return f"{self.candidate_id} in {self.screening_id}"
