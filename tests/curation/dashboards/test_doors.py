"""Every number on every page of figures leads to its rows, and to as many as it says."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from curation.models import Candidate, Evaluation, Job, Run, Vote
from curation.services.agreement import request_agreement
from tests.curation.dashboards.conftest import ClientOf, Figures, say
from tests.factories import decide, make_candidate, make_image, make_prediction, make_project, make_source
from tests.run_rows import metrics, report, write_folder

pytestmark = pytest.mark.django_db
SECTION = re.compile(r'<section class="figures-panel" id="([^"]+)".*?</section>', re.S)
ROW = re.compile(r"<tr>(.*?)</tr>", re.S)
CELL = re.compile(r"<t[dh]([^>]*)>(.*?)</t[dh]>", re.S)
LINK = re.compile(r'<a href="([^"]+)">(.*?)</a>', re.S)
SENTENCE = re.compile(r'<p class="(?:lead|figures-words)">(.*?)</p>', re.S)
# How many rows the page behind a number says that it has.
COUNTS = [
    (re.compile(r"^/dashboards/pictures/"), re.compile(r"<h1>([\d,]+) pictures?</h1>")),
    (re.compile(r"^/dashboards/votes/"), re.compile(r"<h1>([\d,]+) votes?</h1>")),
    (re.compile(r"^/dashboards/records/"), re.compile(r"<h1>([\d,]+) records?</h1>")),
    (re.compile(r"/(candidates|members)/"), re.compile(r"<h1>([\d,]+) pictures?</h1>")),
    (re.compile(r"^/projects/[^/]+/votes/"), re.compile(r"<caption>([\d,]+) votes?</caption>")),
]
NOT_THERE = {"Missing"}  # columns of what does not exist


class Number(NamedTuple):
    where: str
    shown: str
    url: str


def numbers(page: str) -> Iterator[Number]:
    """All numbers but 0, in tables by panel and column, and in sentences."""
    for section in SECTION.finditer(page):
        rows = [CELL.findall(row) for row in ROW.findall(section[0])]
        titles = [text for _attributes, text in rows[0]] if rows else []
        for row in rows[1:]:
            for title, (attributes, text) in zip(titles, row, strict=True):
                if "num" in attributes and title not in NOT_THERE:
                    yield from _number(f"{section[1]}: {row[0][1]}: {title}", text)
    for text in SENTENCE.findall(page):
        yield from (Number(text, shown, unescape(url)) for url, shown in LINK.findall(text))
        for left in re.findall(r"[1-9][\d,]*", LINK.sub("", text)):
            yield Number(text, left, "")


def _number(where: str, text: str) -> Iterator[Number]:
    link = LINK.fullmatch(text)
    shown = link[2] if link else text
    if re.search(r"[1-9]", shown):
        yield Number(where, shown, unescape(link[1]) if link else "")


@pytest.fixture
def all_kinds(site: Figures) -> Figures:
    """The site, with what it lacks: a flagged picture, one without a suggestion, one of two projects in two
    batches, votes taken back, decisions of other days, an evaluation, measured agreement."""
    from curation.services.job_runners import runner_for
    from curation.services.progress import NullProgress

    lead, curator = site.people["lead"], site.people["curator"]
    flagged = make_candidate(site.project, make_image(source=site.museum, batch=site.batch))
    Candidate.objects.filter(pk=flagged.pk).update(state="flagged")
    taken = say(curator, site.rows[4], site.label("A"))
    Vote.objects.create(id=uuid.uuid4(), candidate=site.rows[4], user=curator, kind="undo", undoes=taken)
    elsewhere = site.other.classes.order_by("index").first()
    assert elsewhere is not None
    decide(make_candidate(site.other, site.rows[5].image), elsewhere, site.people["other"])
    third = make_project(classes=2, key="third")
    make_prediction(make_candidate(third, site.rows[0].image), site.model, [0.4, 0.6])
    make_candidate(third, make_image(source=make_source("MORE"), licence="CC-BY-NC-4.0"))
    Candidate.objects.filter(pk=site.rows[2].pk).update(created_at=timezone.now() - timedelta(days=9))
    _evaluated(site)
    job = request_agreement(site.project, lead)
    runner_for(job.kind)(job, NullProgress())
    return site


def _evaluated(site: Figures) -> None:
    """The model was measured on the training part of the release: a picture of each class."""
    release = site.project.releases.get()
    folder = Path(settings.RUNS_DIR) / "measured"
    if not folder.exists():
        write_folder(folder, metrics(1, 1))
    job = Job.objects.create(kind="evaluate", title="Measure", state="done", finished_at=timezone.now())
    run = Run.objects.create(
        name="measured", folder="measured", kind="evaluate", job=job, project=site.project, release=release,
        data_sha256=release.manifest_sha256, started_from=site.model,
    )  # fmt: skip
    found = report([label.name for label in site.project.classes.order_by("index")])
    found["classification"]["pictures"] = 2
    Evaluation.objects.create(
        model=site.model, release=release, split="train", metrics=found, folder=run.folder, run=run
    )


def places(site: Figures, kind: str) -> list[str]:
    """Pages of a kind, of all projects and of one, with and without filters of every sort."""
    week = f"from={timezone.localdate() - timedelta(days=3)}"
    page = {
        "figures": "/dashboards/",
        "project": "/dashboards/projects/flora/",
        "class": "/dashboards/projects/flora/classes/class-b/",
        "source": "/dashboards/sources/HERB+1/",
        "batch": f"/dashboards/batches/{site.batch.pk}/",
        "reviewer": "/dashboards/reviewers/the-other/",
        "model": "/dashboards/models/net/",
    }[kind]
    asked = {
        "figures": [""],
        "project": ["", "?source=HERB%2B1", f"?source=MUS&{week}&by=day"],
        "class": ["", "?source=HERB%2B1"],
        "source": ["", "?project=flora&class=class-b", f"?{week}"],
        "batch": ["", f"?project=flora&source=HERB%2B1&{week}"],
        "reviewer": ["", f"?project=flora&{week}", "?source=MUS"],
        "model": ["", f"?project=flora&class=class-b&{week}"],
    }[kind]
    return [page + query for query in asked]


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        *(("figures", 30), ("project", 120), ("class", 40), ("source", 80), ("batch", 80)),
        *(("reviewer", 60), ("model", 60)),
    ],
)
def test_every_number_leads_to_as_many_rows(
    client_of: ClientOf, all_kinds: Figures, kind: str, least: int
) -> None:
    """Each door of each page is opened, for a lead; what is wrong is collected."""
    client = client_of("lead")
    wrong: list[str] = []
    opened: dict[str, str | None] = {}
    looked = 0
    for place in places(all_kinds, kind):
        page = _page(client, place)
        keys = [section[1] for section in SECTION.finditer(page)]
        assert keys and len(set(keys)) == len(keys), "each panel has a name and a file of its own"
        for where, shown, url in numbers(page):
            looked += 1
            if not url:
                wrong.append(f"{place}: {where}: {shown} has no door")
                continue
            if url not in opened:
                opened[url] = _rows_behind(client, url)
            if opened[url] not in (None, shown) and re.fullmatch(r"[\d,]+", shown):
                wrong.append(f"{place}: {where}: {shown} leads to {opened[url]}: {url}")
    assert not wrong, "\n".join(wrong)
    assert looked >= least, looked


@pytest.mark.parametrize("kind", ["project", "model"])
def test_the_file_of_a_table_has_the_numbers_of_the_page(
    client_of: ClientOf, all_kinds: Figures, kind: str
) -> None:
    client = client_of("lead")
    place = places(all_kinds, kind)[0]
    tables = list(SECTION.finditer(_page(client, place)))
    assert len(tables) >= 5
    for section in tables:
        response: Any = client.get(f"{place}tables/{section[1]}.csv")
        lines = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))
        shown = [CELL.findall(row) for row in ROW.findall(section[0])]
        assert len(lines) == len(shown) > 1 or "<table" not in section[0], section[1]
        for line, cells in zip(lines[1:], shown[1:], strict=True):
            for value, (attributes, text) in zip(line, cells, strict=True):
                if "num" in attributes:
                    number = re.sub("<[^>]+>", "", text).replace(",", "")
                    assert number in _as_shown(value), (section[1], line, text)


def _as_shown(value: str) -> set[str]:
    """A value of a file as a page may write it: a whole number, a share, a figure, or nothing."""
    if value == "":
        return {"–"}
    return {value, f"{float(value) * 100:.1f} %", f"{float(value):.2f}"}


def _page(client: Client, place: str) -> str:
    response = client.get(place)
    assert response.status_code == 200, (place, response.status_code)
    return str(response.content.decode())


def _rows_behind(client: Client, url: str) -> str | None:
    """The number of rows that a page of rows says, none for the page of something else."""
    page = _page(client, url)
    for address, count in COUNTS:
        if address.search(url):
            found = count.search(page)
            return found[1] if found else f"a page without a number: {url}"
    return None


def test_a_curator_has_doors_to_their_own_votes_alone(client_of: ClientOf, all_kinds: Figures) -> None:
    client = client_of("other")
    for where, _shown, url in numbers(_page(client, "/dashboards/sources/HERB+1/")):
        of_colleagues = where.startswith("series") and where.endswith("Votes")
        assert bool(url) != of_colleagues, where
    own = {url for _where, _shown, url in numbers(_page(client, "/dashboards/reviewers/the-other/"))}
    assert "" not in own
    for url in own:
        if "/votes/" in url or "/members/" in url:
            assert client.get(url).status_code == 200, url
    for place in ("/dashboards/pictures/?reviewer=the-lead", "/dashboards/votes/?reviewer=the-curator"):
        assert client.get(place).status_code == 403
    assert client_of("reader").get("/dashboards/pictures/?reviewer=the-other").status_code == 403
    assert client_of("reader").get("/dashboards/votes/").status_code == 403
    release = "/releases/flora-1/members/?reviewer="
    assert client.get(f"{release}the-other").status_code == 200
    assert client.get(f"{release}the-curator").status_code == 400
    mine = Vote.objects.filter(user=all_kinds.people["other"], kind="label").count()
    assert f"<h1>{mine} votes</h1>" in _page(client, "/dashboards/votes/")
