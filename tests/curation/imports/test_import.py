"""Rows of a list become records, each with the state that source, licence and policy give it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from curation.models import Batch, BatchProblem, Job, LicenceText, MediaRecord, SourceRule
from curation.records import RecordsError
from curation.selectors.tally import tally
from curation.services import deliveries
from curation.services.imports import import_records
from curation.services.progress import NullProgress
from tests.curation.imports.lists import CC_BY, address, bring_in, row, write_list
from tests.factories import make_licence, make_project, make_source
from tests.shared import SHARED

pytestmark = pytest.mark.django_db
LISTS = SHARED / "herbariograph" / "lists"


def states(batch: Batch) -> dict[int, tuple[str, str]]:
    return {record.row: (record.state, record.rule) for record in MediaRecord.objects.filter(batch=batch)}


def test_each_row_gets_the_state_that_its_licence_and_source_give_it(tmp_path: Path) -> None:
    mich = make_source("MICH")
    SourceRule.objects.create(institution_code="I", source=mich)
    path = write_list(
        tmp_path,
        [
            row(1),
            row(2, license="CC BY-NC-ND 4.0"),
            row(3, license=""),
            row(4, license="CreativeCommons"),
            row(5, institutionCode="unknown"),
            row(6, license="(c) The Field Museum"),
            row(7, license="Public Domain Mark 1.0"),
            row(8, institutionCode="unknown", license="cc-by-nc-sa"),
        ],
    )
    batch = bring_in(path, project=make_project())
    assert states(batch) == {
        2: ("waiting", ""),
        3: ("refused", "licence-refused"),
        4: ("refused", "no-licence"),
        5: ("held", "licence-unclear"),
        6: ("held", "source-unmapped"),
        7: ("refused", "no-licence"),
        8: ("held", "licence-review"),
        9: ("refused", "licence-refused"),
    }
    first = batch.records.get(row=2)
    assert (first.access_uri, first.host, first.source, first.file) == (
        address(1),
        "pictures.example.org",
        mich,
        "list.tsv",
    )
    assert (first.occurrence_id, first.scientific_name) == ("occurrence-1", "Poa annua L.")
    assert first.licence_text.verbatim == CC_BY
    assert first.licence_text.licence is not None
    assert first.licence_text.licence.identifier == "CC-BY-4.0"


def test_what_is_stated_for_the_whole_list_counts_only_where_a_row_says_nothing(tmp_path: Path) -> None:
    path = write_list(tmp_path, [row(1, license=""), row(2, license="CC BY-NC-ND 4.0")])
    batch = bring_in(path, source=make_source("K"), licence=make_licence("CC-BY-NC-4.0"))
    assert states(batch) == {2: ("waiting", ""), 3: ("refused", "licence-refused")}
    assert batch.records.get(row=2).licence_text.code == "CC-BY-NC"


def test_an_address_is_fetched_once_whatever_names_it(tmp_path: Path) -> None:
    source = make_source("K")
    first = bring_in(write_list(tmp_path, [row(1), row(2)], "one.tsv"), source=source)
    again = bring_in(write_list(tmp_path, [row(2), row(3)], "two.tsv"), source=source)
    assert states(again) == {2: ("duplicate", "same-address"), 3: ("waiting", "")}
    said = again.records.get(row=2).message
    assert said == f"row 3 of batch {first.pk} has the same address"


def test_a_row_that_was_refused_does_not_keep_the_address_from_a_better_one(tmp_path: Path) -> None:
    source = make_source("K")
    bring_in(write_list(tmp_path, [row(1, license="")], "one.tsv"), source=source)
    again = bring_in(write_list(tmp_path, [row(1)], "two.tsv"), source=source)
    assert states(again) == {2: ("waiting", "")}


def test_the_database_refuses_a_second_live_record_of_an_address(tmp_path: Path) -> None:
    batch = bring_in(write_list(tmp_path, [row(1)]), source=make_source("K"))
    record = batch.records.get()
    record.pk = None
    with pytest.raises(IntegrityError, match="record_address_once"), transaction.atomic():
        record.save(force_insert=True)


def test_every_row_of_the_file_is_a_record_or_a_named_problem(tmp_path: Path) -> None:
    path = write_list(
        tmp_path,
        [
            row(1),
            row(2, url="file:///etc/passwd"),
            row(3, url="http://user:secret@example.org/3.jpg"),
            row(4, url="http://169.254.169.254/latest"),
            row(5, url=""),
            row(1, occurrenceID="again"),
        ],
    )
    with path.open("a") as out:
        out.write("only one column\n")
    batch = bring_in(path, source=make_source("K"))
    problems = dict(batch.problems.values_list("row", "rule"))
    assert set(problems) == {3, 4, 5, 6, 7, 8}
    assert tally(batch)["rows"] == 7
    assert "secret" not in "".join(batch.problems.values_list("message", flat=True))
    row_eight = batch.problems.get(row=8)
    assert row_eight.kind == BatchProblem.Kind.REFUSED
    assert "6" in row_eight.message and "1" in row_eight.message


def test_a_delivery_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    batch = deliveries.receive(write_list(tmp_path, [row(1)]), source=make_source("K"))
    with deliveries.opened(batch) as delivery:

        def broken() -> object:
            yield from delivery.rows()
            raise RecordsError("list.tsv", "truncated", "ends in the middle of row 7")

        with pytest.raises(RecordsError):
            import_records(batch, broken(), NullProgress())  # type: ignore[arg-type]
    assert not MediaRecord.objects.exists()


def test_an_import_that_is_run_again_writes_nothing_twice(tmp_path: Path) -> None:
    batch = bring_in(write_list(tmp_path, [row(1), row(2)]), source=make_source("K"))
    deliveries.bring_in(batch)
    assert batch.records.count() == 2


def test_the_dry_run_says_what_the_import_does_and_writes_nothing(tmp_path: Path) -> None:
    make_source("K")
    path = write_list(
        tmp_path, [row(1), row(2, license="none"), row(3, institutionCode="X"), row(4, url="ftp://a/b")]
    )
    batch = deliveries.receive(path, project=make_project())
    found = deliveries.check(batch)
    assert not MediaRecord.objects.exists()
    assert not LicenceText.objects.exists()
    assert not BatchProblem.objects.exists()
    assert batch.state == Batch.State.CHECKED
    assert batch.preview == found
    deliveries.request_import(batch)
    job = Job.objects.get(kind=Job.Kind.IMPORT)
    assert job.params == {"batch": batch.pk}
    deliveries.bring_in(batch)
    did = tally(batch)
    assert found["rows"] == did["rows"] == 4
    assert found["states"] == {"held": 2, "refused": 1}
    assert {state: n for state, n in did.items() if n} == {"rows": 4, "held": 2, "refused": 2}
    assert found["problems"][0]["rows"] == [5]
    assert [each["rule"] for each in found["reasons"]] == ["source-unmapped", "no-licence"]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "rows"),
    [("ECON+EBC.tsv", 7478), ("F-EBC.tsv", 9017), ("K-EBC.tsv", 2441), ("NHMD-BC.tsv", 1488)],
)
def test_the_real_lists_go_through_check_and_import(name: str, rows: int) -> None:
    batch = deliveries.receive(LISTS / name, source=make_source("S"), licence=make_licence("CC-BY-NC"))
    found = deliveries.check(batch)
    assert found["rows"] == rows
    assert not MediaRecord.objects.exists()
    Batch.objects.filter(pk=batch.pk).update(state=Batch.State.RUNNING)
    deliveries.bring_in(batch)
    did = tally(batch)
    assert did["rows"] == rows
    assert found["states"]["waiting"] == did["waiting"]
    assert did["waiting"] + did["refused"] == rows
    assert did["refused"] == sum(each["n"] for each in found["problems"] if each["kind"] == "refused")
