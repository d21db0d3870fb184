"""What became of one source's pictures."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, F

from curation.models import Candidate, Image, LabelClass, Licence, Project, Release, ReleaseMember, Source
from curation.selectors.progress import Tally


@dataclass
class ProjectShare:
    """A source's part in one project. `classes`: decided pictures per class, most first."""

    project: Project
    tally: Tally = field(default_factory=Tally)
    classes: list[tuple[LabelClass, int]] = field(default_factory=list)


@dataclass(frozen=True)
class SourceReport:
    source: Source
    images: int
    licences: list[tuple[Licence, int]]
    projects: list[ProjectShare]
    releases: list[tuple[Release, int]]
    recent: list[Image]

    @property
    def decided(self) -> int:
        return sum(share.tally.decided for share in self.projects)

    @property
    def waiting(self) -> int:
        return sum(share.tally.open + share.tally.set_aside for share in self.projects)


def source_report(source: Source, pictures: int = 12) -> SourceReport:
    """Counts of a source over all projects and releases; a constant number of queries."""
    licences = dict(
        Image.objects.filter(source=source)
        .values_list("licence_id")
        .annotate(n=Count("id"))
        .order_by()
        .values_list("licence_id", "n")
    )
    return SourceReport(
        source,
        sum(licences.values()),
        [(row, licences[row.pk]) for row in Licence.objects.filter(pk__in=licences)],
        _shares(source),
        _releases(source),
        list(source.images.order_by("-id")[:pictures]),
    )


def _shares(source: Source) -> list[ProjectShare]:
    rows = (
        Candidate.objects.filter(image__source=source)
        .values("project_id", "state", "label_id")
        .annotate(n=Count("id"))
        .order_by()
    )
    tallies: dict[int, Tally] = defaultdict(Tally)
    counts: dict[int, dict[int, int]] = defaultdict(dict)
    for row in rows:
        tallies[row["project_id"]].add(row["state"], row["n"])
        if row["label_id"]:
            counts[row["project_id"]][row["label_id"]] = row["n"]
    labels = LabelClass.objects.in_bulk([pk for found in counts.values() for pk in found])
    return [
        ProjectShare(
            project,
            tallies[project.pk],
            sorted(
                ((labels[pk], n) for pk, n in counts[project.pk].items()),
                key=lambda pair: (-pair[1], pair[0].index),
            ),
        )
        for project in Project.objects.filter(pk__in=tallies)
    ]


def _releases(source: Source) -> list[tuple[Release, int]]:
    rows = dict(
        ReleaseMember.objects.filter(image__source=source)
        .values_list("release_id")
        .annotate(n=Count("id"))
        .order_by()
        .values_list(F("release_id"), "n")
    )
    return [(release, rows[release.pk]) for release in Release.objects.filter(pk__in=rows)]
