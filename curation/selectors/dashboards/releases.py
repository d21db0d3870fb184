"""What went into releases. A frozen one never changes, so its counts are kept (release_reports.counts)."""

from __future__ import annotations

from collections import Counter, defaultdict

from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _

from curation.models import Release, ReleaseMember, Split
from curation.selectors.dashboards import doors
from curation.selectors.dashboards.panel import Panel
from curation.selectors.dashboards.scope import Scope
from curation.selectors.release_reports.counts import compositions, keep, kept_many
from curation.selectors.release_reports.table import Cell, Column, ReportTable

NEWEST = 12
Sums = dict[tuple[str, str], dict[str, int]]  # source, class -> split -> pictures


def newest(scope: Scope) -> list[Release]:
    """The newest frozen releases of the project, or of all."""
    rows = Release.objects.exclude(manifest_sha256="").order_by("-id")
    return list(rows.filter(project=scope.project)[:NEWEST] if scope.project else rows[:NEWEST])


def counts(scope: Scope, releases: list[Release]) -> dict[int, Counter[str]]:
    """Release -> split -> pictures of the scope. At most one query."""
    if scope.batch:  # no part of what is kept
        rows = ReleaseMember.objects.filter(image__batch=scope.batch, release__in=releases).order_by()
        if scope.source:
            rows = rows.filter(source=scope.source.code)
        if scope.label:
            rows = rows.filter(category=scope.label.slug)
        found: dict[int, Counter[str]] = {release.pk: Counter() for release in releases}
        for release, split, n in rows.values_list("release_id", "split").annotate(n=Count("*")):
            found[release][split] = n
        return found
    if scope.reviewer:
        return _judged(scope, releases)
    key = (scope.source.code if scope.source else "", scope.label.slug if scope.label else "")
    return {pk: Counter(sums.get(key, {})) for pk, sums in _sums(releases).items()}


def _judged(scope: Scope, releases: list[Release]) -> dict[int, Counter[str]]:
    """Pictures that the reviewer judged, in the project of each release; one query."""
    found: dict[int, Counter[str]] = {release.pk: Counter() for release in releases}
    rows = ReleaseMember.objects.order_by().filter(release__in=releases)
    if scope.source:
        rows = rows.filter(source=scope.source.code)
    judged = Exists(scope.candidates().filter(project=OuterRef("release__project"), image=OuterRef("image")))
    for release, split, n in rows.filter(judged).values_list("release_id", "split").annotate(n=Count("*")):
        found[release][split] = n
    return found


def _sums(releases: list[Release]) -> dict[int, Sums]:
    """Of each release, by source and class, "" for all. Kept, for twelve releases have 50,000 parts."""
    found: dict[int, Sums] = kept_many(releases, "figures")
    lacking = [release for release in releases if release.pk not in found]
    for pk, whole in compositions(lacking).items():
        sums: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for part in whole.parts:
            for source in ("", part.source):
                for slug in ("", part.label.slug):
                    sums[source, slug][part.split] += part.n
        found[pk] = {key: dict(counted) for key, counted in sums.items()}
    for release in lacking:
        keep(release, "figures", found[release.pk])
    return found


def releases(scope: Scope) -> Panel:
    """A row a release, the newest first; those without a picture of the scope are left out."""
    known = newest(scope)
    found = counts(scope, known)
    splits = [split for split in Split if any(found[one.pk][split] for one in known)]
    columns = [
        Column("release", _("Release"), "text"),
        *(Column(split.value, str(split.label)) for split in splits),
        Column("total", _("Total")),
    ]
    asked = {
        "source": scope.source.code if scope.source else "",
        "category": scope.label.slug if scope.label else "",
        "batch": scope.batch.pk if scope.batch else "",
        **doors.judged_by(scope),
    }
    rows = [
        [
            Cell(release.name, doors.address("release", release.name)),
            *(
                Cell(found[release.pk][split], doors.members(release, split=split.value, **asked))
                for split in splits
            ),
            Cell(found[release.pk].total(), doors.members(release, **asked)),
        ]
        for release in known
        if found[release.pk].total()
    ]
    notes = [_("The %(n)s newest releases are looked at.") % {"n": NEWEST}] if len(known) == NEWEST else []
    if (scope.since or scope.until) and not scope.reviewer:
        notes.append(_("Releases are counted whole, whatever days are asked for."))
    table = ReportTable("releases", _("In releases"), columns, rows, notes=notes)
    return Panel(
        table,
        draws=[split.value for split in splits],
        empty=_("None of these pictures stands in a release. Freeze one once there are enough."),
    )
