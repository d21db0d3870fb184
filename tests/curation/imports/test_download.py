"""Records that wait are fetched; every one ends as a picture or with its reason."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from curation.errors import Refused
from curation.models import Batch, Candidate, Host, Image, Job, MediaRecord
from curation.selectors.tally import tally
from curation.services.download import retry, wake
from tests.curation.fetching.server import (
    Server,
    bomb,
    cut,
    hang_up,
    in_turn,
    page,
    picture,
    redirect,
    status,
)
from tests.curation.imports.lists import address, bring_in, jpeg, row, write_list
from tests.factories import make_project, make_source

pytestmark = pytest.mark.django_db(transaction=True)
Fetch = Callable[[], Job]


def outcomes(batch: Batch) -> dict[int, tuple[str, str]]:
    return {each.row - 1: (each.state, each.rule) for each in batch.records.all()}


def test_pictures_come_in_with_what_their_record_says(server: Server, fetch: Fetch, tmp_path: Path) -> None:
    project = make_project()
    for n in (1, 2):
        server.on(f"/{n}.jpg", picture(jpeg(n), etag=f'"{n}"'))
    rows = [row(1) | {"proposed": "class-b"}, row(2) | {"proposed": ""}]
    path = write_list(tmp_path, rows)
    batch = bring_in(path, project=project, source=make_source("K"), columns={"proposed_label": "proposed"})
    job = fetch()
    assert (job.state, job.error) == (Job.State.DONE, "")
    assert outcomes(batch) == {1: ("added", ""), 2: ("added", "")}
    image = Image.objects.get(occurrence_id="occurrence-1")
    assert (image.access_uri, image.source.code, image.licence.identifier) == (address(1), "K", "CC-BY-4.0")
    assert (image.original_name, image.batch) == ("1.jpg", batch)
    assert default_storage.open(image.file_name("original")).read() == jpeg(1)
    record = batch.records.get(row=2)
    assert (record.image, record.status_code, record.etag, record.attempts) == (image, 200, '"1"', 1)
    proposed = Candidate.objects.get(project=project, image=image)
    assert proposed.proposed is not None
    assert (proposed.proposed.slug, proposed.proposed_by) == ("class-b", "list")
    assert Candidate.objects.get(project=project, image__occurrence_id="occurrence-2").proposed is None
    batch.refresh_from_db()
    assert (batch.state, batch.added, batch.seen) == (Batch.State.DONE, 2, 2)
    agent = server.asked("/1.jpg")[0].headers["user-agent"]
    assert "Vasculum/" in agent and "tests@example.org" in agent


def test_a_mixed_batch_ends_with_every_row_accounted_for(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    server.on("/1.jpg", picture(jpeg(1)))
    server.on("/2.jpg", picture(jpeg(1)))  # the same file elsewhere
    server.on("/3.jpg", status(404))
    server.on("/4.jpg", page("<html>sign in", "text/html"))
    server.on("/5.jpg", page("<html>sign in", "image/jpeg"))
    server.on("/6.jpg", cut(jpeg(6), 500))
    server.on("/7.jpg", redirect("http://169.254.169.254/latest/meta-data/"))
    server.on("/8.jpg", in_turn(status(503), picture(jpeg(8))))
    server.on("/9.jpg", status(403))
    server.on("/10.jpg", picture(jpeg(10)[: len(jpeg(10)) // 2]))  # whole on its way, cut before
    server.on("/11.jpg", picture(jpeg(11, side=20)))
    server.on("/12.jpg", redirect("/13.jpg"))
    server.on("/13.jpg", picture(jpeg(13), content_type="text/html"))
    server.on("/14.jpg", status(200, b""))
    server.on("down.example.org/15.jpg", hang_up())
    server.on("robots.example.org/robots.txt", page("User-agent: *\nDisallow: /"))
    server.on("/17.jpg", bomb(jpeg(17)[:100], 600))
    rows = [row(n) for n in range(1, 18)]
    rows[14]["url"] = address(15, "down.example.org")
    rows[15]["url"] = address(16, "robots.example.org")
    batch = bring_in(write_list(tmp_path, rows), project=make_project(), source=make_source("K"))
    job = fetch()
    assert (job.state, job.error) == (Job.State.DONE, "")
    found = outcomes(batch)
    assert found[1] == ("added", "") or found[2] == ("added", "")
    assert {found[1][0], found[2][0]} == {"added", "duplicate"}
    assert found[8] == found[12] == ("added", "")
    refused = {n: rule for n, (state, rule) in found.items() if state == "refused"}
    assert refused == {10: "broken", 11: "too-small"}
    failed = {n: rule for n, (state, rule) in found.items() if state == "failed"}
    assert failed.pop(6) in {"incomplete", "reset"}
    assert failed.pop(15) in {"reset", "incomplete", "connect", "host-down"}
    assert failed.pop(17) in {"too-large", "not-a-picture", "encoded"}
    assert failed == {
        3: "http-404",
        4: "html",
        5: "html",
        7: "redirect-internal",
        9: "http-403",
        14: "empty",
        16: "robots",
    }
    counts = tally(batch)
    assert counts["rows"] == 17
    assert (counts["waiting"], counts["held"]) == (0, 0)
    for record in batch.records.filter(state="failed"):
        assert record.message and record.attempted_at
    assert batch.records.get(row=4).status_code == 404
    batch.refresh_from_db()
    assert batch.state == Batch.State.DONE
    assert Image.objects.count() == counts["added"] == 3
    assert not any((tmp_path / "var" / "fetch").iterdir())


def test_a_class_of_failures_can_be_tried_again(server: Server, fetch: Fetch, tmp_path: Path) -> None:
    server.on("/1.jpg", status(404))
    server.on("/2.jpg", status(403))
    batch = bring_in(write_list(tmp_path, [row(1), row(2)]), project=make_project(), source=make_source("K"))
    fetch()
    server.on("/1.jpg", picture(jpeg(1)))
    assert retry(batch, "http-404", None) == 1
    batch.refresh_from_db()
    assert batch.state == Batch.State.RUNNING
    fetch()
    assert outcomes(batch) == {1: ("added", ""), 2: ("failed", "http-403")}
    assert len(server.asked("/2.jpg")) == 1
    assert batch.records.get(row=2).attempts == 2
    with pytest.raises(Refused, match="nothing that failed by 'http-404'"):
        retry(batch, "http-404", None)


def test_an_unchanged_bad_picture_is_not_sent_again(server: Server, fetch: Fetch, tmp_path: Path) -> None:
    server.on("/1.jpg", picture(jpeg(1, side=20), etag='"small"'))
    batch = bring_in(write_list(tmp_path, [row(1)]), source=make_source("K"))
    fetch()
    assert outcomes(batch) == {1: ("refused", "too-small")}
    retry(batch, "too-small", None)
    fetch()
    assert outcomes(batch) == {1: ("refused", "too-small")}
    assert [asked.status for asked in server.asked("/1.jpg")] == [200, 304]
    assert "unchanged" in batch.records.get().message


def test_a_manifest_brings_the_pictures_it_names(server: Server, fetch: Fetch, tmp_path: Path) -> None:
    manifest = {
        "@context": "http://iiif.io/api/presentation/2/context.json",
        "@type": "sc:Manifest",
        "sequences": [
            {
                "canvases": [
                    {"images": [{"resource": {"@id": address(n), "@type": "dctypes:Image"}}]} for n in (1, 2)
                ]
            }
        ],
    }
    server.on("/m/manifest.json", page(json.dumps(manifest), "application/json"))
    for n in (1, 2):
        server.on(f"/{n}.jpg", picture(jpeg(n)))
    rows = [row(1, url="http://pictures.example.org/m/manifest.json") | {"format": "application/json"}]
    batch = bring_in(write_list(tmp_path, rows), project=make_project(), source=make_source("K"))
    assert batch.records.get().medium == MediaRecord.Medium.IIIF_MANIFEST
    fetch()
    states = Counter(batch.records.values_list("state", flat=True))
    assert states == {"expanded": 1, "added": 2}
    assert set(Image.objects.values_list("access_uri", flat=True)) == {address(1), address(2)}
    assert set(Image.objects.values_list("occurrence_id", flat=True)) == {"occurrence-1"}
    assert Image.objects.filter(records__parent__batch=batch).count() == 2


def test_a_stand_in_served_for_everything_is_taken_out_again(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    for n in range(1, 6):
        server.on(f"/{n}.jpg", picture(jpeg(99)))
    server.on("/6.jpg", picture(jpeg(6)))
    batch = bring_in(
        write_list(tmp_path, [row(n) for n in range(1, 7)]), project=make_project(), source=make_source("K")
    )
    fetch()
    assert Counter(outcomes(batch).values()) == {("failed", "hot-link"): 5, ("added", ""): 1}
    assert list(Image.objects.values_list("original_name", flat=True)) == ["6.jpg"]
    assert Candidate.objects.count() == 1


def test_whoever_asked_for_the_same_address_gets_the_picture_too(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    server.on("/1.jpg", picture(jpeg(1)))
    one, other = make_project(), make_project()
    source = make_source("K")
    bring_in(write_list(tmp_path, [row(1)], "one.tsv"), project=one, source=source)
    later = bring_in(write_list(tmp_path, [row(1)], "two.tsv"), project=other, source=source)
    fetch()
    assert Candidate.objects.filter(project=one).count() == 1
    assert Candidate.objects.filter(project=other).count() == 1
    assert later.records.get().image == Image.objects.get()
    assert len(server.asked("/1.jpg")) == 1


def test_without_a_contact_nothing_is_fetched_and_the_job_says_why(
    server: Server, fetch: Fetch, settings: object, tmp_path: Path
) -> None:
    settings.FETCH["contact"] = ""  # type: ignore[attr-defined]
    batch = bring_in(write_list(tmp_path, [row(1)]), source=make_source("K"))
    job = fetch()
    assert job.state == Job.State.FAILED
    assert "VASCULUM_FETCH_CONTACT" in job.error
    assert outcomes(batch) == {1: ("waiting", "")}
    assert not server.log
    assert wake() is None  # a person goes on


def test_hosts_are_remembered_with_what_was_set_for_them(
    server: Server, fetch: Fetch, tmp_path: Path
) -> None:
    Host.objects.create(name="slow.example.org", wait_seconds=0.3)
    for n in range(3):
        server.on(f"/{n}.jpg", picture(jpeg(n)))
    rows = [row(n, url=address(n, "slow.example.org")) for n in range(3)]
    bring_in(write_list(tmp_path, rows), source=make_source("K"))
    fetch()
    assert Image.objects.count() == 3
    assert min(server.gaps("slow.example.org")) >= 0.29
    host = Host.objects.get()
    assert host.last_request_at is not None
    assert (host.failures, host.wait_seconds) == (0, 0.3)


def test_a_wake_up_call_finds_what_was_forgotten(tmp_path: Path) -> None:
    assert wake() is None
    bring_in(write_list(tmp_path, [row(1)]), source=make_source("K"))
    job = wake()
    assert job is not None
    assert job.kind == Job.Kind.DOWNLOAD
    assert wake() is None  # it is under way
