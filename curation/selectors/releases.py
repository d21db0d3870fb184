"""Reads about releases: what can be frozen, what was, and its members."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from curation.errors import Refused
from curation.models import Candidate, LabelClass, Project, Release, ReleaseMember, Split
from curation.services.balance import Sizes, proportioned

ALARM_SHARE = 0.8  # a class that one source gives so much of teaches a model the source


@dataclass(frozen=True)
class Supply:
    """What one class has against what is wanted. `barred`: decided, but under a licence not accepted."""

    label: LabelClass
    accepted: int
    barred: int
    wanted: int

    @property
    def missing(self) -> int:
        return max(self.wanted - self.accepted, 0)

    @property
    def share(self) -> float:
        return min(self.accepted / self.wanted, 1.0) if self.wanted else 1.0


def supplies(project: Project, wanted: int) -> list[Supply]:
    """Each class against `wanted` pictures, in class order; two queries.

    By number only: that near-duplicates must stay together may make a class lack a few more.
    """
    rows = (
        Candidate.objects.filter(project=project, state=Candidate.State.DECIDED)
        .order_by()
        .values_list("label_id", "image__licence__code")
        .annotate(n=Count("id"))
    )
    counts: Counter[tuple[int | None, bool]] = Counter()
    for label_id, code, n in rows:
        counts[label_id, code in project.licences_accepted] += n
    return [
        Supply(label, counts.get((label.pk, True), 0), counts.get((label.pk, False), 0), wanted)
        for label in project.classes.order_by("index")
    ]


def frozen() -> QuerySet[Release]:
    """All releases, newest first, with their number of pictures and finished exports."""
    return (
        Release.objects.exclude(manifest_sha256="")
        .select_related("project", "created_by")
        .annotate(pictures=Count("members"))
        .order_by("-id")
    )


@dataclass(frozen=True)
class GroupProof:
    """That no leak group is parted: `leaking` must be 0. `shared`: groups of more than one picture."""

    groups: int
    shared: int
    leaking: int


def group_proof(release: Release) -> GroupProof:
    """Counted anew from the members; one query."""
    rows = (
        release.members.order_by()
        .values("leak_group")
        .annotate(n=Count("id"), splits=Count("split", distinct=True))
        .values_list("n", "splits")
    )
    found = list(rows)
    return GroupProof(len(found), sum(n > 1 for n, _ in found), sum(splits > 1 for _, splits in found))


@dataclass(frozen=True)
class ReleaseReport:
    """What is in a release. classes: index, slug and name; licences: pictures under each."""

    pictures: int
    splits: dict[str, int]
    classes: list[tuple[int, str, str]]
    licences: dict[str, int]
    sources: int
    proof: GroupProof
    alarms: list[tuple[str, str, float]]  # class name, source, its share


def report(release: Release) -> ReleaseReport:
    """Two queries, however large the release is."""
    rows = (
        release.members.order_by()
        .values_list("split", "category_index", "category", "category_name", "source", "licence")
        .annotate(n=Count("id"))
    )
    splits: Counter[str] = Counter()
    licences: Counter[str] = Counter()
    by_class: defaultdict[tuple[int, str, str], Counter[str]] = defaultdict(Counter)
    for split, index, slug, name, source, licence, n in rows:
        splits[split] += n
        licences[licence] += n
        by_class[index, slug, name][source] += n
    alarms = []
    for (_, _, name), sources in sorted(by_class.items()):
        [(source, n)] = sources.most_common(1)
        if len(by_class) > 1 and n / sources.total() >= ALARM_SHARE:
            alarms.append((name, source, n / sources.total()))
    return ReleaseReport(
        pictures=splits.total(),
        splits={split: splits[split] for split in Split.values},
        classes=sorted(by_class),
        licences=dict(sorted(licences.items())),
        sources=len({source for sources in by_class.values() for source in sources}),
        proof=group_proof(release),
        alarms=alarms,
    )


FILTERS = ("category", "split", "source", "licence")


def members(release: Release, asked: dict[str, str]) -> QuerySet[ReleaseMember]:
    """Members that meet all of `asked` (see FILTERS), in manifest order."""
    rows = release.members.filter(**{name: asked[name] for name in FILTERS if asked.get(name)})
    return rows.select_related("image").order_by("id")


def member_choices(release: Release) -> dict[str, list[tuple[str, str]]]:
    """What each filter can be set to; one query."""
    rows = list(
        release.members.order_by()
        .values_list("category_index", "category", "category_name", "source", "licence")
        .distinct()
    )
    return {
        "category": [(slug, name) for _, slug, name in sorted({row[:3] for row in rows})],
        "split": [(value, str(words)) for value, words in Split.choices],
        "source": [(code, code) for code in sorted({row[3] for row in rows})],
        "licence": [(code, code) for code in sorted({row[4] for row in rows})],
    }


@dataclass(frozen=True)
class Preview:
    """What freezing would give. sizes: per class, None where there is a shortage; largest: of what there is.

    By number only: that near-duplicates must stay together may make a class lack a few more.
    """

    supplies: list[Supply]
    wanted: Sizes
    sizes: Sizes | None
    largest: Sizes | None

    @property
    def short(self) -> list[Supply]:
        return [supply for supply in self.supplies if supply.missing]


def preview(project: Project, wanted: Sizes, *, largest: bool = False) -> Preview:
    """Each class against `wanted`; with `largest` a shortage gives the largest balanced size. Two queries."""
    found = supplies(project, wanted.total)
    least = min((supply.accepted for supply in found), default=0)
    if least >= wanted.total:
        return Preview(found, wanted, wanted if found else None, wanted if found else None)
    try:
        most = proportioned(least, wanted)
    except Refused:  # too few for even one in each split
        most = None
    return Preview(found, wanted, most if largest else None, most)
