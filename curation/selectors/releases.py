"""Reads about releases: what is in them, and their members. What could be frozen: supply_preview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet

from curation.models import Candidate, Release, ReleaseMember, Split, User
from curation.selectors.figure_filters import judged_by
from curation.selectors.release_reports.composition import alarms
from curation.selectors.release_reports.counts import Groups, Label, composition, groups, kept_members
from curation.selectors.release_reports.leaks import LEAKING, SHARED
from curation.selectors.release_reports.votes import judged_choices, members_judged


def frozen() -> QuerySet[Release]:
    """All releases, newest first, with their number of pictures and finished exports."""
    return (
        Release.objects.exclude(manifest_sha256="")
        .select_related("project", "created_by")
        .annotate(pictures=Count("members"))
        .order_by("-id")
    )


@dataclass(frozen=True)
class ReleaseReport:
    """What is in a release. licences: pictures under each."""

    pictures: int
    splits: dict[str, int]
    classes: list[Label]
    licences: dict[str, int]
    sources: int
    proof: Groups
    alarms: list[tuple[str, str, float]]  # class name, source, its share


def report(release: Release) -> ReleaseReport:
    """Two queries the first time, however large the release is; then what was kept of them."""
    found = composition(release)
    splits = found.by("split")
    return ReleaseReport(
        pictures=found.pictures,
        splits={split: splits.get(split, 0) for split in found.splits},
        classes=found.labels,
        licences=dict(sorted(found.by("licence").items())),
        sources=len(found.sources),
        proof=groups(release),
        alarms=alarms(found),
    )


COLUMNS = ("category", "split", "source", "licence")
FILTERS = (*COLUMNS, "judged", "group", "batch")
BY_PERSON = ("reviewer", "voted_from", "voted_to")


def members(release: Release, asked: dict[str, str]) -> QuerySet[ReleaseMember]:
    """Members that meet all of `asked` (see FILTERS and BY_PERSON), in manifest order.

    group: the name of a leak group, or one of leaks.SHARED and leaks.LEAKING. judged: see votes.JUDGED.
    batch: the number of the one that brought the picture. reviewer (a username) with voted_from and voted_to:
    pictures with a vote of theirs that stands and was cast on these days.
    """
    rows = release.members.filter(**{name: asked[name] for name in COLUMNS if asked.get(name)})
    if group := asked.get("group"):
        rows = rows.filter(_of_groups(release, group))
    if judged := asked.get("judged"):
        rows = rows.filter(members_judged(release, judged, asked.get("category", "")))
    if batch := asked.get("batch"):
        rows = rows.filter(image__batch=int(batch))
    if reviewer := asked.get(BY_PERSON[0]):
        rows = rows.filter(_judged_by(release, reviewer, asked.get("voted_from"), asked.get("voted_to")))
    return rows.select_related("image").order_by("id")


def _judged_by(release: Release, reviewer: str, since: str | None, until: str | None) -> Exists:
    """Pictures with a standing vote of this person in the project of the release, cast on these days."""
    days = (date.fromisoformat(day) if day else None for day in (since, until))
    judged = Candidate.objects.filter(judged_by(User.objects.get(username=reviewer), *days))
    return Exists(judged.filter(project=release.project_id, image=OuterRef("image")))


def _of_groups(release: Release, group: str) -> Any:
    """A condition that holds for the members of some leak groups."""
    rows = release.members.order_by()
    if group not in (SHARED, LEAKING):
        return Q(leak_group=group)
    named = rows.values("leak_group").annotate(n=Count("id"), a=Min("split"), b=Max("split"))
    named = named.filter(n__gt=1) if group == SHARED else named.exclude(a=F("b"))
    return kept_members(release, f"groups:{group}", rows.filter(leak_group__in=named.values("leak_group")))


def member_choices(release: Release) -> dict[str, list[tuple[str, str]]]:
    """What each filter can be set to; one query the first time."""
    found = composition(release)
    return {
        "category": [(label.slug, label.name) for label in found.labels],
        "split": [(value, str(words)) for value, words in Split.choices],
        "source": [(code, code) for code in found.sources],
        "licence": [(code, code) for code in found.licences],
        "judged": judged_choices(),
    }
