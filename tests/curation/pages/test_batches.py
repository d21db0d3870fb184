"""Archives and lists through the pages: checked, corrected, brought in, followed, taken away and back."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from curation.fetching import Outcome, Result
from curation.models import (
    AuditEntry,
    Batch,
    BatchProblem,
    Candidate,
    Image,
    Job,
    MediaRecord,
    Project,
    User,
)
from curation.services import uploads
from curation.services.download.settle import settle
from curation.services.jobs import execute
from tests.curation.imports.lists import address, jpeg, row
from tests.curation.pages.conftest import vote
from tests.factories import make_project, make_source

pytestmark = pytest.mark.django_db(transaction=True)
State = MediaRecord.State


@pytest.fixture
def project() -> Project:
    return make_project(key="flora")


@pytest.fixture
def admin(as_role: Any) -> Client:
    return as_role("admin")


def upload(client: Client, project: Project, *files: SimpleUploadedFile, **fields: Any) -> Any:
    """The form as a browser without scripts sends it."""
    data = {"upload": str(uuid.uuid4()), "project": project.pk, "source_kind": "herbarium", "files": files}
    return client.post(reverse("batch_new"), data | fields)


def tsv(rows: list[dict[str, str]], name: str = "list.tsv") -> SimpleUploadedFile:
    lines = ["\t".join(rows[0]), *("\t".join(each.values()) for each in rows)]
    return SimpleUploadedFile(name, ("\n".join(lines) + "\n").encode(), "text/tab-separated-values")


def checked(client: Client, project: Project, rows: list[dict[str, str]], **fields: Any) -> Batch:
    """A list that was sent and looked through."""
    answer = upload(client, project, tsv(rows), **fields)
    assert answer.status_code == 302, answer.content.decode()
    batch = Batch.objects.latest("id")
    run(batch)
    return batch


def run(batch: Batch) -> None:
    """What a worker does with the batch's job."""
    batch.refresh_from_db()
    assert execute(batch.job_id or 0)
    batch.refresh_from_db()


def page(client: Client, batch: Batch, query: str = "") -> str:
    answer = client.get(reverse("batch", args=[batch.pk]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def say(client: Client, batch: Batch, do: str, **fields: Any) -> str:
    """Press a button of the batch's page and read where it leads."""
    answer = client.post(reverse("batch", args=[batch.pk]), {"do": do} | fields, follow=True)
    batch.refresh_from_db()
    return answer.content.decode()


def brought_in(client: Client, project: Project, rows: list[dict[str, str]], **fields: Any) -> Batch:
    batch = checked(client, project, rows, source=make_source("GH").pk, **fields)
    say(client, batch, "import")
    run(batch)
    return batch


def fetched(record: MediaRecord, folder: Path, seed: int) -> None:
    """As if its picture had come."""
    path = folder / f"{record.pk}.jpg"
    path.write_bytes(jpeg(seed))
    settle(
        Result(
            key=record.pk,
            outcome=Outcome.OK,
            fetched_at=timezone.now(),
            status=200,
            path=path,
            url=record.access_uri,
            attempts=1,
        )
    )


def failed(record: MediaRecord, failure: str, status: int | None) -> None:
    said = {"failure": failure, "status": status, "message": f"It failed by {failure}."}
    settle(
        Result(key=record.pk, outcome=Outcome.FAILED, fetched_at=timezone.now(), attempts=2, **said)  # type: ignore[arg-type]
    )


def test_a_list_is_checked_before_it_comes_in(admin: Client, project: Project) -> None:
    rows = [row(n) for n in range(12)]
    rows[3] |= {"url": "ftp://pictures.example.org/3.jpg"}
    rows[4] |= {"license": "CC BY-NC-ND 4.0"}
    rows[5] |= {"license": "Public Domain Mark 1.0"}
    answer = upload(admin, project, tsv(rows), source=make_source("GH").pk)
    batch = Batch.objects.get()
    assert answer["Location"] == reverse("batch", args=[batch.pk])
    assert (batch.kind, batch.state, batch.origin) == ("list", "checking", "upload: list.tsv")
    assert "Waiting for a worker" in page(admin, batch)
    region = admin.get(f"{answer['Location']}?seen=checking-active", headers={"HX-Request": "true"})
    assert 'hx-trigger="every 1s"' in region.content.decode()

    run(batch)
    ended = admin.get(f"{answer['Location']}?seen=checking-active", headers={"HX-Request": "true"})
    assert ended["HX-Refresh"] == "true"
    html = page(admin, batch)
    assert "12 rows: 9 pictures would be fetched from 1 host in about 27 s; 0 are here already; " in html
    assert "1 would be held for a decision; 2 would be refused." in html
    assert "Bring in 9 pictures" in html
    assert "row 5" in html  # the ftp address: the header is row 1
    for words in ["licence-refused", "licence-review", "bad-address", "GH", "pictures.example.org", "3 s"]:
        assert words in html, words
    assert not MediaRecord.objects.exists()
    assert not BatchProblem.objects.exists()

    assert "Waiting for a worker" in say(admin, batch, "import")
    run(batch)
    assert (batch.state, batch.records.count(), batch.problems.count()) == ("running", 11, 1)
    assert not (site_settings.VAR_DIR / "uploads").exists() or not any(
        path.is_file() for path in (site_settings.VAR_DIR / "uploads").rglob("*")
    )
    assert Job.objects.filter(kind="download").count() == 1
    html = page(admin, batch)
    assert "0 of 12 rows are added; 9 wait to be fetched." in html
    assert "is not waiting to be brought in" in say(admin, batch, "import")


def test_rows_without_licence_or_source_can_be_given_both(admin: Client, project: Project) -> None:
    batch = checked(admin, project, [row(n, license="", institutionCode="Q") for n in range(3)])
    html = page(admin, batch)
    assert "no picture would be fetched" in html
    assert "Its rows state no licence" in html
    assert "Bring in" not in html
    assert "Choose a source, a licence, or both." in say(admin, batch, "state")
    say(admin, batch, "state", **{"all-licence": "CC-BY-4.0"})
    assert batch.state == "checking"
    run(batch)
    html = page(admin, batch)
    assert "3 would be held for a decision" in html
    assert "Bring in 3 rows to wait" in html
    say(admin, batch, "state", **{"all-source": make_source("K").pk})
    run(batch)
    assert (str(batch.licence), str(batch.source)) == ("CC-BY-4.0", str(make_source("K")))
    assert "Bring in 3 pictures" in page(admin, batch)


def test_columns_are_chosen_by_hand(admin: Client, project: Project) -> None:
    rows = [{"scan": "a", "picture at": address(1), "rights": "CC0"}]
    batch = checked(admin, project, rows, source=make_source("GH").pk)
    html = page(admin, batch)
    assert "no column holds the addresses" in html
    assert '<option value="picture at">' in html
    assert "cannot be brought in" in say(admin, batch, "import")
    assert "Choose the column that holds the addresses" in say(admin, batch, "columns")
    twice = {"column-access_uri": "picture at", "column-creator": "picture at"}
    assert "picture at is chosen for two fields" in say(admin, batch, "columns", **twice)
    assert batch.state == "checked"
    fields = {"column-access_uri": "picture at", "column-licence": "rights", "column-catalog_number": "scan"}
    say(admin, batch, "columns", **fields)
    run(batch)
    assert "Bring in 1 picture<" in page(admin, batch)
    assert batch.preview["columns"] == {
        "access_uri": "picture at",
        "licence": "rights",
        "catalog_number": "scan",
    }
    say(admin, batch, "import")
    run(batch)
    assert batch.records.get().catalog_number == "a"
    assert "is settled" in say(admin, batch, "columns", **fields)


def test_an_unreadable_delivery_says_what_to_do(admin: Client, project: Project) -> None:
    answer = upload(admin, project, SimpleUploadedFile("broken.zip", b"PK\x03\x04 and no more"))
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "broken.zip" in html
    assert "Begin again without it" in html
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a.tsv", "b.csv"], "brought in alone"),
        (["a.jpg", "b.zip"], "brought in alone"),
        (["a.jpg", "b.jpg", "c.tsv"], "c.tsv came together with 2 other files"),
    ],
)
def test_an_archive_or_list_comes_alone(
    names: list[str], words: str, admin: Client, project: Project
) -> None:
    files = [SimpleUploadedFile(name, jpeg(1) if name.endswith("jpg") else b"url\n") for name in names]
    answer = upload(admin, project, *files, source=make_source("GH").pk, licence="CC0-1.0")
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Batch.objects.exists()


def test_notes_among_pictures_are_only_reported(admin: Client, project: Project) -> None:
    files = [SimpleUploadedFile("a.jpg", jpeg(1)), SimpleUploadedFile("notes.txt", b"no picture")]
    assert upload(admin, project, *files, source=make_source("GH").pk, licence="CC0-1.0").status_code == 302
    batch = Batch.objects.get()
    run(batch)
    assert (batch.kind, batch.added, batch.refused) == ("folder", 1, 1)


def test_archives_have_a_limit_of_their_own(settings: Any) -> None:
    settings.MAX_ARCHIVE_MIB = 700
    picture, archive = 513 << 20, 600 << 20
    with pytest.raises(Exception, match="more than the 512 MiB that a picture may have"):
        uploads.save_file(uuid.uuid4(), "a.jpg", [b""], announced=picture)
    assert uploads.save_file(uuid.uuid4(), "a.zip", [b"x"], announced=archive) == 1
    with pytest.raises(Exception, match="more than the 700 MiB that an archive or list may have"):
        uploads.save_file(uuid.uuid4(), "a.zip", [b"x"], announced=701 << 20)


def test_a_folder_is_checked_without_a_trace_and_comes_in_as_foretold(
    admin: Client, project: Project
) -> None:
    here = upload(
        admin, project, SimpleUploadedFile("old.jpg", jpeg(1)), source=make_source("GH").pk, licence="CC0-1.0"
    )
    assert here.status_code == 302
    run(Batch.objects.get())
    files = [
        SimpleUploadedFile("again.jpg", jpeg(1)),
        SimpleUploadedFile("new.jpg", jpeg(2)),
        SimpleUploadedFile("same as new.jpg", jpeg(2)),
        SimpleUploadedFile("broken.jpg", jpeg(3)[:100]),
    ]
    answer = upload(admin, project, *files, source=make_source("GH").pk, licence="CC0-1.0", do="check")
    assert answer.status_code == 302
    batch = Batch.objects.latest("id")
    assert (batch.kind, batch.state) == ("folder", "checking")
    run(batch)
    html = page(admin, batch)
    assert "4 files: 1 picture would be added" in html
    assert "2 are here already; 1 would be refused." in html
    assert "broken.jpg" in html
    assert (Image.objects.count(), Candidate.objects.count(), batch.problems.count()) == (1, 1, 0)
    foretold = batch.preview
    say(admin, batch, "import")
    run(batch)
    assert (batch.state, batch.added, batch.duplicates, batch.refused) == (
        "done",
        foretold["states"]["added"],
        foretold["states"]["duplicate"],
        1,
    )
    assert Batch.objects.count() == 2
    assert not uploads.arrived(batch.path).exists()


def test_discarding_leaves_the_batch_and_no_file(admin: Client, project: Project) -> None:
    batch = checked(admin, project, [row(1)], source=make_source("GH").pk)
    sent = uploads.arrived(batch.path)
    assert sent.is_file()
    assert "Discarded; nothing of it came in." in say(admin, batch, "discard")
    assert batch.state == "discarded"
    assert not sent.exists()
    assert AuditEntry.objects.filter(action="batch.discard").count() == 1
    assert "is not waiting any more" in say(admin, batch, "discard")
    listed = admin.get(reverse("batches")).content.decode()
    assert '<tr class="gone">' in listed


def test_every_number_opens_its_rows(admin: Client, project: Project, tmp_path: Path) -> None:
    rows = [row(n) for n in range(9)]
    rows[7] |= {"license": "all rights reserved"}
    rows[8] |= {"url": "not an address"}
    batch = brought_in(admin, project, rows)
    waiting = list(batch.records.filter(state=State.WAITING).order_by("id"))
    assert len(waiting) == 7
    fetched(waiting[0], tmp_path, 1)
    fetched(waiting[1], tmp_path, 2)
    fetched(waiting[2], tmp_path, 2)  # the same bytes at another address
    failed(waiting[3], "http-404", 404)
    failed(waiting[4], "http-5xx", 503)
    failed(waiting[5], "http-5xx", 500)
    html = page(admin, batch)
    assert "2 of 9 rows are added; 1 waits to be fetched." in html
    assert "HTTP 500, 503" in html
    for show, n in {
        "added": 2,
        "duplicate": 1,
        "waiting": 1,
        "refused": 2,
        "failed": 3,
        "held": 0,
        "note": 0,
    }.items():
        shown = page(admin, batch, f"?show={show}")
        assert (f"{n} row{'' if n == 1 else 's'}, as of" in shown) == bool(n), show
    only = page(admin, batch, "?show=failed&rule=http-5xx")
    assert "2 rows, as of" in only
    assert address(4) in only
    assert address(3) not in only
    added = page(admin, batch, "?show=added")
    image = Image.objects.get(access_uri=address(0))
    assert reverse("image", args=[image.sha256]) in added
    assert f"/pictures/thumb/{image.sha256}" in added


@pytest.mark.parametrize(
    "query",
    [
        "?show=nonsense",
        "?show=failed&rule=of-another-batch",
        "?rule=%00",
        "?page=999999",
        "?page=minus",
        "?page=" + "9" * 5000,
        "?show=added&page=0",
        "?kind=x&pictures=-3&problems=zz",
    ],
)
def test_addresses_that_make_no_sense_show_a_page(query: str, admin: Client, project: Project) -> None:
    batch = brought_in(admin, project, [row(1), row(2)])
    admin.raise_request_exception = False
    assert admin.get(reverse("batch", args=[batch.pk]) + query).status_code == 200
    region = admin.get(reverse("batch", args=[batch.pk]) + query, headers={"HX-Request": "true"})
    assert region.status_code == 200
    assert admin.get(reverse("batches") + "?state=x&kind=y&page=q").status_code == 200


def test_what_failed_is_tried_again(admin: Client, project: Project) -> None:
    batch = brought_in(admin, project, [row(n) for n in range(3)])
    Job.objects.filter(kind="download").update(state="done")
    for record in batch.records.order_by("id"):
        failed(record, "timeout", None)
    html = page(admin, batch)
    assert "Try again" in html
    assert "No answer in time" in html
    assert "has nothing that failed by &#x27;http-404&#x27;" in say(admin, batch, "retry", rule="http-404")
    assert "3 pictures are fetched once more." in say(admin, batch, "retry", rule="timeout")
    assert batch.records.filter(state=State.WAITING).count() == 3
    assert Job.objects.filter(kind="download", state="queued").count() == 1
    assert AuditEntry.objects.filter(action="batch.retry").count() == 1


def test_a_download_that_ended_is_gone_on_with(admin: Client, project: Project) -> None:
    batch = brought_in(admin, project, [row(1)])
    job = Job.objects.get(kind="download")
    Job.objects.filter(pk=job.pk).update(state="failed", error="contact is empty", finished_at=timezone.now())
    html = page(admin, batch)
    assert "contact is empty" in html
    assert "Go on fetching" in html
    say(admin, batch, "go-on")
    job.refresh_from_db()
    assert job.state == "queued"
    Job.objects.filter(pk=job.pk).update(state="done")
    say(admin, batch, "go-on")
    assert Job.objects.filter(kind="download", state="queued").count() == 1


def test_a_form_without_sense_changes_nothing(admin: Client, project: Project) -> None:
    batch = checked(admin, project, [row(1)], source=make_source("GH").pk)
    assert "did not say what to do" in say(admin, batch, "everything")
    assert "nothing that failed" in say(admin, batch, "retry", rule="\0")
    assert batch.state == "checked"


def test_rows_as_tsv_hold_every_row_and_escape_what_breaks_lines(
    admin: Client, project: Project, tmp_path: Path
) -> None:
    rows = [row(n) for n in range(3)]
    rows[1] |= {"occurrenceID": "=1+1\\x"}
    rows[2] |= {"url": "no address"}
    batch = brought_in(admin, project, rows)
    first = batch.records.order_by("id")[0]
    fetched(first, tmp_path, 5)
    MediaRecord.objects.filter(pk=first.pk).update(message="two\nlines\tand a tab\r")
    answer = admin.get(reverse("batch_tsv", args=[batch.pk]))
    assert answer["Content-Type"].startswith("text/tab-separated-values")
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode()
    header, *lines = [line.split("\t") for line in text.removesuffix("\n").split("\n")]
    table = [dict(zip(header, line, strict=True)) for line in lines]
    assert len(table) == 3
    image = Image.objects.get()
    assert table[0] | {"sha256": image.sha256, "state": "added", "status_code": "200"} == table[0]
    assert table[0]["message"] == "two\\nlines\\tand a tab\\r"
    assert table[0]["source"] == "GH"
    assert table[0]["licence"] == row(0)["license"]
    assert table[1]["occurrence_id"] == "=1+1\\\\x"  # left as it is but for the escape
    assert (table[2]["state"], table[2]["row"]) == ("refused", "4")

    folder = upload(
        admin, project, SimpleUploadedFile("one.jpg", jpeg(8)), source=make_source("GH").pk, licence="CC0-1.0"
    )
    run(Batch.objects.latest("id"))
    text = b"".join(admin.get(f"{folder['Location']}rows.tsv").streaming_content).decode()
    assert text.splitlines()[1].split("\t")[:3] == ["one.jpg", "", "added"]


def test_a_batch_is_taken_back_whole(
    admin: Client, project: Project, tmp_path: Path, people: dict[str, User]
) -> None:
    batch = brought_in(admin, project, [row(n) for n in range(2)])
    for seed, record in enumerate(batch.records.order_by("id")):
        fetched(record, tmp_path, 20 + seed)
    undo = reverse("batch_undo", args=[batch.pk])
    candidate = Candidate.objects.first()
    assert candidate is not None
    html = admin.get(undo).content.decode()
    assert "Take back 2 pictures" in html
    vote(people["curator"], candidate, label="A")
    html = admin.get(undo).content.decode()
    assert f"Batch {batch.pk} stays" in html
    assert "was voted on" in html
    assert "was voted on" in admin.post(undo, follow=True).content.decode()
    assert Image.objects.count() == 2

    other = brought_in(admin, project, [row(n) for n in range(10, 12)])
    for seed, record in enumerate(other.records.order_by("id")):
        fetched(record, tmp_path, 40 + seed)
    html = admin.post(reverse("batch_undo", args=[other.pk]), follow=True).content.decode()
    assert "2 pictures went." in html
    assert "Taken back on" in html
    assert "the-admin" in html
    assert (Image.objects.count(), other.records.count()) == (2, 0)
    assert "It was taken back." in admin.get(reverse("batch_undo", args=[other.pk])).content.decode()


def test_the_list_costs_the_same_when_batches_double(
    admin: Client, project: Project, people: dict[str, User], tmp_path: Path
) -> None:
    def some() -> None:
        for state in ("checked", "undone", "done"):
            batch = Batch.objects.create(
                kind="list", state=state, origin="a list", project=project, created_by=people["admin"]
            )
            BatchProblem.objects.create(batch=batch, kind="refused", file="f", row=1, rule="r", message="m")

    def cost() -> int:
        admin.get(reverse("batches"))
        with CaptureQueriesContext(connection) as found:
            admin.get(reverse("batches"))
        return len(found)

    some()
    before = cost()
    some()
    some()
    assert cost() == before


def test_the_list_is_filtered_in_the_address(admin: Client, project: Project) -> None:
    for kind, state in [("list", "checked"), ("dwca", "running"), ("folder", "done")]:
        Batch.objects.create(kind=kind, state=state, origin=f"the {kind} one")
    html = admin.get(reverse("batches") + "?kind=dwca").content.decode()
    assert "the dwca one" in html
    assert "the list one" not in html
    html = admin.get(reverse("batches") + "?state=checked").content.decode()
    assert "the list one" in html
    assert "the folder one" not in html
    assert "No batch of this kind" in admin.get(reverse("batches") + "?state=undone").content.decode()


def test_the_numbers_of_the_list_are_those_of_the_rows(
    admin: Client, project: Project, tmp_path: Path
) -> None:
    rows = [row(n) for n in range(5)]
    rows[4] |= {"license": ""}
    batch = brought_in(admin, project, rows)
    records = list(batch.records.order_by("id"))
    fetched(records[0], tmp_path, 60)
    failed(records[1], "http-404", 404)
    html = admin.get(reverse("batches")).content.decode()
    address = reverse("batch", args=[batch.pk])
    for show, n in {"added": 1, "failed": 1, "waiting": 2, "refused": 1}.items():
        assert f'href="{address}?show={show}#rows">{n}</a>' in html, show


def test_the_account_costs_the_same_when_rows_double(admin: Client, project: Project) -> None:
    def cost(n: int, first: int) -> int:
        batch = brought_in(admin, project, [row(first + each) for each in range(n)])
        page(admin, batch)
        with CaptureQueriesContext(connection) as found:
            page(admin, batch)
        return len(found)

    assert cost(4, 0) == cost(9, 100)
