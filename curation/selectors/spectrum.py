"""How a screening's scores are spread over sound, contaminated and unjudged sheets, and what follows from it.

Scores are counted in a thousand steps by the database, so that a page at any size of collection reads a few
thousand numbers. Every figure here is therefore exact to a thousandth of the score.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Count, F, FloatField, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Floor, Least

from curation.models import Candidate, SheetScore

STEPS = 1000
SCORES = ("mean", "share", "maximum", "whole")
# P(sound), or what stands for it: high is sound.
SOUNDNESS: dict[str, Any] = {
    "mean": F("sound_mean"),
    "share": Value(1.0) - F("condition_share"),
    "maximum": Value(1.0) - F("condition_max"),
    "whole": F("sheet_sound"),
}
DECIDED = Q(candidate__state=Candidate.State.DECIDED)
SOUND = DECIDED & Q(candidate__label__index=0)
CONDITION = DECIDED & Q(candidate__label__index__gt=0)


@dataclass(frozen=True)
class Spectrum:
    """Sheets per step of the score from 0 to 1: decided as sound, as a condition, not decided."""

    sound: list[int] = field(default_factory=lambda: [0] * STEPS)
    condition: list[int] = field(default_factory=lambda: [0] * STEPS)
    unjudged: list[int] = field(default_factory=lambda: [0] * STEPS)

    @property
    def judged(self) -> int:
        return sum(self.sound) + sum(self.condition)

    def figures(self, threshold: float) -> dict[str, Any] | None:
        """Accuracy, that of either class, AUC and the confusion; below the threshold a sheet is flagged.

        None where no decided sheet of one of the two was scored.
        """
        sounds, conditions = sum(self.sound), sum(self.condition)
        if not sounds or not conditions:
            return None
        step = round(threshold * STEPS)
        false_flags, found = sum(self.sound[:step]), sum(self.condition[:step])
        return {
            "sound": sounds,
            "condition": conditions,
            "false_flags": false_flags,
            "right_sound": sounds - false_flags,
            "found": found,
            "missed": conditions - found,
            "accuracy": (sounds - false_flags + found) / (sounds + conditions),
            "sound_accuracy": 1 - false_flags / sounds,
            "condition_accuracy": found / conditions,
            "auc": self.auc(),
        }

    def auc(self) -> float:
        """Area under the ROC curve (Mann & Whitney 1947): how often a sound sheet scores above another, ties
        half."""
        below = pairs = 0.0
        for sounds, conditions in zip(self.sound, self.condition, strict=True):
            pairs += sounds * (below + conditions / 2)
            below += conditions
        return pairs / (sum(self.sound) * sum(self.condition))

    def coverage(self, threshold: float = 0.5) -> list[dict[str, float]]:
        """Accuracy on the parts of the judged sheets whose score is farthest from the threshold."""
        step = round(threshold * STEPS)
        rows = []
        for at, (sounds, conditions) in enumerate(zip(self.sound, self.condition, strict=True)):
            right = conditions if at < step else sounds
            rows.append((abs(at + 0.5 - step), sounds + conditions, right))
        rows.sort(key=lambda row: -row[0])
        found, seen, right, total = [], 0, 0, self.judged
        marks = [total * part / 20 for part in range(10, 21)]
        for _distance, here, good in rows:
            seen, right = seen + here, right + good
            while marks and seen >= marks[0]:
                found.append({"coverage": marks.pop(0) / total, "accuracy": right / seen})
        return found


def spectrum(rows: QuerySet[SheetScore], score: str) -> Spectrum:
    """One query; sheets without a score (blank ones) are left out."""
    value = SOUNDNESS[score]
    found = Spectrum()
    counted = (
        rows.annotate(score=Cast(value, FloatField()))
        .exclude(score=None)
        .annotate(
            step=Least(Cast(Floor(F("score") * STEPS), IntegerField()), STEPS - 1),
            group=Case(When(SOUND, then=0), When(CONDITION, then=1), default=2, output_field=IntegerField()),
        )
        .order_by()
        .values_list("group", "step")
        .annotate(n=Count("pk"))
    )
    groups = (found.sound, found.condition, found.unjudged)
    for group, step, n in counted:
        groups[group][step] += n
    return found
