"""Decided pictures that bear on one that is to be settled: relatives, surroundings and look-alikes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import IntegerField, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from curation.imaging.hashing import from_signed, hamming
from curation.models import Candidate, Image, LabelClass

MOST = 6
RELATED = 4  # of the same specimen, group or making, so that there is room for others
BESIDE = 12  # catalogue numbers looked at on either side
LOOKED_AT = 4000  # newest decided pictures compared by their hashes; bounds the time
ALIKE_BITS = 16  # of 64; unrelated pictures differ in about 32
ALIKE = 2


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A decided picture, and in words what makes it a neighbour."""

    candidate: Candidate
    why: str


def neighbours(candidate: Candidate, disputed: Iterable[LabelClass], most: int = MOST) -> list[Neighbour]:
    """At most `most` decided pictures of the project, relatives first and look-alikes last; each once.

    disputed: the classes in question; look-alikes and fillers are taken from them. At most six queries,
    each of which reads a bounded number of rows.
    """
    found: dict[int, Neighbour] = {}
    labels = [label.pk for label in disputed]
    for ask in (_related, _beside, _alike, _suggested_alike):
        for one in ask(candidate, labels):
            found.setdefault(one.candidate.pk, one)
            if len(found) == most:
                return list(found.values())
    return list(found.values())


def _decided(candidate: Candidate) -> QuerySet[Candidate]:
    rows = Candidate.objects.filter(project=candidate.project_id, state=Candidate.State.DECIDED)
    return rows.exclude(pk=candidate.pk).select_related("image", "label")


def _related(candidate: Candidate, labels: list[int]) -> Iterator[Neighbour]:
    """Of one specimen, one group of near-duplicates, or made from one picture, oldest first. One query."""
    image = candidate.image
    ties = Q(group=image.group) | Q(parent=image.pk)
    if image.occurrence_id:
        ties |= Q(occurrence_id=image.occurrence_id, source=image.source_id)
    if image.catalog_number:
        ties |= Q(catalog_number=image.catalog_number, source=image.source_id)
    if image.parent_id:
        ties |= Q(parent=image.parent_id) | Q(pk=image.parent_id)
    # Every tie has an index on pictures; joined with candidates, none would be used.
    tied = Image.objects.filter(ties).values("pk")
    for row in _decided(candidate).filter(image__in=tied).order_by("pk")[:RELATED]:
        yield Neighbour(row, _tie(image, row.image))


def _tie(image: Image, other: Image) -> str:
    same = image.source_id == other.source_id
    if same and image.catalog_number and image.catalog_number == other.catalog_number:
        return _("the same catalogue number")
    if same and image.occurrence_id and image.occurrence_id == other.occurrence_id:
        return _("the same specimen")
    if image.group == other.group:
        return _("a near-duplicate")
    return _("made from the same picture")


def _beside(candidate: Candidate, labels: list[int]) -> Iterator[Neighbour]:
    """The next decided one on either side in the order of catalogue numbers. Two queries."""
    image = candidate.image
    if not image.catalog_number:
        return
    numbered = Image.objects.filter(source=image.source_id).exclude(catalog_number="")
    before = numbered.filter(catalog_number__lt=image.catalog_number).order_by("-catalog_number")
    after = numbered.filter(catalog_number__gt=image.catalog_number).order_by("catalog_number")
    for rows, order in ((before, "-image__catalog_number"), (after, "image__catalog_number")):
        near = list(rows.values_list("pk", flat=True)[:BESIDE])
        row = _decided(candidate).filter(image__in=near).order_by(order).first()
        if row is not None:
            yield Neighbour(row, _("beside it in the catalogue"))


def _alike(candidate: Candidate, labels: list[int]) -> Iterator[Neighbour]:
    """Of the newest decided as a class in question, those whose hashes differ least. One query."""
    image = candidate.image
    newest = _decided(candidate).filter(label__in=labels).order_by("-pk").values("pk")[:LOOKED_AT]
    bits = RawSQL(
        "bit_count((curation_image.dhash # %s)::bit(64))", [image.dhash], output_field=IntegerField()
    )
    rows = _decided(candidate).filter(pk__in=newest).annotate(bits=bits).filter(bits__lte=ALIKE_BITS)
    for row in rows.order_by("bits", "pk")[:ALIKE]:
        differ = hamming(from_signed(image.dhash), from_signed(row.image.dhash))
        yield Neighbour(row, _("looks alike (%(bits)s of 64 bits differ)") % {"bits": differ})


def _suggested_alike(candidate: Candidate, labels: list[int]) -> Iterator[Neighbour]:
    """Suggested as the same class, decided as one in question; from the same source first. Two queries."""
    if candidate.guess_id is None:
        return
    rows = _decided(candidate).filter(guess=candidate.guess_id, label__in=labels).order_by("label", "pk")
    for row in rows.filter(source=candidate.source_id)[:MOST]:
        yield Neighbour(row, _("suggested as the same class, from the same source"))
    for row in rows.exclude(source=candidate.source_id)[:MOST]:
        yield Neighbour(row, _("suggested as the same class"))
