"""Votes and decisions as tables: every row, in every form, with pseudonyms that stay."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from frictionless import Package, system
from pyarrow.parquet import ParquetFile

from curation.errors import Refused
from curation.models import DataIssue, Decision, LabelClass, Source, Vote
from curation.selectors.label_columns import TABLES, table_named
from curation.selectors.label_rows import Scope
from curation.selectors.provenance_columns import PROVENANCE_WORDS
from curation.services.exports.tables import described
from curation.services.labels import write
from curation.services.labels.package import MEDIA_TYPES, all_resources, package
from tests.curation.labels.conftest import AWKWARD, Herbarium, content, rows
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def test_every_vote_is_a_row_that_says_all(herbarium: Herbarium) -> None:
    votes = rows("votes", Scope(herbarium.project))
    stored = list(Vote.objects.order_by("created_at", "id").select_related("candidate__image", "label"))
    assert [vote["id"] for vote in votes] == [str(vote.pk) for vote in stored]
    by_id = {vote["id"]: vote for vote in votes}
    for vote in stored:
        row = by_id[str(vote.pk)]
        assert row["sha256"] == vote.candidate.image.sha256 and row["project"] == "flora"
        assert (row["kind"], row["round"], row["via"]) == (vote.kind, vote.round, vote.via)
        assert (row["blind"], row["audit"]) == (vote.blind, vote.audit)
        assert row["class"] == (vote.label.slug if vote.label else None)
        assert row["reason"] == (vote.reason or None)
        assert row["guideline"] == 1
        assert datetime.fromisoformat(row["created_at"]) == vote.created_at
        assert row["known_answer"] is (vote.gold_id is not None)
        assert row["undoes"] == (str(vote.undoes_id) if vote.undoes_id else None)
    ada = by_id[str(herbarium.votes["ada agreed"].pk)]
    assert (ada["model"], ada["suggested"], ada["confidence"]) == ("tiny", "class-b", 0.65)
    assert ada["seconds"] == 1.234 and ada["reviewer"] == "reviewer-1"
    flag = by_id[str(herbarium.votes["cleo flagged"].pk)]
    assert (flag["kind"], flag["flag"], flag["reason"]) == ("flag", "bad-image", AWKWARD)
    assert by_id[str(herbarium.votes["cleo known"].pk)]["known_answer"] is True


def test_what_counts_is_what_the_queue_counts(herbarium: Herbarium) -> None:
    votes = rows("votes", Scope(herbarium.project))
    counting = {str(pk) for pk in Vote.objects.counting().values_list("pk", flat=True)}
    assert {vote["id"] for vote in votes if vote["counts"]} == counting
    undone = {str(pk) for pk in Vote.objects.filter(undone_by__isnull=False).values_list("pk", flat=True)}
    assert {vote["id"] for vote in votes if vote["undone"]} == undone and len(undone) == 1


def test_every_decision_is_a_row_with_its_votes_and_its_picture(herbarium: Herbarium) -> None:
    decisions = rows("decisions", Scope(herbarium.project))
    stored = list(Decision.objects.order_by("id").select_related("candidate__image__source", "label"))
    assert len(decisions) == len(stored) == 5
    name = {picture.image.sha256: name for name, picture in herbarium.pictures.items()}
    said = {
        (name[row["sha256"]], row["rule"]): (
            *(row["class"], row["by"], row["votes_for"], row["votes_against"], row["round"]),
            *(row["current"], row["reason"]),
        )
        for row in decisions
    }
    assert (
        said
        == {
            ("agreed", "votes"): ("class-a", None, 2, 0, 1, True, None),
            ("settled", "adjudicated"): ("class-c", "reviewer-3", 1, 2, 1, True, "Neither"),
            ("back", "votes"): ("class-a", None, 2, 0, 1, False, None),
            ("back", "reopened"): (None, "reviewer-3", None, None, 1, False, "Look again"),
            ("known", "votes"): ("class-c", None, 2, 0, 1, True, None),
        }
        or len(said) == 4
    )
    for row, decision in zip(decisions, stored, strict=True):
        image = decision.candidate.image
        assert row["sha256"] == image.sha256 and row["source"] == image.source.code
        assert row["licence"] == image.licence.identifier and row["rights_holder"] == "The “Trustees”"
        assert row["access_uri"] == (image.access_uri or None) and row["original_name"] == image.original_name


@pytest.mark.parametrize("table", TABLES)
def test_all_forms_say_the_same(herbarium: Herbarium, table: str) -> None:
    scope = Scope(herbarium.project)
    as_json = rows(table, scope)
    parquet = rows(table, scope, "parquet")
    assert as_json and len(parquet) == len(as_json)
    for line, row in zip(as_json, parquet, strict=True):
        for column in TABLES[table].columns:
            given = line[column.name]
            if column.type == "datetime" and given:
                given = datetime.fromisoformat(given)
            assert row[column.name] == given, column.name
    for form in ("tsv", "csv"):
        for line, cells in zip(as_json, rows(table, scope, form), strict=True):
            for column in TABLES[table].columns:
                assert as_value(column.type, cells[column.name]) == line[column.name]


def as_value(type: str, cell: str) -> Any:
    if not cell:
        return None
    if type == "boolean":
        return {"true": True, "false": False}[cell]
    return {"integer": int, "number": float}.get(type, str)(cell)


@pytest.mark.parametrize(("form", "delimiter"), [("tsv", "\t"), ("csv", ",")])
def test_cells_are_quoted_as_csv_writes_them(herbarium: Herbarium, form: str, delimiter: str) -> None:
    made = content("votes", form, Scope(herbarium.project)).decode()
    lines = list(csv.reader(io.StringIO(made, newline=""), delimiter=delimiter, strict=True))
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(lines)
    assert out.getvalue() == made and AWKWARD in made.replace('""', '"')


def test_nobody_can_be_told_by_a_pseudonym_and_it_stays(herbarium: Herbarium) -> None:
    scope = Scope(herbarium.project)
    before = {vote["id"]: vote["reviewer"] for vote in rows("votes", scope)}
    for table in TABLES:
        for form in write.FORMS:
            for user in herbarium.people.values():
                assert user.username.encode() not in content(table, form, scope)
    herbarium.say("lead", "open", "A")
    after = {vote["id"]: vote["reviewer"] for vote in rows("votes", scope)}
    assert before.items() <= after.items()
    assert sorted(set(before.values())) == [f"reviewer-{n}" for n in (1, 2, 3, 4)]


def test_names_only_where_they_are_asked_for(herbarium: Herbarium) -> None:
    votes = rows("votes", Scope(herbarium.project, names=True))
    assert {vote["reviewer"] for vote in votes} == {user.username for user in herbarium.people.values()}
    decisions = rows("decisions", Scope(herbarium.project, names=True))
    assert {row["by"] for row in decisions} == {None, "flora-lead"}


def test_another_project_is_not_in_it(herbarium: Herbarium) -> None:
    other = make_project(2, key="fauna")
    for form in write.FORMS:
        assert rows("votes", Scope(other), form) == [] and rows("decisions", Scope(other), form) == []
    assert content("votes", "tsv", Scope(other)).decode().split("\t")[0] == "id"


def test_parquet_has_groups_of_one_size_and_types(
    herbarium: Herbarium, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "ROW_GROUP", 5)
    made = content("votes", "parquet", Scope(herbarium.project))
    file = ParquetFile(pyarrow.BufferReader(made))
    total = Vote.objects.count()
    sizes = [file.metadata.row_group(n).num_rows for n in range(file.metadata.num_row_groups)]
    assert sizes == [5] * (total // 5) + [total % 5] * bool(total % 5)
    assert str(file.schema_arrow.field("created_at").type) == "timestamp[us, tz=UTC]"
    assert file.schema_arrow.field("class").metadata[b"description"] == b"Slug of the class, of a label."
    assert made == content("votes", "parquet", Scope(herbarium.project))


def problems(folder: Path) -> list[Any]:
    with system.use_context(trusted=True):
        found = Package(str(folder / "datapackage.json")).validate()
    return found.flatten(["rowNumber", "fieldName", "type", "note"])


def test_frictionless_finds_nothing_wrong(herbarium: Herbarium, tmp_path: Path) -> None:
    for table in TABLES:
        for form in MEDIA_TYPES:
            (tmp_path / f"{table}.{form}").write_bytes(content(table, form, Scope(herbarium.project)))
    (tmp_path / "datapackage.json").write_bytes(package("flora", "Flora", all_resources()))
    assert problems(tmp_path) == []
    # That the package is what it is checked by: another type is found.
    document = json.loads((tmp_path / "datapackage.json").read_bytes())
    document["resources"][0]["schema"]["fields"][4]["type"] = "integer"
    (tmp_path / "datapackage.json").write_text(json.dumps(document))
    assert {fault[2] for fault in problems(tmp_path)} == {"type-error"}


def test_unknown_tables_and_forms_are_refused(herbarium: Herbarium) -> None:
    with pytest.raises(Refused, match=r"'voters': expected one of votes, decisions"):
        table_named("voters")
    with pytest.raises(Refused, match="'xlsx': expected one of tsv, csv, jsonl, parquet"):
        write.pieces(TABLES["votes"], "xlsx", Scope(herbarium.project))


def test_a_reader_that_leaves_early_leaves_a_connection_that_works(herbarium: Herbarium) -> None:
    made = write.pieces(TABLES["votes"], "tsv", Scope(herbarium.project))
    next(made), next(made)
    made.close()  # type: ignore[attr-defined]
    assert LabelClass.objects.filter(project=herbarium.project).count() == 3


def test_every_value_that_a_column_may_hold_is_explained() -> None:
    def words(table: str, name: str) -> str:
        return next(column.words for column in TABLES[table].columns if column.name == name)

    for table, name, values in (
        ("decisions", "rule", Decision.Rule.values),
        ("votes", "kind", Vote.Kind.values),
        ("votes", "via", Vote.Via.values),
        ("votes", "flag", DataIssue.Kind.values),
        ("decisions", "source_kind", Source.Kind.values),
    ):
        said = words(table, name)
        assert [value for value in values if not re.search(rf"\b{value}\b", said)] == [], name


def test_a_column_says_the_same_in_every_table() -> None:
    columns = [column for table in TABLES.values() for column in table.columns]
    shared = [column for column in columns if column.name in PROVENANCE_WORDS]
    assert {column.name for column in shared} == PROVENANCE_WORDS.keys()
    for column in shared:
        assert column.words == described(column.name) == PROVENANCE_WORDS[column.name]
