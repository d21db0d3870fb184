"""Guidelines in versions, append-only: each vote names the one it was cast under."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Guideline(models.Model):
    """One version of all that a project tells its reviewers. `translations`: {"es": {"intro": …}}."""

    project = models.ForeignKey("Project", on_delete=models.PROTECT, related_name="guideline_versions")
    number = models.PositiveIntegerField()
    intro = models.TextField(blank=True)
    translations = models.JSONField(default=dict, blank=True)
    note = models.CharField(max_length=300, blank=True, help_text="What changed, and why.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["project", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="guideline_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} v{self.number}"


class GuidelineSection(models.Model):
    """What a version says of one class. `translations`: {"es": {"text": …}}."""

    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, related_name="sections")
    label = models.ForeignKey("LabelClass", on_delete=models.PROTECT, related_name="sections")
    text = models.TextField(blank=True)
    translations = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["label__index"]
        constraints = [
            models.UniqueConstraint(fields=["guideline", "label"], name="section_once_per_class"),
        ]

    def __str__(self) -> str:
        return f"{self.guideline_id}/{self.label_id}"


class GuidelineExample(models.Model):
    """A picture that shows the class, or (counter) one that is taken for it and is not."""

    section = models.ForeignKey(GuidelineSection, on_delete=models.PROTECT, related_name="examples")
    image = models.ForeignKey("Image", on_delete=models.PROTECT, related_name="+")
    counter = models.BooleanField(default=False)
    caption = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["counter", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["section", "image"], name="example_once_per_section"),
        ]

    def __str__(self) -> str:
        return f"{'not ' if self.counter else ''}{self.section_id}: {self.image_id}"
