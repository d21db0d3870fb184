"""The pages of agreement and known answers, and the filters of votes that their figures lead to."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from curation.errors import Refused
from curation.models import AuditEntry, GoldItem, Guideline, Job, LabelClass, Project, User
from curation.services.aggregate import request_aggregation
from curation.services.agreement import request_agreement
from curation.services.gold import make_gold, set_active
from tests.curation.quality.conftest import judged, say, undo, work
from tests.factories import decide, make_candidate, make_model, make_prediction

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(lead: User) -> Client:
    signed_in = Client()
    signed_in.force_login(lead)
    return signed_in


def count(client: Client, **asked: str) -> int:
    response = client.get("/projects/flora/votes/", asked)
    assert response.status_code == 200, response.context["form"].errors
    return response.context["votes"].paginator.count


def test_every_figure_leads_to_as_many_votes_as_it_says(
    client: Client, project: Project, people: list[User]
) -> None:
    for said in ("AA", "AB", "ABC", "BB-", "A-C", "C", "CCC"):
        judged(project, people, said)
    undo(say(people[0], judged(project, people, "-A"), "B"))
    for job in (request_agreement(project), request_aggregation(project)):
        work(job)
    page = client.get("/projects/flora/agreement/")
    report = page.context["report"]

    def votes(url: str) -> int:
        return int(client.get(url).context["votes"].paginator.count)

    assert votes(report.all_votes) == report.found["votes"] == 14
    for row in report.classes:
        assert votes(row["url"]) == row["votes"]
    for row in report.pairs:
        assert votes(row["url"]) == row["n"] and votes(row["disputed_url"]) == row["disputed"]
    for row in report.months:
        assert votes(row["url"]) == 14
    for _, cells in report.pair["table"].rows:
        for n, url, _same in cells:
            assert votes(url) == n
    for row in page.context["aggregation"].reviewers:
        assert votes(row["url"]) == row["n"]
    # And no link of the page is broken.
    for link in set(re.findall(r'href="(/projects/[^"#]+)', page.content.decode())):
        assert client.get(html.unescape(link)).status_code == 200, link


def test_filters_one_by_one(
    client: Client, project: Project, people: list[User], lead: User, classes: dict[str, LabelClass]
) -> None:
    model = make_model(["a", "b", "c"])
    picture = make_candidate(project)
    guess = make_prediction(picture, model, [0.8, 0.1, 0.1])
    guideline = Guideline.objects.create(project=project, number=3)
    first = say(people[0], picture, "A", prediction=guess, guideline=guideline)
    say(people[1], picture, "B", prediction=guess, blind=True, audit=True, via="compare")
    known = decide(make_candidate(project), classes["C"], lead)
    item = make_gold(lead, known.pk, "Two sheets.")
    say(people[0], known, "B", gold=item)
    assert count(client) == 4
    for asked, found in [
        ({"reviewer": "ada"}, 2), ({"reviewer": "ada", "with": "ben"}, 1),
        ({"label": "class-b"}, 2), ({"other": "class-b"}, 1), ({"other": "differs"}, 3),
        ({"other": "any"}, 3), ({"with": "ben"}, 1),
        ({"standing": "now"}, 3), ({"via": "compare"}, 1), ({"via": "review"}, 4), ({"blind": "yes"}, 1),
        ({"audit": "yes"}, 1), ({"audit": "no"}, 3), ({"gold": "yes"}, 1), ({"gold": "wrong"}, 1),
        ({"gold": "right"}, 0), ({"gold": "no"}, 3), ({"followed": "yes"}, 1), ({"followed": "no"}, 1),
        ({"followed": "any"}, 2), ({"guideline": "3"}, 1), ({"picture": str(picture.pk)}, 2),
        ({"from": f"{first.created_at:%Y-%m-%d}", "to": f"{first.created_at:%Y-%m-%d}"}, 4),
        ({"to": "2020-01-01"}, 0), ({"kind": "skip"}, 0),
    ]:  # fmt: skip
        assert count(client, **asked) == found, asked


def test_a_filter_that_is_wrong_is_told(client: Client, project: Project) -> None:
    for asked in ({"from": "yesterday"}, {"picture": "x"}, {"via": "air"}, {"guideline": "0"}):
        assert client.get("/projects/flora/votes/", asked).status_code == 422, asked


def test_curators_see_only_their_own_and_no_filter_tells_of_others(
    project: Project, people: list[User], lead: User, classes: dict[str, LabelClass]
) -> None:
    judged(project, people, "AB")
    item = make_gold(lead, decide(make_candidate(project), classes["C"], lead).pk)
    say(people[0], item.candidate, "C", gold=item)
    mine = Client()
    mine.force_login(people[0])
    whole = {"reviewer": "ben", "with": "ben", "other": "differs", "gold": "yes", "followed": "no"}
    assert count(mine, **whole) == 2
    page = mine.get("/projects/flora/votes/")
    assert "Advice" not in page.content.decode() and "known answer" not in page.content.decode()
    assert mine.get("/projects/flora/votes/", {"standing": "now"}).status_code == 422


def test_queries_of_the_votes_page_do_not_grow(client: Client, project: Project, people: list[User]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get("/projects/flora/votes/", {"standing": "now", "other": "any"})
        return len(seen)

    judged(project, people, "ABC")
    work(request_aggregation(project))
    queries()
    before = queries()
    for _ in range(8):
        judged(project, people, "ABA")
    work(request_aggregation(project))
    assert queries() == before
    assert "Advice" in client.get("/projects/flora/votes/").content.decode()


def test_what_is_missing_is_taught_and_the_button_starts_both_jobs(
    client: Client, project: Project, people: list[User]
) -> None:
    page = client.get("/projects/flora/agreement/").content.decode()
    assert "No picture has two votes yet" in page and "Measure agreement" not in page
    candidate = judged(project, people, "AB")
    candidate.votes = 2
    candidate.save()
    assert "Measure agreement" in client.get("/projects/flora/agreement/").content.decode()
    client.post("/projects/flora/agreement/measure/")
    assert set(Job.objects.values_list("kind", flat=True)) == {"agreement", "aggregate"}
    page = client.get("/projects/flora/agreement/").content.decode()
    assert 'id="under-way"' in page and "Measure agreement" not in page
    client.post("/projects/flora/agreement/measure/", {"method": "tea leaves"})
    assert Job.objects.count() == 2


def test_known_answers_are_made_kept_and_taken_out(
    client: Client, project: Project, people: list[User], lead: User, classes: dict[str, LabelClass]
) -> None:
    candidate = decide(make_candidate(project), classes["A"], people[0])
    image = f"/images/{candidate.image.sha256}/"
    assert "Make it a known answer" in client.get(image).content.decode()
    data: dict[str, Any] = {"candidate": candidate.pk, "why": "The label is at rest.", "next": image}
    assert client.post("/projects/flora/gold/make/", data)["Location"] == image
    item = GoldItem.objects.get()
    assert (item.label, item.why, item.created_by, item.active) == (classes["A"], data["why"], lead, True)
    say(people[1], candidate, "B", gold=item)
    say(people[2], candidate, "A", gold=item)
    page = client.get("/projects/flora/gold/").content.decode()
    assert "1 of 2 answers right" in page and data["why"] in page
    client.post(f"/projects/flora/gold/{item.pk}/", {"do": "deactivate"})
    assert not GoldItem.objects.get().active
    client.post(f"/projects/flora/gold/{item.pk}/", {"do": "activate", "next": "https://example.org/"})
    assert GoldItem.objects.get().active
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["gold.make", "gold.deactivate", "gold.activate"]


def test_what_cannot_be_gold_is_refused(
    project: Project, people: list[User], lead: User, classes: dict[str, LabelClass]
) -> None:
    still_open = make_candidate(project)
    with pytest.raises(Refused, match="only a decided one"):
        make_gold(lead, still_open.pk)
    decided = decide(make_candidate(project), classes["A"], people[0])
    with pytest.raises(Refused, match="made by lead curators"):
        make_gold(people[0], decided.pk)
    with pytest.raises(Refused, match="501 characters"):
        make_gold(lead, decided.pk, "x" * 501)
    item = set_active(lead, make_gold(lead, decided.pk), False)
    item.label = classes["B"]
    item.save()
    with pytest.raises(Refused, match="no longer decided"):
        set_active(lead, item, True)


def test_only_leads_come_here(project: Project, people: list[User]) -> None:
    client = Client()
    client.force_login(people[0])
    for path in ("agreement/", "gold/"):
        assert client.get(f"/projects/flora/{path}").status_code == 403
    for path in ("agreement/measure/", "gold/make/", "gold/1/"):
        assert client.post(f"/projects/flora/{path}").status_code == 403
