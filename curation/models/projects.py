"""A project is one labelling question; its classes are the answers."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def accepted_by_default() -> list[str]:
    """The codes of the published dataset (docs/sources.md)."""
    return ["CC0", "CC-BY", "CC-BY-NC", "CC-BY-SA"]


def reviewed_by_default() -> list[str]:
    """Free in some sense, but no licence of the published dataset: a person decides."""
    return ["PDM", "ODC-BY", "PDDL"]


class Order(models.TextChoices):
    """What comes first in the review queue."""

    ENTROPY = "entropy", _("What the model knows least (entropy)")
    MARGIN = "margin", _("Where two classes are close (margin)")
    SHORTFALL = "shortfall", _("Short classes from short sources")
    DISAGREEMENT = "disagreement", _("Where votes, model and list disagree")
    RANDOM = "random", _("At random")
    NEWEST = "newest", _("Newest first")


class ProjectKind(models.TextChoices):
    """What is asked about a picture: what it shows, or what state the thing in it is in."""

    IDENTIFICATION = "identification", _("What a picture shows")
    CONDITION = "condition", _("The condition of sheets")


class Adjudicators(models.TextChoices):
    """Who may settle disputed and flagged pictures."""

    LEADS = "leads", _("Every lead curator")
    ADMINS = "admins", _("Admins only")
    NAMED = "named", _("The people named for it, and admins")


def share(default: float, words: str) -> models.FloatField[float, float]:
    """A field for a part of the whole, 0 to 1."""
    return models.FloatField(
        default=default, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)], help_text=words
    )


class Project(models.Model):
    """One labelling question: classes, guidelines, targets per class and split, review policy."""

    key = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(
        max_length=14,
        choices=ProjectKind,
        default=ProjectKind.IDENTIFICATION,
        help_text="In a project on condition the first class is the sound one.",
    )
    title = models.CharField(max_length=200)
    question = models.CharField(max_length=300, blank=True)
    guideline = models.OneToOneField(
        "Guideline",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="current_of",
        help_text="The version that votes are cast under now.",
    )
    train = models.PositiveIntegerField(default=10_240, help_text="Pictures per class in the training split.")
    test = models.PositiveIntegerField(default=1_024, help_text="Pictures per class in the test split.")
    validate = models.PositiveIntegerField(
        default=1_024, help_text="Pictures per class in the validation split."
    )
    votes_needed = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    double_share = share(0.0, "Part of the pictures that get two votes where one is enough for the others.")
    blind_second = models.BooleanField(
        default=True, help_text="Second votes are cast without a suggestion on the screen."
    )
    audit_share = share(
        0.05, "Random part of the pictures kept out of every order and judged blind, to measure accuracy."
    )
    gold_share = share(0.02, "Part of a batch that is drawn from pictures with a known answer.")
    gold_feedback = models.BooleanField(
        default=True, help_text="Reviewers are told the known answer after their vote."
    )
    order = models.CharField(max_length=12, choices=Order, default=Order.ENTROPY)
    grid_confidence = share(0.9, "Less confident suggestions are never confirmed by the page.")
    adjudicators = models.CharField(max_length=8, choices=Adjudicators, default=Adjudicators.LEADS)
    licences_accepted = ArrayField(
        models.CharField(max_length=30),
        default=accepted_by_default,
        blank=True,
        help_text="Codes of licences whose pictures may enter releases.",
    )
    licences_review = ArrayField(
        models.CharField(max_length=30),
        default=reviewed_by_default,
        blank=True,
        help_text="Codes that wait for a decision; every other code is refused.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(licences_accepted__overlap=models.F("licences_review")),
                name="project_licence_one_verdict",
            ),
            models.CheckConstraint(
                condition=models.Q(votes_needed__range=(1, 5)), name="project_votes_needed_1_to_5"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["identification", "condition"]), name="project_kind_known"
            ),
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{name}__range": (0, 1)}), name=f"project_{name}"
                )
                for name in ("double_share", "audit_share", "gold_share", "grid_confidence")
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def target(self) -> int:
        """Pictures wanted per class, all splits together."""
        return self.train + self.test + self.validate


class LabelClass(models.Model):
    """One answer of a project: a class with its key, name, definition and place in the class order."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="classes")
    index = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=1, validators=[RegexValidator(r"^[A-Z]$", "One letter, A to Z.")])
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=80)
    plural = models.CharField(max_length=80)
    definition = models.TextField(blank=True)
    former_names = ArrayField(
        models.CharField(max_length=80),
        default=list,
        blank=True,
        help_text="What it was called before; models that were trained then still name it so.",
    )
    translations = models.JSONField(
        default=dict, blank=True, help_text='{"es": {"name": …, "plural": …, "definition": …}}'
    )

    class Meta:
        ordering = ["project", "index"]
        verbose_name_plural = "label classes"
        constraints = [
            models.UniqueConstraint(fields=["project", "index"], name="class_index_unique"),
            models.UniqueConstraint(fields=["project", "key"], name="class_key_unique"),
            models.UniqueConstraint(fields=["project", "slug"], name="class_slug_unique"),
            models.UniqueConstraint(fields=["project", "name"], name="class_name_unique"),
            models.CheckConstraint(condition=models.Q(key__regex=r"^[A-Z]$"), name="class_key_is_a_letter"),
        ]

    def __str__(self) -> str:
        return self.name
