"""Groups of pictures for the page: which there are, and what is to be seen of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg, BoolAnd, BoolOr
from django.db.models import Case, Count, F, Prefetch, Q, QuerySet, TextField, Value, When, Window
from django.db.models.functions import Cast, Concat, RowNumber

from curation.imaging.hashing import from_signed, hamming
from curation.models import AuditEntry, Candidate, Image, User
from curation.services.duplicates import ACTIONS, token

PAGE = 20
SHOWN = 24  # pictures of a group on the page of all groups
SHOWN_ALONE = 600  # and on its own page
NEAR_BY = 24

NEAR, SPECIMEN = "near", "specimen"
OPEN, SETTLED = "open", "settled"

# What makes two pictures show one specimen: see curation.services.leak_groups.
_SPECIMEN = Case(
    When(
        ~Q(occurrence_id=""),
        then=Concat(
            Value("o"), Cast("source_id", TextField()), Value(" "), "occurrence_id", output_field=TextField()
        ),
    ),
    When(
        ~Q(catalog_number=""),
        then=Concat(
            Value("c"), Cast("source_id", TextField()), Value(" "), "catalog_number", output_field=TextField()
        ),
    ),
    default=Cast("pk", TextField()),
    output_field=TextField(),
)


@dataclass
class Member:
    """A picture of a group. bits: how many bits of its hash differ from the first one's."""

    image: Image
    bits: int
    labels: list[Candidate]


@dataclass
class Group:
    """settled: all its pictures are; touched: some are. seen: what the page sends back with a ruling."""

    name: str
    total: int
    settled: bool
    touched: bool
    seen: str
    members: list[Member] = field(default_factory=list)

    @property
    def more(self) -> int:
        return self.total - len(self.members)

    @property
    def widest(self) -> int:
        return max((member.bits for member in self.members), default=0)

    @property
    def specimen(self) -> str:
        """The catalogue number or occurrence that all shown pictures have in common, or ""."""
        for name in ("catalog_number", "occurrence_id"):
            found = {(member.image.source_id, getattr(member.image, name)) for member in self.members}
            if len(self.members) > 1 and len(found) == 1 and (value := found.pop()[1]):
                return str(value)
        return ""


def group_rows(asked: Mapping[str, Any]) -> QuerySet[Any, Any]:
    """Groups of two and more, those nobody has settled first, then the largest.

    Keys of `asked`: project and source (rows; groups that hold a picture of theirs), settled (OPEN, SETTLED:
    these may hold one picture, split off by a person), kind (NEAR: more than one specimen; SPECIMEN: one).
    Pictures made from others are left out: they are in no group but their own.
    """
    pictures = Image.objects.filter(parent=None)
    if asked.get("project"):
        asks = Candidate.objects.filter(project=asked["project"])
        pictures = pictures.filter(group__in=asks.values("image__group"))
    if asked.get("source"):
        own = Image.objects.filter(source=asked["source"])
        pictures = pictures.filter(group__in=own.order_by().values("group"))
    rows = _as_groups(pictures)
    state = asked.get("settled")
    rows = rows.filter(all_settled=True) if state == SETTLED else rows.filter(total__gte=2)
    if state == OPEN:
        rows = rows.filter(all_settled=False)
    if kind := asked.get("kind"):
        rows = rows.annotate(specimens=Count(_SPECIMEN, distinct=True))
        rows = rows.filter(specimens=1) if kind == SPECIMEN else rows.filter(specimens__gt=1)
    return rows.order_by("all_settled", "-total", "group")


def _as_groups(pictures: QuerySet[Image]) -> QuerySet[Any, Any]:
    return (
        pictures.order_by()
        .values("group")
        .annotate(total=Count("pk"), all_settled=BoolAnd("group_settled"), touched=BoolOr("group_settled"))
    )


def with_members(rows: Iterable[Mapping[str, Any]], shown: int = SHOWN) -> list[Group]:
    """Groups with their pictures, whoever stands for one first, then by SHA-256. Three queries."""
    found = {row["group"]: row for row in rows}
    of_groups = Image.objects.filter(parent=None, group__in=list(found)).order_by()
    seen = {row["group"]: token(row["ids"]) for row in of_groups.values("group").annotate(ids=ArrayAgg("pk"))}
    groups = {
        name: Group(name, row["total"], row["all_settled"], row["touched"], seen.get(name, ""))
        for name, row in found.items()
    }
    ranked = of_groups.annotate(
        place=Window(RowNumber(), partition_by="group", order_by=[F("representative").desc(), F("sha256")])
    )
    decided = Candidate.objects.filter(label__isnull=False).select_related("label", "project")
    images = (
        ranked.filter(place__lte=shown)
        .select_related("source", "licence")
        .prefetch_related(Prefetch("candidates", decided, to_attr="decided"))
        .order_by("group", "place")
    )
    for image in images:
        group = groups[image.group]
        first = group.members[0].image if group.members else image
        bits = hamming(from_signed(first.dhash), from_signed(image.dhash))
        group.members.append(Member(image, bits, image.decided))
    return [group for group in groups.values() if group.members]


def exists(name: str) -> bool:
    return Image.objects.filter(parent=None, group=name).exists()


def one_group(name: str) -> Group | None:
    """A group by its name, whatever its size; four queries."""
    rows = _as_groups(Image.objects.filter(parent=None, group=name))
    return next(iter(with_members(rows, SHOWN_ALONE)), None)


def near_by(group: Group) -> list[Group]:
    """Groups that hold a picture near to the group's first one, and that stayed apart or were parted."""
    first = group.members[0].image
    names = (
        Image.objects.filter(parent=None)
        .exclude(group=group.name)
        .extra(where=["bit_count((dhash # %s)::bit(64)) <= %s"], params=[first.dhash, settings.NEAR_BITS])
        .order_by("group")
        .values_list("group", flat=True)
        .distinct()[:NEAR_BY]
    )
    rows = _as_groups(Image.objects.filter(parent=None, group__in=list(names)))
    found = with_members(rows, shown=1)
    for other in found:
        member = other.members[0]
        member.bits = hamming(from_signed(first.dhash), from_signed(member.image.dhash))
    return sorted(found, key=lambda other: other.members[0].bits)


def last_ruling(by: User) -> AuditEntry | None:
    """The latest ruling of a person that they have not taken back; one query."""
    taken_back: set[Any] = set()
    entries = AuditEntry.objects.filter(actor=by, action__startswith=ACTIONS).order_by("-pk")[:50]
    for entry in entries:
        if entry.action == f"{ACTIONS}undo":
            taken_back.add(entry.detail["undoes"])
        elif entry.pk not in taken_back:
            return entry
    return None
