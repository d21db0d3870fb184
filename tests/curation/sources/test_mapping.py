"""Rules in the database, and the records they move."""

from __future__ import annotations

from typing import Any

import pytest

from curation.errors import Refused
from curation.models import AuditEntry, Batch, MediaRecord, SourceRule, User
from curation.selectors.sources_unmapped import nameless, records_of_rule, unmapped, with_samples
from curation.services.source_rules import Codes
from curation.services.sources import add_rule, change_rule, remove_rule, resolver, settle_batch
from tests.curation.sources.conftest import make_records
from tests.factories import make_source

pytestmark = pytest.mark.django_db


def sources_of(records: list[MediaRecord]) -> list[str | None]:
    pks = [record.pk for record in records]
    return list(MediaRecord.objects.filter(pk__in=pks).order_by("pk").values_list("source__code", flat=True))


def test_a_new_rule_moves_the_records_it_names_and_no_others(admin: User) -> None:
    kew, paris = make_source("K"), make_source("P")
    ours = make_records(2, institution_code="K", collection_code="Herbarium")
    theirs = make_records(1, institution_code="K", collection_code="Fungarium")
    rule, moved = add_rule(admin, source=kew, institution_code=" K ", collection_code="Herbarium")
    assert moved == 2 and rule.institution_code == "K"
    assert sources_of(ours) == ["K", "K"] and sources_of(theirs) == [None]
    assert {row.state for row in MediaRecord.objects.filter(source=kew)} == {"waiting"}
    entry = AuditEntry.objects.get(action="source.rule.add")
    assert entry.subject == "K" and entry.detail["collection_code"] == "Herbarium"
    assert records_of_rule(rule) == 2
    _, moved = add_rule(admin, source=paris, institution_code="K")
    assert moved == 1 and sources_of(ours) == ["K", "K"] and sources_of(theirs) == ["P"]


def test_a_rule_counts_its_records_only_where_it_is_the_one_that_counts(admin: User) -> None:
    kew = make_source("K")
    wide, _ = add_rule(admin, source=kew, institution_code="K")
    narrow, _ = add_rule(admin, source=kew, institution_code="K", collection_code="EBC")
    make_records(3, institution_code="K", source=kew, state="waiting", rule="")
    make_records(2, institution_code="K", collection_code="EBC", source=kew, state="waiting", rule="")
    assert (records_of_rule(wide), records_of_rule(narrow)) == (3, 2)


def test_a_changed_rule_moves_what_waits_and_leaves_what_is_settled(admin: User) -> None:
    rule, _ = add_rule(admin, source=make_source("C"), institution_code="C")
    settled = make_records(1, institution_code="C", source=rule.source, state="waiting", rule="")
    waiting = make_records(1, institution_code="NHMD")
    rule, moved = change_rule(admin, rule, source=make_source("NHMD"), institution_code="NHMD")
    assert moved == 1 and sources_of(waiting) == ["NHMD"] and sources_of(settled) == ["C"]
    entry = AuditEntry.objects.get(action="source.rule.change")
    assert entry.detail["before"]["source"] == "C" and entry.detail["after"]["institution_code"] == "NHMD"
    change_rule(admin, rule, source=rule.source, institution_code="NHMD")
    assert AuditEntry.objects.filter(action="source.rule.change").count() == 1


def test_a_removed_rule_leaves_its_records_alone(admin: User) -> None:
    rule, _ = add_rule(admin, source=make_source("F"), institution_code="F")
    settled = make_records(1, institution_code="F", source=rule.source, state="waiting", rule="")
    remove_rule(admin, rule)
    assert sources_of(settled) == ["F"] and not SourceRule.objects.exists()
    assert AuditEntry.objects.get(action="source.rule.remove").detail["institution_code"] == "F"


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ({}, "at least one"),
        ({"institution_code": " "}, "at least one"),
        ({"institution_code": "F"}, "already"),
        ({"dataset_key": "x" * 101}, "100 characters"),
    ],
)
def test_rules_that_cannot_be(admin: User, codes: dict[str, str], words: str) -> None:
    source = make_source("F")
    add_rule(admin, source=source, institution_code="F")
    with pytest.raises(Refused, match=words):
        add_rule(admin, source=make_source("FMNH"), **codes)
    assert SourceRule.objects.count() == 1 and AuditEntry.objects.count() == 1


def test_no_rule_leads_to_drawn_pictures(admin: User) -> None:
    with pytest.raises(Refused, match="drawn by software"):
        add_rule(admin, source=make_source("D", kind="synthetic"), institution_code="F")


def test_the_resolver_reads_all_rules_at_once(admin: User, django_assert_num_queries: Any) -> None:
    sources = [make_source(f"S{number}") for number in range(3)]
    add_rule(admin, source=sources[0], institution_code="A")
    add_rule(admin, source=sources[1], dataset_key="d", institution_code="A")
    add_rule(admin, source=sources[2], collection_code="c")
    with django_assert_num_queries(1):
        found = resolver()
        assert found.source_for("d", "A", "c") == sources[1].pk
        assert found.source_for("x", "A", "c") == sources[0].pk
        assert found.source_for("x", "B", "c") == sources[2].pk
        assert found.source_for("x", "B", "") is None


def test_unmapped_combinations_most_first_with_what_they_look_like() -> None:
    kew, paris = make_source("K"), make_source("PARIS", index_herbariorum="P")
    batch = Batch.objects.create(origin="two")
    make_records(1, institution_code="K", collection_code="Herbarium", scientific_name="Poa annua")
    make_records(1, batch, institution_code="K ", collection_code="Herbarium", scientific_name="Bellis")
    make_records(3, institution_code="MNHN", collection_code="P")
    make_records(1, dataset_key="d-1")
    make_records(1, institution_code="K", source=kew, state="waiting", rule="")
    make_records(1, institution_code="L", source=kew, rule="licence-review")  # waits for something else
    make_records(1, institution_code="M", state="refused", rule="no-licence")
    found = with_samples(unmapped())
    assert [(one.codes, one.n) for one in found] == [
        (Codes("", "MNHN", "P"), 3),
        (Codes("", "K", "Herbarium"), 2),
        (Codes("d-1", "", ""), 1),
    ]
    assert [one.suggestion for one in found] == [paris, kew, None]
    assert len(found[1].batches) == 2 and batch.pk in found[1].batches
    assert {record.scientific_name for record in found[1].samples} == {"Poa annua", "Bellis"}


def test_an_institution_is_suggested_before_a_collection_and_never_a_drawn_source() -> None:
    make_source("P"), make_source("K"), make_source("D", kind="synthetic")
    make_records(2, institution_code="K", collection_code="P")
    make_records(1, institution_code="D")
    assert [one.suggestion and one.suggestion.code for one in unmapped()] == ["K", None]


def test_records_without_codes_are_settled_by_batch(admin: User) -> None:
    batch, other = Batch.objects.create(origin="one"), Batch.objects.create(origin="other")
    ours = make_records(2, batch)
    make_records(1, batch, institution_code="X")
    theirs = make_records(1, other)
    assert [(one.batch, one.n, one.others) for one in nameless()] == [(other, 1, 0), (batch, 2, 1)]
    assert settle_batch(admin, batch, make_source("MICH")) == 3
    assert sources_of(ours) == ["MICH", "MICH"] and sources_of(theirs) == [None]
    assert AuditEntry.objects.get(action="source.batch").detail == {"batch": batch.pk, "records": 3}
    assert [one.batch for one in nameless()] == [other]
