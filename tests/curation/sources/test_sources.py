"""Adding and editing sources, and the published ones."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from curation.errors import Refused
from curation.models import AuditEntry, Source, User
from curation.services import source_ids
from curation.services.sources import (
    PUBLISHED,
    RESERVED,
    ensure_published_sources,
    read_published,
    source_add,
    source_edit,
    source_for,
)

CROSSTAB = PUBLISHED.with_name("crosstab.tsv")


def test_the_published_sources_are_the_columns_of_the_published_table() -> None:
    head = CROSSTAB.read_text(encoding="utf-8").splitlines()[0].split("\t")
    codes = [source.code for source in read_published()]
    assert codes == head[1:-1] and len(codes) == 43


def test_what_is_published_is_valid() -> None:
    for source in read_published():
        source.full_clean(validate_unique=False, validate_constraints=False)
        assert source.code.lower() not in RESERVED
        for name, check in source_ids.CHECKS.items():
            assert check(getattr(source, name)) == getattr(source, name), f"{source.code}: {name}"
        if source.index_herbariorum:
            assert source.index_herbariorum == source.code, "the published table uses these very codes"
    with PUBLISHED.open(encoding="utf-8") as lines:
        assert all(len(row) == 7 for row in csv.reader(lines, delimiter="\t"))


@pytest.mark.django_db
def test_published_sources_are_added_once_and_never_overwritten(
    admin: User, django_assert_num_queries: Any
) -> None:
    Source.objects.create(code="K", name="Our Kew", kind="museum", ror="00ynnr806")
    assert ensure_published_sources() == 42
    source_edit(admin, Source.objects.get(code="NY"), name="Bronx", kind="other")
    with django_assert_num_queries(1):
        assert ensure_published_sources() == 0
    assert Source.objects.count() == 43
    assert Source.objects.values_list("name", "kind").get(code="K") == ("Our Kew", "museum")
    assert Source.objects.values_list("name", "kind").get(code="NY") == ("Bronx", "other")
    oslo = Source.objects.get(code="O")
    assert oslo.country == "NO" and oslo.index_herbariorum == "O" and oslo.ror == "01xtthb56"


@pytest.mark.django_db
def test_adding_published_sources_is_two_queries(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        assert ensure_published_sources() == 43


@pytest.mark.django_db
def test_ingest_on_the_command_line_knows_the_published_sources(tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_bytes(b"not a picture at all")
    call_command("ingest", str(tmp_path), source="MICH", licence="CC0", json=True)
    assert Source.objects.get(code="MICH").name == "University of Michigan Herbarium"
    assert Source.objects.count() == 43


@pytest.mark.django_db
def test_a_source_is_added_with_its_identifiers(admin: User) -> None:
    source = source_add(
        admin,
        code=" B ",
        name=" Botanic Garden Berlin ",
        kind="herbarium",
        country="de",
        index_herbariorum="B",
        grscicoll="",
        ror="https://ror.org/00bv4cx53",
    )
    source.refresh_from_db()
    assert (source.code, source.name, source.country, source.ror) == (
        "B",
        "Botanic Garden Berlin",
        "DE",
        "00bv4cx53",
    )
    entry = AuditEntry.objects.get(action="source.add")
    assert entry.actor == admin and entry.subject == "B" and entry.detail["ror"] == "00bv4cx53"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"code": "new"}, "code", "stands for a page"),
        ({"code": "rules"}, "code", "stands for a page"),
        ({"code": "a b"}, "code", "Letters, digits"),
        ({"code": "K"}, "code", "already exists"),
        ({"name": " "}, "name", "blank"),
        ({"kind": "zoo"}, "kind", "not a valid choice"),
        ({"index_herbariorum": "k"}, "index_herbariorum", "capital letters"),
        ({"grscicoll": "K"}, "grscicoll", "UUID"),
        ({"ror": "00ynnr807"}, "ror", "mistyped"),
        ({"country": "Peru"}, "country", "two letters"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(
    admin: User, fields: dict[str, str], name: str, words: str
) -> None:
    Source.objects.create(code="K", name="Kew")
    with pytest.raises(Refused, match=words) as refused:
        source_add(admin, **{"code": "X", "name": "X", "kind": "museum"} | fields)
    assert list(refused.value.extra["fields"]) == [name]
    assert Source.objects.count() == 1 and not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_editing_is_written_down_with_before_and_after(admin: User) -> None:
    source = Source.objects.create(code="K", name="Kew", kind="herbarium")
    source_edit(admin, source, name="Royal Botanic Gardens, Kew", index_herbariorum="K")
    entry = AuditEntry.objects.get(action="source.edit")
    assert entry.detail == {"name": ["Kew", "Royal Botanic Gardens, Kew"], "index_herbariorum": ["", "K"]}
    source_edit(admin, source, name="Royal Botanic Gardens, Kew")
    assert AuditEntry.objects.count() == 1, "nothing changed, nothing to write down"
    with pytest.raises(TypeError, match="cannot be set"):
        source_edit(admin, source, code="L")


@pytest.mark.django_db
@pytest.mark.parametrize(("is_now", "asked"), [("museum", "synthetic"), ("synthetic", "museum")])
def test_drawn_and_real_sources_stay_apart(admin: User, is_now: str, asked: str) -> None:
    source = Source.objects.create(code="D", name="D", kind=is_now)
    with pytest.raises(Refused, match="kept apart"):
        source_edit(admin, source, kind=asked)
    source.refresh_from_db()
    assert source.kind == is_now


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["new", "rules"])
def test_a_batch_cannot_bring_a_source_that_would_hide_a_page(code: str) -> None:
    with pytest.raises(Refused, match="stands for a page"):
        source_for(code)
    assert not Source.objects.exists()
