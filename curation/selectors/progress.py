"""How far a project is: counts per class, source, licence and reviewer, and the queue.

All tables of a page come out of one grouped query (`Cell`), so they agree with each other to the picture.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db.models import Case, Count, F, Max, Q, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from curation.languages import in_words
from curation.models import Candidate, Claim, LabelClass, Licence, Project, Source, User, Vote

State = Candidate.State


class Cell(NamedTuple):
    """A number of candidates that share all of this. `predicted` is set for open ones only."""

    state: str
    label: int | None
    predicted: int | None
    source: int
    licence: int
    n: int


@dataclass
class Tally:
    """Candidates by state: of a source, a licence, or the whole project."""

    open: int = 0
    decided: int = 0
    flagged: int = 0
    disputed: int = 0

    @property
    def total(self) -> int:
        return self.open + self.decided + self.flagged + self.disputed

    @property
    def set_aside(self) -> int:
        return self.flagged + self.disputed

    def add(self, state: str, n: int) -> None:
        setattr(self, state, getattr(self, state) + n)


@dataclass
class ClassProgress:
    """One class against its target. `waiting`: open pictures that a model takes for this class."""

    label: LabelClass
    target: int
    decided: int = 0
    waiting: int = 0

    @property
    def missing(self) -> int:
        return max(self.target - self.decided, 0)

    @property
    def is_full(self) -> bool:
        return self.missing == 0

    @property
    def share(self) -> float:
        return min(self.decided / self.target, 1.0) if self.target else 1.0

    @property
    def waiting_share(self) -> float:
        """How much of the rest of the bar the predicted ones would fill."""
        return min(self.waiting / self.target, 1.0 - self.share) if self.target else 0.0


@dataclass
class ProjectProgress:
    project: Project
    classes: list[ClassProgress]
    total: Tally
    sources: list[tuple[Source, Tally]]
    licences: list[tuple[Licence, Tally]]
    decided: dict[tuple[int, int], int] = field(default_factory=dict)  # (class, source) -> pictures
    supply: dict[tuple[int, int], int] = field(default_factory=dict)  # the same for open, predicted ones
    claimed: int = 0

    @property
    def full(self) -> int:
        return sum(row.is_full for row in self.classes)

    @property
    def predicted(self) -> int:
        """Open pictures that a model has looked at."""
        return sum(row.waiting for row in self.classes)

    @property
    def unpredicted(self) -> int:
        return self.total.open - self.predicted

    @property
    def neediest(self) -> ClassProgress | None:
        """The class that lacks most; none where all are full."""
        lacking = [row for row in self.classes if row.missing]
        return max(lacking, key=lambda row: row.missing, default=None)

    def could_supply(self, label: LabelClass, most: int = 2) -> list[Source]:
        """Sources with open pictures that a model takes for this class, the richest first."""
        rows = [(self.supply.get((label.pk, source.pk), 0), source) for source, _ in self.sources]
        rich = sorted((row for row in rows if row[0]), key=lambda row: (-row[0], row[1].code))
        return [source for _, source in rich[:most]]


def cells(project: Project) -> list[Cell]:
    """The grouped counts that everything else is folded from; one query."""
    rows = (
        Candidate.objects.filter(project=project)
        .values(
            "state",
            "label_id",
            "source_id",
            "licence_id",
            predicted=Case(When(state=State.OPEN, then=F("guess_id")), default=None),
        )
        .annotate(n=Count("id"))
        .order_by()
    )
    return [
        Cell(row["state"], row["label_id"], row["predicted"], row["source_id"], row["licence_id"], row["n"])
        for row in rows
    ]


def progress(project: Project) -> ProjectProgress:
    """Counts of a project, in five queries whatever its size."""
    by_class = {
        label.pk: ClassProgress(label, project.target)
        for label in LabelClass.objects.filter(project=project).order_by("index")
    }
    total = Tally()
    sources: dict[int, Tally] = defaultdict(Tally)
    licences: dict[int, Tally] = defaultdict(Tally)
    decided: dict[tuple[int, int], int] = defaultdict(int)
    supply: dict[tuple[int, int], int] = defaultdict(int)
    for cell in cells(project):
        total.add(cell.state, cell.n)
        sources[cell.source].add(cell.state, cell.n)
        licences[cell.licence].add(cell.state, cell.n)
        if cell.label is not None:
            by_class[cell.label].decided += cell.n
            decided[cell.label, cell.source] += cell.n
        elif cell.predicted is not None:
            by_class[cell.predicted].waiting += cell.n
            supply[cell.predicted, cell.source] += cell.n
    return ProjectProgress(
        project=project,
        classes=list(by_class.values()),
        total=total,
        sources=[(source, sources[source.pk]) for source in Source.objects.filter(pk__in=sources)],
        licences=[(licence, licences[licence.pk]) for licence in Licence.objects.filter(pk__in=licences)],
        decided=dict(decided),
        supply=dict(supply),
        claimed=claimed(project),
    )


def claimed(project: Project) -> int:
    """Open candidates that somebody holds right now."""
    return (
        Claim.objects.filter(
            candidate__project=project, candidate__state=State.OPEN, expires_at__gt=timezone.now()
        )
        .values("candidate_id")
        .distinct()
        .count()
    )


@dataclass(frozen=True)
class HeatRow:
    """A class with its decided pictures per source, in the order of `ProjectProgress.sources`."""

    label: LabelClass
    cells: list[tuple[Source, int, float]]  # source, pictures, share of the row's largest
    total: int


def heat_rows(found: ProjectProgress) -> list[HeatRow]:
    """The class x source table of decided pictures. No query."""
    rows = []
    for row in found.classes:
        counts = [(source, found.decided.get((row.label.pk, source.pk), 0)) for source, _ in found.sources]
        most = max((n for _, n in counts), default=0) or 1
        rows.append(HeatRow(row.label, [(source, n, n / most) for source, n in counts], row.decided))
    return rows


@dataclass(frozen=True)
class ReviewerRow:
    """What one person did in a project. `votes` are labels that stand; `flags` stand too."""

    user: User
    votes: int
    flags: int
    last: datetime


def reviewers(project: Project) -> list[ReviewerRow]:
    """Who voted, most first; votes taken back do not count. Two queries."""
    stands = Q(undone_by__isnull=True)
    rows = list(
        Vote.objects.filter(candidate__project=project)
        .values("user_id")
        .annotate(
            labels=Count("id", filter=stands & Q(kind=Vote.Kind.LABEL)),
            flags=Count("id", filter=stands & Q(kind=Vote.Kind.FLAG)),
            last=Max("created_at"),
        )
        .order_by("-labels", "user_id")
    )
    people = User.objects.in_bulk([row["user_id"] for row in rows])
    return [ReviewerRow(people[row["user_id"]], row["labels"], row["flags"], row["last"]) for row in rows]


def recently_decided(project: Project, count: int = 12) -> list[Candidate]:
    """The pictures decided last, newest first."""
    return list(
        Candidate.objects.filter(project=project, state=State.DECIDED)
        .select_related("image", "label")
        .order_by("-decision_id")[:count]
    )


def recently_added(project: Project, count: int = 12) -> list[Candidate]:
    """The newest pictures of the project, whatever their state."""
    return list(
        Candidate.objects.filter(project=project).select_related("image", "label").order_by("-id")[:count]
    )


def listed(words: Iterable[str]) -> str:
    """a, b and c."""
    *most, last = list(words) or [""]
    if not most:
        return last
    return _("%(most)s and %(last)s") % {"most": ", ".join(most), "last": last}


def headline(found: ProjectProgress) -> str:
    """The state of the project in one or two sentences."""
    classes, total = found.classes, found.total
    if not classes:
        return _("This project has no classes yet.")
    if not total.total:
        return _("No pictures yet. %(n)s classes wait for %(target)s each.") % {
            "n": len(classes),
            "target": _number(found.project.target),
        }
    if not total.decided:
        return ngettext(
            "Nothing is decided yet: %(n)s picture waits for review.",
            "Nothing is decided yet: %(n)s pictures wait for review.",
            total.open,
        ) % {"n": _number(total.open)}
    neediest = found.neediest
    if neediest is None:
        return _("All %(n)s classes are full: %(n)s × %(target)s can be frozen.") % {
            "n": len(classes),
            "target": _number(found.project.target),
        }
    start = _("None of %(all)s classes are full") % {"all": len(classes)}
    if found.full:
        start = ngettext(
            "%(n)s of %(all)s classes is full", "%(n)s of %(all)s classes are full", found.full
        ) % {"n": found.full, "all": len(classes)}
    lack = _("%(class)s lack %(n)s") % {"class": neediest.label.plural, "n": _number(neediest.missing)}
    suppliers = [source.name for source in found.could_supply(neediest.label)]
    if suppliers:
        lack += ngettext(
            "; %(sources)s could supply it", "; %(sources)s could supply them", neediest.missing
        ) % {"sources": listed(suppliers)}
    return f"{start}. {lack}."


def pictures(n: int) -> str:
    return ngettext("%(n)s picture", "%(n)s pictures", n) % {"n": _number(n)}


def _number(n: int) -> str:
    return in_words(f"{n:,}")
