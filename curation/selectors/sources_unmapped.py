"""Records that wait for their source: by the codes they carry, or by batch where they carry none."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Min, Q, QuerySet

from curation.models import Batch, MediaRecord, Source, SourceRule
from curation.services.source_rules import FIELDS, Codes, Rule
from curation.services.sources import resolver

NO_CODES = Q(**dict.fromkeys(FIELDS, ""))


@dataclass
class Unmapped:
    """One combination of codes, its records that wait, and the source it looks like (or None)."""

    codes: Codes
    n: int
    batches: list[int]
    samples: list[MediaRecord] = field(default_factory=list)
    suggestion: Source | None = None
    _samples: set[int] = field(default_factory=set)

    def given(self) -> list[tuple[str, str, str]]:
        """(field, what a person calls it, value) of the codes that are not blank."""
        words = zip(FIELDS, ("dataset", "institution", "collection"), self.codes, strict=True)
        return [(name, word, value) for name, word, value in words if value]


@dataclass(frozen=True)
class Nameless:
    """A batch with `n` waiting records that carry no code at all, and `others` whose codes no rule names."""

    batch: Batch
    n: int
    others: int


def held_without_source() -> QuerySet[MediaRecord]:
    return MediaRecord.objects.filter(state=MediaRecord.State.HELD, source__isnull=True)


def unmapped() -> list[Unmapped]:
    """Every combination of codes that no rule names, most records first; two queries. No samples yet."""
    rows = (
        held_without_source()
        .exclude(NO_CODES)
        .order_by()
        .values_list(*FIELDS)
        .annotate(n=Count("id"), batches=ArrayAgg("batch_id", distinct=True), first=Min("id"), last=Max("id"))
    )
    found: dict[Codes, Unmapped] = {}
    for dataset, institution, collection, n, batches, first, last in rows:
        codes = Codes(dataset, institution, collection).stripped()
        if not any(codes):
            continue
        one = found.setdefault(codes, Unmapped(codes, 0, []))  # some differ by blanks around them only
        one.n += n
        one.batches = sorted({*one.batches, *batches})
        one._samples |= {first, last}
    by_code = {source.code: source for source in Source.objects.exclude(kind=Source.Kind.SYNTHETIC)}
    by_index = {source.index_herbariorum: source for source in by_code.values() if source.index_herbariorum}
    for one in found.values():
        for value in (one.codes.institution_code, one.codes.collection_code):
            one.suggestion = one.suggestion or by_code.get(value) or by_index.get(value)
    return sorted(found.values(), key=lambda one: (-one.n, one.codes))


def with_samples(shown: list[Unmapped]) -> list[Unmapped]:
    """The same, each with its first and last record; one query."""
    wanted = [pk for one in shown for pk in one._samples]
    records = MediaRecord.objects.only("scientific_name", "access_uri", "catalog_number").in_bulk(wanted)
    for one in shown:
        one.samples = [records[pk] for pk in sorted(one._samples) if pk in records]
    return shown


def nameless() -> list[Nameless]:
    """Batches with waiting records that carry no code, newest first; two queries."""
    rows = (
        held_without_source()
        .order_by()
        .values("batch_id")
        .annotate(n=Count("id", filter=NO_CODES), every=Count("id"))
        .filter(n__gt=0)
        .values_list("batch_id", "n", "every")
    )
    counts = {batch: (n, every - n) for batch, n, every in rows}
    return [Nameless(batch, *counts[batch.pk]) for batch in Batch.objects.filter(pk__in=counts)]


def rules() -> QuerySet[SourceRule]:
    return SourceRule.objects.select_related("source", "created_by").order_by("source__code", *FIELDS)


def records_of_rule(rule: SourceRule) -> int:
    """Records that have the source of this rule and for which this rule is the one that counts."""
    codes = {name: value for name in FIELDS if (value := getattr(rule, name))}
    rows = (
        MediaRecord.objects.filter(source_id=rule.source_id, **codes)
        .order_by()
        .values_list(*FIELDS)
        .annotate(n=Count("id"))
    )
    decide = resolver().rule_for

    def counts(found: Rule | None) -> bool:
        return found is not None and found.pk == rule.pk

    return sum(n for *values, n in rows if counts(decide(*values)))


def record_states(source: Source) -> dict[str, int]:
    """State -> number of this source's published records; one query."""
    rows = MediaRecord.objects.filter(source=source).order_by().values_list("state").annotate(n=Count("id"))
    counts: dict[str, int] = defaultdict(int, dict(rows))
    return {state: counts[state] for state in MediaRecord.State.values if counts[state]}
