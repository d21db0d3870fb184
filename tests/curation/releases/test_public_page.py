"""The public page of a release: closed it is not there, open it shows what it says and nothing else."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections import Counter
from html import unescape
from typing import Any

import pytest
import yaml
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import AuditEntry, Export, Image, Job, Release, ReleasePage, Role
from curation.selectors import citation
from curation.selectors.release_about import about
from curation.selectors.release_page import SHOWN, offered, sample
from curation.services import export as service
from curation.services.freeze import freeze
from curation.services.progress import NullProgress
from curation.services.release_page import save_page, set_public
from tests.curation.releases.conftest import AsRole, MakeGarden, text
from tests.factories import make_source, make_user

pytestmark = pytest.mark.django_db
WORDS = {
    "title": "Sheets, sorted",
    "summary": "First words.\n\nMore <words>.",
    "creators": "Royal Botanic Gardens, Kew\nB. Author",
    "publisher": "A repository",
    "doi": "https://doi.org/10.5061/dryad.abc",
}
PAGE = "/r/first/"


def finished(release: Release, format: str, **options: Any) -> Export:
    made = service.request_export(release, format, **options)
    assert made.job is not None
    result = service.run(made.job, NullProgress())
    Job.objects.filter(pk=made.job.pk).update(state="done", result=result)
    made.refresh_from_db()
    return made


def addresses(release: Release, export: Export) -> list[str]:
    """Every public address, of a picture that is shown and of a file that is offered."""
    shown = next(row for rows in sample(release, ["class-a"]).values() for row in rows)
    return [
        PAGE,
        f"{PAGE}CITATION.cff",
        f"{PAGE}CITATION.bib",
        f"{PAGE}pictures/{shown.sha256}.webp",
        f"{PAGE}exports/{export.pk}/files/README.md",
        f"{PAGE}exports/{export.pk}/all.zip",
    ]


def with_thumbs(release: Release) -> None:
    for member in release.members.all():
        default_storage.save(
            Image(sha256=member.sha256).file_name("thumb"), ContentFile(b"RIFF-" + member.sha256.encode())
        )


@pytest.fixture
def opened(export: Export) -> Export:
    """The dryad export of a release whose page is open."""
    with_thumbs(export.release)
    set_public(make_user("admin"), export.release, True)
    return export


def test_a_closed_page_is_not_there(export: Export, as_role: AsRole) -> None:
    with_thumbs(export.release)
    for role in ["", *Role.values]:
        client = as_role(role)
        for url in addresses(export.release, export):
            assert client.get(url).status_code == 404, f"{role or 'stranger'} at {url}"
            assert client.get(url.replace("first", "none")).status_code == 404
    assert ReleasePage.objects.count() == 0


def test_an_open_page_is_there_for_everyone_and_closes_again(opened: Export, as_role: AsRole) -> None:
    for role in ["", "reader", "admin"]:
        for url in addresses(opened.release, opened):
            response = as_role(role).get(url)
            assert response.status_code == 200, f"{role or 'stranger'} at {url}"
            assert "public" in response["Cache-Control"], url
            assert "Set-Cookie" not in response.headers and not response.cookies, url
            assert as_role(role).post(url).status_code == 405
    set_public(make_user("admin"), opened.release, False)
    for url in addresses(opened.release, opened):
        assert as_role("").get(url).status_code == 404, url


def test_an_open_page_opens_no_other_door(opened: Export, as_role: AsRole) -> None:
    """What strangers were refused before they are refused still."""
    stranger, name, pk = as_role(""), opened.release.name, opened.pk
    shown = sample(opened.release, ["class-a"])["class-a"][0]
    for url in (
        reverse("release", args=[name]),
        reverse("release_members", args=[name]),
        reverse("manifest", args=[name]),
        reverse("crosstab", args=[name, "tsv"]),
        reverse("export", args=[pk]),
        reverse("export_file", args=[pk, "README.md"]),
        reverse("export_bundle", args=[pk]),
        reverse("picture", args=["thumb", shown.sha256, "webp"]),
        reverse("image", args=[shown.sha256]),
        reverse("release_page", args=[name]),
        reverse("release_page_preview", args=[name]),
        reverse("release_page_open", args=[name]),
        reverse("release_page_close", args=[name]),
    ):
        response = stranger.get(url)
        assert response.status_code == 302 and response["Location"].startswith(reverse("login")), url
    for role in ("reader", "curator", "lead"):
        for word in ("release_page", "release_page_preview", "release_page_open", "release_page_close"):
            assert as_role(role).get(reverse(word, args=[name])).status_code == 403
            assert as_role(role).post(reverse(word, args=[name])).status_code in {403, 405}


def test_only_pictures_of_the_page_are_served(
    opened: Export, make_garden: MakeGarden, as_role: AsRole
) -> None:
    """Pictures that the page does not show stay behind the sign-in, and so do those of other releases."""
    garden = make_garden(1, key="many")
    garden.fill(12, licence="CC0-1.0")
    many = freeze(garden.project, seed=1, name="many", train=10, test=1, validate=1)
    with_thumbs(many)
    stranger, admin = as_role(""), make_user("admin")
    set_public(admin, many, True)
    page = text(stranger, "/r/many/")
    shown = set(re.findall(r"/r/many/pictures/([0-9a-f]{64})\.webp", page))
    assert len(shown) == SHOWN
    for member in many.members.all():
        response = stranger.get(f"/r/many/pictures/{member.sha256}.webp")
        if member.sha256 in shown:
            content = b"".join(response)  # type: ignore[arg-type]
            assert response.status_code == 200 and content == b"RIFF-" + member.sha256.encode()
            assert response["Content-Type"] == "image/webp"
        else:
            assert response.status_code == 404
        assert stranger.get(f"/r/first/pictures/{member.sha256}.webp").status_code == 404
    [some, *_] = shown
    etag = stranger.get(f"/r/many/pictures/{some}.webp")["ETag"]
    assert stranger.get(f"/r/many/pictures/{some}.webp", headers={"If-None-Match": etag}).status_code == 304
    assert stranger.get("/r/many/pictures/..%2f..%2fsecret.webp").status_code == 404
    assert stranger.get(f"/r/many/pictures/{'0' * 64}.webp").status_code == 404


def test_the_same_pictures_are_shown_each_time_and_of_every_class(make_garden: MakeGarden) -> None:
    garden = make_garden(3)
    garden.fill(20)
    release = freeze(garden.project, seed=1, train=18, test=1, validate=1)
    slugs = ["class-a", "class-b", "class-c"]
    first = {slug: [row.sha256 for row in rows] for slug, rows in sample(release, slugs).items()}
    assert {slug: len(set(rows)) for slug, rows in first.items()} == dict.fromkeys(slugs, SHOWN)
    for slug, rows in first.items():
        assert release.members.filter(sha256__in=rows, category=slug).count() == SHOWN
    assert first == {
        slug: [row.sha256 for row in rows] for slug, rows in sample(release, reversed(slugs)).items()
    }
    # Another seed shows others: nobody chooses them.
    other = freeze(garden.project, seed=2, name="other", train=18, test=1, validate=1)
    assert first != {slug: [row.sha256 for row in rows] for slug, rows in sample(other, slugs).items()}


def test_every_picture_has_its_credit(release: Release, as_role: AsRole) -> None:
    set_public(make_user("admin"), release, True)
    page = text(as_role(""), PAGE)
    assert page.count('class="credit"') == 15
    for member in release.members.all():
        credit = unescape(
            re.search(rf'{member.sha256}\.webp.*?class="credit">(.*?)</p>', page, re.DOTALL)[1]  # type: ignore[index]
        )
        for said in (member.catalog_number, member.rights_holder, member.source):
            assert said in credit
        assert (
            f'<a class="nowrap" href="{member.licence_url}" rel="license noreferrer">{member.licence}</a>'
            in credit
        )


def test_addresses_that_are_no_web_pages_are_no_links(make_garden: MakeGarden, as_role: AsRole) -> None:
    garden = make_garden(1, key="flora")
    [label] = garden.classes
    for n, address in enumerate(("javascript:alert(1)", "data:text/html,x", "https://example.org/2")):
        garden.plant(
            label, further_information_url=address, catalog_number=f"N{n}", rights_holder="<script>x</script>"
        )
    release = freeze(garden.project, seed=1, name="first", train=1, test=1, validate=1)
    set_public(make_user("admin"), release, True)
    page = text(as_role(""), PAGE)
    assert "javascript:" not in page and "data:text" not in page and "<script" not in page
    assert '<a href="https://example.org/2" rel="noreferrer">N2</a>' in page


def test_the_page_says_what_is_in_the_release(opened: Export, as_role: AsRole) -> None:
    save_page(make_user("admin"), opened.release, **WORDS | {"creators": WORDS["creators"].split("\n")})  # type: ignore[arg-type]
    page = text(as_role(""), PAGE)
    assert page.count("<h1") == 1 and "<h1>Sheets, sorted</h1>" in page
    assert "<title>Sheets, sorted · Vasculum</title>" in page and "noindex" not in page
    assert "15 pictures in 3 classes. They come from 3 sources, each with its licence." in page
    assert "9 to train, 3 to test, 3 to validate" in page
    assert "<p>First words.</p>" in page and "More &lt;words&gt;." in page
    assert '<a href="https://doi.org/10.5061/dryad.abc">10.5061/dryad.abc</a>' in page
    assert opened.release.manifest_sha256 in page
    for licence, n in Counter(opened.release.members.values_list("licence", flat=True)).items():
        row = re.search(rf">{licence}</a></th>.*?<td class=\"num\">(\d+)</td>", page)
        assert row is not None and int(row[1]) == n
    assert "<b>S1</b> Source S1" in page and '<table class="data crosstab">' in page
    assert "/releases/" not in page and "/pictures/thumb/" not in page
    assert "drawn by software" not in page
    year = opened.release.created_at.year
    assert (
        f"Royal Botanic Gardens, Kew; B. Author ({year}). Sheets, sorted. Version first [Data set]. "
        "A repository. https://doi.org/10.5061/dryad.abc"
    ) in page


def test_pictures_drawn_by_software_are_said_to_be(make_garden: MakeGarden, as_role: AsRole) -> None:
    garden = make_garden(1, key="flora")
    make_source("DRAWN", kind="synthetic")
    garden.fill(3, source="DRAWN")
    release = freeze(garden.project, seed=1, name="first", train=1, test=1, validate=1)
    set_public(make_user("admin"), release, True)
    assert "3 of these pictures are drawn by software" in text(as_role(""), PAGE)


def test_downloads_have_sizes_and_checksums_and_are_what_they_say(opened: Export, as_role: AsRole) -> None:
    stranger = as_role("")
    page = text(stranger, PAGE)
    for file in opened.files:
        url = f"{PAGE}exports/{opened.pk}/files/{file['name']}"
        assert f'href="{url}"' in page and file["sha256"] in page
        content = b"".join(stranger.get(url))  # type: ignore[arg-type]
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
    whole = b"".join(stranger.get(f"{PAGE}exports/{opened.pk}/all.zip"))  # type: ignore[arg-type]
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None and len(archive.namelist()) == len(opened.files)
    for path in ("none.txt", "../secret.txt", "..%2f..%2fsecret", "%2fetc%2fpasswd"):
        assert stranger.get(f"{PAGE}exports/{opened.pk}/files/{path}").status_code == 404


def test_files_in_folders_are_counted_and_come_along(release: Release, as_role: AsRole) -> None:
    export = finished(release, "imagefolder")
    set_public(make_user("admin"), release, True)
    [one] = offered(release)
    inner = [file for file in export.files if "/" in file["name"]]
    assert (one.inside, one.bytes) == (len(inner), sum(file["bytes"] for file in export.files))
    assert one.files == [file for file in export.files if "/" not in file["name"]]
    page = text(as_role(""), PAGE)
    assert f"{len(inner)} more files in folders are in the ZIP" in page
    assert not any(file["sha256"] in page for file in inner)
    url = f"{PAGE}exports/{export.pk}/files/{inner[0]['name']}"
    content = b"".join(as_role("").get(url))  # type: ignore[arg-type]
    assert hashlib.sha256(content).hexdigest() == inner[0]["sha256"]


def test_what_is_not_offered(opened: Export, make_garden: MakeGarden, as_role: AsRole) -> None:
    """Unfinished and faulty exports, older ones of the same kind, votes and decisions, other releases'."""
    release, stranger = opened.release, as_role("")
    newer = finished(release, "dryad", acknowledged=True)
    part = finished(release, "dryad", licences=["CC0-1.0"])
    waiting = service.request_export(release, "tfrecord")
    votes = Export.objects.create(
        release=release,
        format="labels",
        finished_at=newer.finished_at,
        files=newer.files,
        folder=newer.folder,
        job=Job.objects.create(kind="export", title="Votes", result={"verified": {"ok": True}}),
    )
    garden = make_garden(1, key="other")
    garden.fill(3, files=True)
    foreign = finished(
        freeze(garden.project, seed=1, train=1, test=1, validate=1), "dryad", acknowledged=True
    )
    assert [one.export.pk for one in offered(release)] == [newer.pk, part.pk]
    for closed in (opened, waiting, votes, foreign):
        for path in ("all.zip", "files/README.md"):
            assert stranger.get(f"{PAGE}exports/{closed.pk}/{path}").status_code == 404
    # A check that finds a fault takes an export from the page; the one before it steps in.
    check = service.request_verify(newer)
    Job.objects.filter(pk=check.pk).update(state="done", result={"verified": {"ok": False}})
    assert [one.export.pk for one in offered(release)] == [opened.pk, part.pk]
    assert stranger.get(f"{PAGE}exports/{newer.pk}/all.zip").status_code == 404


def test_citations_can_be_read_by_machines(opened: Export, as_role: AsRole) -> None:
    release = opened.release
    words = {
        "title": "50 % of “leaves” & more_{x}",
        "creators": ["Royal Gardens, Kew", "B: Author"],
        "doi": "10.5061/x",
    }
    save_page(make_user("admin"), release, **words, summary="One: two\nthree", publisher="R & D")  # type: ignore[arg-type]
    found = yaml.safe_load(text(as_role(""), f"{PAGE}CITATION.cff"))
    assert found["cff-version"] == "1.2.0" and found["type"] == "dataset"
    assert found["title"] == words["title"] and found["abstract"] == "One: two\nthree"
    assert found["authors"] == [{"name": "Royal Gardens, Kew"}, {"name": "B: Author"}]
    assert (found["doi"], found["version"]) == ("10.5061/x", "first")
    assert found["url"] == "http://testserver/r/first/"
    assert f"{found['date-released']}" == f"{release.created_at:%Y-%m-%d}"
    assert found["identifiers"][0]["value"] == f"sha256:{release.manifest_sha256}"
    bib = text(as_role(""), f"{PAGE}CITATION.bib")
    assert bib.startswith("@misc{first,\n") and bib.endswith("}\n")
    assert "author    = {{Royal Gardens, Kew} and {B: Author}}," in bib
    assert r"title     = {{50 \% of “leaves” \& more\_\{x\}}}," in bib
    assert r"publisher = {R \& D}," in bib
    assert as_role("").get(f"{PAGE}CITATION.txt").status_code == 404


def test_without_creators_the_sources_are_named_where_somebody_must_be(release: Release) -> None:
    said = about(release)
    assert citation.as_text(release, said, "https://a.example/r/first/") == (
        f"Test project: first. Version first [Data set]. ({release.created_at.year}). https://a.example/r/first/"
    )
    found = yaml.safe_load(citation.as_cff(release, said, "https://a.example/"))
    assert [each["name"] for each in found["authors"]] == ["Source S0", "Source S1", "Source S2"]
    assert "author" not in citation.as_bibtex(release, said, "https://a.example/")


def test_the_words_are_written_looked_at_opened_and_closed(export: Export, as_role: AsRole) -> None:
    client, stranger = as_role("admin"), as_role("")
    edit = reverse("release_page", args=["first"])
    assert "It is closed" in text(client, edit)
    assert "Public page" in text(client, reverse("release", args=["first"]))
    response = client.post(edit, WORDS | {"look": "yes"}, follow=True)
    preview = response.content.decode()
    assert response.redirect_chain[-1][0] == reverse("release_page_preview", args=["first"])
    assert "<h1>Sheets, sorted</h1>" in preview and "noindex" in preview
    assert "Nobody but admins sees this page yet." in preview and "/pictures/thumb/" in preview
    assert f"/exports/{export.pk}/all.zip" in preview and "/r/first/exports/" not in preview
    page = ReleasePage.objects.get()
    assert page.creators == ["Royal Botanic Gardens, Kew", "B. Author"]
    assert (page.doi, page.is_public, str(page.updated_by)) == (
        "10.5061/dryad.abc",
        False,
        str(response.wsgi_request.user),
    )
    assert stranger.get(PAGE).status_code == 404
    question = text(client, reverse("release_page_open", args=["first"]))
    assert "15 of 15 are shown" in question and "Dryad archive" in question
    assert stranger.get(PAGE).status_code == 404
    client.post(reverse("release_page_open", args=["first"]))
    assert stranger.get(PAGE).status_code == 200
    assert "Everyone sees this page." in text(client, reverse("release_page_preview", args=["first"]))
    assert PAGE in text(as_role("reader"), reverse("release", args=["first"]))
    client.post(reverse("release_page_open", args=["first"]))  # again: nothing new
    text(client, reverse("release_page_close", args=["first"]))
    assert stranger.get(PAGE).status_code == 200
    client.post(reverse("release_page_close", args=["first"]))
    assert stranger.get(PAGE).status_code == 404
    assert list(
        AuditEntry.objects.filter(action__startswith="release.", subject="first")
        .exclude(action__in=["release.export", "release.freeze"])
        .order_by("pk")
        .values_list("action", flat=True)
    ) == ["release.page", "release.open", "release.close"]
    written = AuditEntry.objects.get(action="release.page").detail
    assert written["before"]["title"] == "" and written["after"]["title"] == "Sheets, sorted"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"doi": "none yet"}, "none yet is not a DOI"),
        ({"title": "x" * 301}, "301 characters are too many: at most 300"),
        ({"creators": "A\nB\nA"}, "A is named twice"),
        ({"creators": "\n".join(map(str, range(201)))}, "201 creators are more than the 200"),
        ({"summary": "x" * 5001}, "5001 characters are too many"),
    ],
)
def test_words_that_are_refused(
    release: Release, as_role: AsRole, changed: dict[str, str], message: str
) -> None:
    response = as_role("admin").post(reverse("release_page", args=["first"]), WORDS | changed)
    assert response.status_code == 400
    page = unescape(response.content.decode())
    assert message in page
    assert "Royal Botanic Gardens, Kew" in page or "creators" in changed  # nothing typed is lost
    assert not ReleasePage.objects.exists()


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as found:
        response = client.get(url)
        if response.streaming:
            b"".join(response)  # type: ignore[arg-type]
    assert response.status_code == 200
    return len(found)


def test_queries_do_not_grow(make_garden: MakeGarden, as_role: AsRole) -> None:
    counts = []
    for key, classes, each in (("one", 2, 3), ("two", 7, 9)):
        garden = make_garden(classes, key=key)
        garden.fill(each, files=True)
        release = freeze(garden.project, seed=1, name=key, train=each - 2, test=1, validate=1)
        with_thumbs(release)
        for licence in ["CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0"][: classes // 2]:
            finished(release, "dryad", licences=[licence], acknowledged=True)
        set_public(make_user("admin"), release, True)
        shown = sample(release, ["class-a"])["class-a"][0].sha256
        cache.delete(f"release-counts:{release.manifest_sha256}")
        page = f"/r/{key}/"
        pages = [page, page, f"{page}pictures/{shown}.webp", f"{page}CITATION.cff"]
        counts.append([queries(as_role(""), url) for url in pages])
    assert counts[0] == counts[1]
    first, second, picture, _cff = counts[0]
    assert first <= 7 and second == first - 1  # what never changes is counted once
    assert picture <= 3


def test_counts_of_two_releases_are_kept_apart(make_garden: MakeGarden, as_role: AsRole) -> None:
    for key, each in (("one", 3), ("two", 5)):
        garden = make_garden(1, key=key)
        garden.fill(each)
        release = freeze(garden.project, seed=1, name=key, train=each - 2, test=1, validate=1)
        set_public(make_user("admin"), release, True)
    for _time in range(2):
        assert "3 pictures of 1 class." in text(as_role(""), "/r/one/")
        assert "5 pictures of 1 class." in text(as_role(""), "/r/two/")
