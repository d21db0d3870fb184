"""What the pages of figures count, and that every number leads to as many rows."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from curation.models import Batch, Candidate, Image, Licence, User
from curation.selectors.dashboards.scope import Scope
from curation.selectors.dashboards.series import periods
from curation.services.agreement import request_agreement
from tests.curation.dashboards.conftest import ClientOf, Figures, record, say
from tests.factories import decide, make_candidate, make_image, make_source

pytestmark = pytest.mark.django_db
SOURCE = "/dashboards/sources/HERB+1/"


def body(response: Any) -> str:
    assert response.status_code == 200, (response.status_code, response.content[:2000])
    return str(response.content.decode())


def table(client: Any, place: str, key: str) -> list[dict[str, str]]:
    """A table of a page, from its file."""
    place, _, query = place.partition("?")
    response = client.get(f"{place}tables/{key}.csv?{query}")
    assert response.status_code == 200 and response["Content-Type"].startswith("text/csv")
    text = b"".join(response.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def by(rows: list[dict[str, str]], name: str) -> dict[str, dict[str, str]]:
    return {row[name]: row for row in rows}


def test_states_classes_and_licences(client_of: ClientOf, site: Figures) -> None:
    client = client_of("reader")
    sources = by(table(client, "/dashboards/projects/flora/", "sources"), "source")
    names = ("open", "decided", "disputed", "total")
    assert {code: tuple(row[name] for name in names) for code, row in sources.items()} == {
        "HERB+1": ("2", "3", "0", "5"),
        "MUS": ("0", "2", "1", "3"),
        "total": ("2", "5", "1", "8"),
    }
    classes = by(table(client, "/dashboards/projects/flora/", "classes"), "class")
    assert (classes["class-a"]["decided"], classes["class-a"]["open"]) == ("4", "0")
    assert (classes["class-b"]["decided"], classes["class-b"]["open"]) == ("1", "2")
    licences = by(table(client, "/dashboards/projects/flora/", "licences"), "licence")
    assert licences["CC0-1.0"]["total"] == "5" and licences["CC-BY-4.0"]["total"] == "3"
    projects = by(table(client, SOURCE, "projects"), "project")
    assert (projects["flora"]["total"], projects["state"]["total"]) == ("5", "1")
    assert "5 of 8 pictures are decided; 2 wait for review and 1 for a lead curator." in strip_tags(
        body(client.get("/dashboards/projects/flora/"))
    )


def test_releases_downloads_and_agreement(client_of: ClientOf, site: Figures) -> None:
    client = client_of("reader")
    [whole] = table(client, "/dashboards/projects/flora/", "releases")
    assert (whole["release"], whole["total"]) == ("flora-1", "2")
    why = {(row["why"], row["rule"]): row["records"] for row in table(client, SOURCE, "downloads")}
    assert why[("failed", "http-404")] == "2" and why[("failed", "timeout")] == "1"
    assert why[("waiting", "")] == "2", "why the last try failed is no reason to wait"
    assert why[("total", "")] == "5"
    assert "3 of 5 records could not be downloaded." in strip_tags(body(client.get(SOURCE)))
    out = by(table(client, f"{SOURCE}?project=flora", "agreement"), "outcome")
    assert {name: row["pictures"] for name, row in out.items()} == {
        "votes": "1",
        "adjudicated": "1",
        "total": "2",
    }
    assert "In 33.3 % of the pictures judged more than once" in strip_tags(
        body(client.get("/dashboards/projects/flora/"))
    ), "the disputed one differs, too"


def test_time_counts_what_happened_on_the_days_asked_for(client_of: ClientOf, site: Figures) -> None:
    client = client_of("lead")
    today = timezone.localdate()
    week = f"from={today - timedelta(days=6)}&to={today}"
    rows = table(client, f"/dashboards/projects/flora/?{week}", "series")
    assert len(rows) == 8 and rows[-2]["from"] == today.isoformat()
    assert (rows[-2]["added"], rows[-2]["decided"], rows[-2]["votes"]) == ("8", "5", "7")
    old = Candidate.objects.filter(pk__in=[site.rows[2].pk, site.rows[3].pk])
    old.update(created_at=timezone.now() - timedelta(days=3))
    days = by(table(client, f"/dashboards/projects/flora/?{week}", "series"), "from")
    assert days[str(today - timedelta(days=3))]["added"] == "2" and days[str(today)]["added"] == "6"
    assert days[str(today)]["decided"] == "5", "by the day of the decision"
    later = table(client, f"/dashboards/projects/flora/?from={today}", "sources")
    assert by(later, "source")["total"]["total"] == "6", "two came in before"


def test_weeks_begin_on_mondays_and_end_with_what_is_asked_for(site: Figures) -> None:
    from datetime import date

    scope = Scope(site.people["lead"], since=date(2026, 1, 1), until=date(2026, 1, 13), step="week")
    assert periods(scope) == [
        (date(2026, 1, 1), date(2026, 1, 4)),
        (date(2026, 1, 5), date(2026, 1, 11)),
        (date(2026, 1, 12), date(2026, 1, 13)),
    ]


def test_what_a_person_said_and_how_it_was_decided(client_of: ClientOf, site: Figures) -> None:
    rows = by(table(client_of("other"), "/dashboards/reviewers/the-other/", "said"), "class")
    # Said A and B of two that are decided as A, B of one decided as B.
    assert (rows["class-a"]["votes"], rows["class-a"]["same"]) == ("1", "1")
    assert (rows["class-b"]["votes"], rows["class-b"]["decided"], rows["class-b"]["same"]) == ("2", "2", "1")


def test_what_a_model_said_and_how_it_was_decided(client_of: ClientOf, site: Figures) -> None:
    rows = by(table(client_of("reader"), "/dashboards/models/net/", "predicted"), "class")
    found = {slug: (row["predicted"], row["decided"], row["same"]) for slug, row in rows.items()}
    assert found["class-a"] == ("4", "3", "3") and found["class-b"] == ("4", "2", "1")
    assert float(rows["total"]["share"]) == 0.8


def test_alpha_is_there_for_leads_once_it_was_measured(
    client_of: ClientOf, site: Figures, django_capture_on_commit_callbacks: Any
) -> None:
    from curation.services.job_runners import runner_for
    from curation.services.progress import NullProgress

    page = body(client_of("lead").get("/dashboards/projects/flora/"))
    assert "Agreement has not been measured yet." in page
    job = request_agreement(site.project, site.people["lead"])
    runner_for(job.kind)(job, NullProgress())
    rows = by(table(client_of("lead"), "/dashboards/projects/flora/", "alpha"), "class")
    assert rows["class-a"]["votes"] != ""
    assert client_of("curator").get("/dashboards/projects/flora/tables/alpha.csv").status_code == 404


def test_the_row_of_a_candidate_follows_its_picture_and_its_decision(site: Figures) -> None:
    """Triggers of migrations 0014 and 0017, whoever writes."""
    row = site.rows[3]
    assert (row.decided_at, row.settled, row.licence) == (None, "", row.image.licence)
    decide(row, site.label("B"), site.people["curator"])
    row.refresh_from_db()
    assert row.decision is not None
    assert (row.decided_at, row.settled) == (row.decision.created_at, "votes")
    Candidate.objects.filter(pk=row.pk).update(state="open", label=None, decision=None)
    row.refresh_from_db()
    assert (row.decided_at, row.settled) == (None, "")
    Image.objects.filter(pk=row.image_id).update(licence=Licence.objects.get(code="CC-BY"))
    row.refresh_from_db()
    assert row.licence == Licence.objects.get(code="CC-BY")
    assert row.batch == row.image.batch == site.batch
    other = Batch.objects.create(origin="another")
    Image.objects.filter(pk=row.image_id).update(batch=other)
    row.refresh_from_db()
    assert row.batch == other


@pytest.mark.parametrize(
    "place",
    [
        *("/dashboards/", "/dashboards/projects/flora/", "/dashboards/projects/flora/classes/class-a/"),
        *(SOURCE, f"{SOURCE}card/", "/dashboards/models/net/", "/dashboards/reviewers/the-curator/"),
        *(
            "/dashboards/batches/BATCH/",
            "/dashboards/pictures/",
            "/dashboards/votes/",
            "/dashboards/records/",
        ),
    ],
)
def test_more_rows_cost_no_more_queries(client_of: ClientOf, site: Figures, place: str) -> None:
    place = place.replace("BATCH", str(site.batch.pk))
    client = client_of("lead")
    record(site, site.herbarium, "failed", "has-no-words")

    def queries() -> int:
        client.get(place)  # what is kept of releases is there then
        with CaptureQueriesContext(connection) as captured:
            body(client.get(place))
        return len(captured)

    before = queries()
    for number in range(10):  # more than three times as many rows of each kind
        source = make_source(f"MORE{number}")
        for licence in ("CC0-1.0", "CC-BY-NC-4.0"):
            picture = make_image(
                source=[source, site.herbarium][number % 2], batch=site.batch, licence=licence
            )
            candidate = make_candidate(site.project, picture)
            decide(candidate, site.label("AB"[number % 2]), site.people["other"])
            say(site.people["curator"], candidate, site.label("B"))
        record(site, source, "failed", f"rule-{number}")
        User.objects.create(username=f"more-{number}", role="curator")
    assert queries() == before <= 26


@pytest.mark.parametrize(
    "query", ["source=nowhere", "from=yesterday", "by=year", "from=2026-02-02&to=2026-02-01", "class=class-a"]
)
def test_what_is_not_known_is_said_and_nothing_counted(
    client_of: ClientOf, site: Figures, query: str
) -> None:
    place = SOURCE if "class" in query or "source" not in query else "/dashboards/projects/flora/"
    response = client_of("reader").get(f"{place}?{query}")
    assert response.status_code == 400
    page = response.content.decode()
    assert "Nothing is counted" in page and "errorlist" in page and "<tbody>" not in page


def test_hostile_addresses_are_no_server_errors(client_of: ClientOf, site: Figures) -> None:
    client = client_of("lead")
    for place in [
        f"{SOURCE}?project=%00&class=%00",
        f"{SOURCE}?from=0001-01-01&to=9999-12-31",
        "/dashboards/projects/flora/?from=9999-12-31",
        "/dashboards/projects/flora/?from=0001-01-01",
        "/dashboards/records/?batch=99999999999999999999&rule=%00",
        "/projects/flora/candidates/?added_from=0001-01-01&added_to=9999-12-31&as=%00&said=x&model=%00",
        "/projects/flora/votes/?source=%00&batch=99999999999999999999&decided=x",
        "/releases/flora-1/members/?batch=%00",
    ]:
        assert client.get(place).status_code in (200, 400, 422), place
