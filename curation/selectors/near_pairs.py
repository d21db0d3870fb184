"""Pairs of pictures almost alike, as their page reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from curation.models import Candidate, FeatureSet, Image, Job, NearPair, Project, ReleaseMember, Split
from curation.selectors.representation import newest
from curation.services.duplicates import token

OPEN = NearPair.Verdict.OPEN


@dataclass(frozen=True)
class Leak:
    """A frozen release that has the two pictures in different splits."""

    release: str
    first: str
    second: str


@dataclass
class Side:
    """One picture of a pair. total, seen: of its group, and what the page sends back of it."""

    image: Image
    total: int
    seen: str
    candidates: list[Candidate] = field(default_factory=list)


@dataclass
class PairView:
    pair: NearPair
    sides: tuple[Side, Side]
    leaks: list[Leak]

    @property
    def joined(self) -> int:
        """Pictures in the group that joining makes."""
        return self.sides[0].total + self.sides[1].total


def projects() -> list[Project]:
    """Those whose pictures have features; one query."""
    return list(Project.objects.filter(feature_sets__near__gt="").distinct().order_by("title"))


def searched(project: Project) -> FeatureSet | None:
    """The features of a project that pairs were looked for in last; else the newest ones."""
    pairs = NearPair.objects.filter(feature_set__project=project).order_by("-job_id", "-feature_set_id")
    last = pairs.values_list("feature_set", flat=True).first()
    if last is None:
        return newest(project)
    return project.feature_sets.select_related("model", "project", "job").get(pk=last)


def last_search(found: FeatureSet) -> Job | None:
    """The last finished search for pairs in these features."""
    jobs = Job.objects.filter(kind=Job.Kind.NEAR, params__features=found.pk, state=Job.State.DONE)
    return jobs.order_by("-pk").first()


def open_pairs(found: FeatureSet) -> QuerySet[Any]:
    """Pairs that nobody has judged, by the features of any model, and whose pictures are still in different
    groups; the nearest first. `leaks` says whether a frozen release parts them."""
    judged = NearPair.objects.filter(first=OuterRef("first"), second=OuterRef("second")).exclude(verdict=OPEN)
    # In one call, so that it is the same other member throughout.
    apart = ReleaseMember.objects.filter(
        Q(release__members__split__lt=F("split")) | Q(release__members__split__gt=F("split")),
        image=OuterRef("first"),
        release__members__image=OuterRef("second"),
        release__manifest_sha256__gt="",
    )
    rows = NearPair.objects.filter(feature_set=found, verdict=OPEN).exclude(first__group=F("second__group"))
    rows = rows.filter(~Exists(judged)).annotate(leaks=Exists(apart))
    return rows.order_by("distance", "pk")


def judged(found: FeatureSet) -> int:
    """Pairs of these features that somebody has judged."""
    return NearPair.objects.filter(feature_set=found).exclude(verdict=OPEN).count()


def pair_views(project: Project, rows: Iterable[NearPair]) -> list[PairView]:
    """Pairs with groups, classes and releases; four queries for all of them."""
    pairs = list(rows)
    if not pairs:
        return []
    ids = {pk for pair in pairs for pk in (pair.first_id, pair.second_id)}
    images = Image.objects.select_related("source", "licence").in_bulk(ids)
    members = Image.objects.filter(parent=None, group__in={one.group for one in images.values()}).order_by()
    groups = {row["group"]: row["ids"] for row in members.values("group").annotate(ids=ArrayAgg("pk"))}
    candidates: dict[int, list[Candidate]] = {}
    asked = Candidate.objects.filter(image__in=ids, project=project).select_related("label")
    for candidate in asked:
        candidates.setdefault(candidate.image_id, []).append(candidate)
    splits = _splits(ids)

    def side(pk: int) -> Side:
        image = images[pk]
        group = groups.get(image.group, [pk])
        return Side(image, len(group), token(group), candidates.get(pk, []))

    return [
        PairView(
            pair,
            (side(pair.first_id), side(pair.second_id)),
            _leaks(splits.get(pair.first_id, {}), splits.get(pair.second_id, {})),
        )
        for pair in pairs
    ]


def _splits(images: set[int]) -> dict[int, dict[str, str]]:
    """Image -> frozen release -> split."""
    rows = ReleaseMember.objects.filter(image__in=images, release__manifest_sha256__gt="").order_by("release")
    found: dict[int, dict[str, str]] = {}
    for image, release, split in rows.values_list("image", "release__name", "split"):
        found.setdefault(image, {})[release] = split
    return found


def _leaks(first: dict[str, str], second: dict[str, str]) -> list[Leak]:
    return [
        Leak(name, str(Split(split).label), str(Split(second[name]).label))
        for name, split in first.items()
        if second.get(name, split) != split
    ]
