"""One delivery of pictures and what became of each file."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Batch(models.Model):
    """A delivery: folder, archive, list, release, or pictures made here; its report stays readable for good.

    checking -> checked -> running -> done -> undone, or discarded instead of running. Folders given on the
    command line begin with running.
    """

    class Kind(models.TextChoices):
        FOLDER = "folder", _("Folder")
        DWCA = "dwca", _("Darwin Core Archive")
        IDIGBIO = "idigbio", _("iDigBio archive")
        LIST = "list", _("List")
        EXPORT = "export", _("Export of Vasculum")
        DERIVED = "derived", _("Made from other pictures")
        RELEASE = "release", _("Release brought back")  # its pictures have no originals here

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Waits for your word")
        RUNNING = "running", _("Coming in")
        DONE = "done", _("In")
        UNDONE = "undone", _("Taken back")
        DISCARDED = "discarded", _("Discarded")

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.FOLDER)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    origin = models.CharField(max_length=1000, help_text="The folder or archive as it was named.")
    project = models.ForeignKey(
        "Project", on_delete=models.PROTECT, null=True, blank=True, related_name="batches"
    )
    source = models.ForeignKey(
        "Source", on_delete=models.PROTECT, null=True, blank=True, related_name="batches"
    )
    licence = models.ForeignKey(
        "Licence", on_delete=models.PROTECT, null=True, blank=True, related_name="batches"
    )
    job = models.ForeignKey("Job", on_delete=models.PROTECT, null=True, blank=True, related_name="batches")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="batches"
    )
    path = models.CharField(max_length=1000, blank=True, help_text="Where the delivery lies, until it is in.")
    rights_holder = models.CharField(max_length=300, blank=True)
    columns = models.JSONField(default=dict, blank=True, help_text="Field -> column of a list.")
    preview = models.JSONField(null=True, blank=True, help_text="What the dry run found.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    seen = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"Batch {self.pk}: {self.origin}"


class BatchProblem(models.Model):
    """A file that was not added: its name, the rule it met, and its twin where it has one."""

    class Kind(models.TextChoices):
        DUPLICATE = "duplicate", _("Already here")
        REFUSED = "refused", _("Refused")
        NOTE = "note", _("Note")

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="problems")
    kind = models.CharField(max_length=10, choices=Kind)
    file = models.CharField(max_length=1000)
    row = models.PositiveBigIntegerField(null=True, blank=True, help_text="As a person counts lines.")
    column = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=200, blank=True)
    rule = models.CharField(max_length=40)
    message = models.TextField()
    twin = models.ForeignKey("Image", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "file"], condition=models.Q(row__isnull=True), name="problem_once_per_file"
            ),
        ]
        indexes = [models.Index(fields=["batch", "kind", "rule"], name="problem_by_rule")]

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"
