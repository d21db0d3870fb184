"""The numbers of the dashboards, the words above them, and what they cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Licence, Project, Source, User
from curation.selectors import progress as rows
from curation.selectors.pictures import candidates, page
from curation.selectors.sources import source_report
from curation.views.home import next_action
from tests.curation.pages.conftest import Site, vote
from tests.factories import (
    make_candidate,
    make_claim,
    make_decided,
    make_image,
    make_model,
    make_prediction,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db


def fill(project: Project, user: User, *, each: int) -> None:
    """`each` decided pictures of every class from two sources, and as many open, predicted ones."""
    model = make_model(list(project.classes.values_list("name", flat=True)))
    for label in project.classes.order_by("index"):
        for number in range(each):
            source = ("P", "Q")[number % 2]
            licence = ("CC0", "CC-BY-4.0")[number % 2]
            make_decided(project, label, user, make_image(source=source, licence=licence))
            waiting = make_candidate(project, make_image(source="R"))
            share = [0.1] * project.classes.count()
            share[label.index] = 0.8
            make_prediction(waiting, model, share)


def test_counts_are_those_of_the_rows() -> None:
    project, user = make_project(classes=3, train=1, test=1, validate=1), make_user()
    fill(project, user, each=2)
    make_candidate(project)  # no model has seen it
    flagged = make_candidate(project)
    vote(user, flagged, kind="flag", reason="blurred")
    make_claim(user, make_candidate(project))
    fill(make_project(classes=3), make_user(), each=1)  # another project's numbers stay out

    found = rows.progress(project)
    assert [(row.decided, row.waiting, row.missing) for row in found.classes] == [(2, 2, 1)] * 3
    assert found.total == rows.Tally(open=8, decided=6, flagged=1)
    assert (found.claimed, found.unpredicted) == (1, 2)
    sources = {source.code: tally for source, tally in found.sources}
    assert (sources["P"].decided, sources["Q"].decided, sources["R"].open) == (3, 3, 6)
    licences = {str(licence): tally.decided for licence, tally in found.licences}
    assert licences == {"CC0-1.0": 3, "CC-BY-4.0": 3}
    heat = rows.heat_rows(found)
    assert [[n for _, n, _ in row.cells] for row in heat] == [
        [found.decided.get((row.label.pk, source.pk), 0) for source, _ in found.sources] for row in heat
    ]
    assert sum(n for row in heat for _, n, _ in row.cells) == found.total.decided


def test_votes_that_were_taken_back_do_not_count() -> None:
    project, user = make_project(), make_user()
    kept, undone = make_candidate(project), make_candidate(project)
    vote(user, kept, label="A")
    vote(user, undone, label="B")
    last = undone.vote_rows.get()
    vote(user, undone, kind="undo", undoes=last.pk)
    [row] = rows.reviewers(project)
    assert (row.user, row.votes, row.flags) == (user, 1, 0)


def test_the_first_line_says_how_far_it_is() -> None:
    project = make_project(classes=2, train=2, test=0, validate=0)
    user, model = make_user(), make_model(["Class A", "Class B"])
    assert rows.headline(rows.progress(project)) == "No pictures yet. 2 classes wait for 2 each."
    waiting = make_candidate(project, make_image(source="R"))
    assert rows.headline(rows.progress(project)) == "Nothing is decided yet: 1 picture waits for review."
    first, second = project.classes.order_by("index")
    for _ in range(2):
        make_decided(project, first, user)
    assert rows.headline(rows.progress(project)) == "1 of 2 classes is full. Class B pictures lack 2."
    make_prediction(waiting, model, [0.1, 0.9])
    said = rows.headline(rows.progress(project))
    assert said == "1 of 2 classes is full. Class B pictures lack 2; Source R could supply them."
    for _ in range(2):
        make_decided(project, second, user)
    assert rows.headline(rows.progress(project)) == "All 2 classes are full: 2 × 2 can be frozen."


def test_the_next_action_is_one_the_person_may_do(people: dict[str, User]) -> None:
    project = make_project(classes=1, train=1, test=0, validate=0)
    action = lambda role: next_action(people[role], rows.progress(project))  # noqa: E731
    words = lambda role: getattr(action(role), "words", None)  # noqa: E731
    assert (words("admin"), words("lead"), words("reader")) == ("Bring in pictures", None, None)
    open_one = make_candidate(project)
    assert (words("curator"), words("reader")) == ("Review 1 waiting", "See 1 picture")
    vote(people["curator"], open_one, kind="flag", reason="blurred")
    assert (words("lead"), words("curator")) == ("Settle 1 set aside", "See 1 picture")
    flag = open_one.vote_rows.get()
    vote(people["curator"], open_one, kind="undo", undoes=flag.pk)
    vote(people["lead"], open_one, label="A")
    assert (words("admin"), words("lead")) == ("Freeze 1 × 1", "See 1 picture")


def test_every_number_of_the_home_page_opens_as_many_rows(site: Site, as_role: Any) -> None:
    found = rows.progress(site.project)
    by = lambda **asked: candidates(site.project, asked).count()  # noqa: E731
    assert by(state="open") == found.total.open == 2
    assert by(state="claimed") == found.claimed == 1
    assert by(state="set-aside") == found.total.set_aside == 1
    assert by(predicted="none", state="open") == found.unpredicted == 0
    for row in found.classes:
        assert by(state="decided", label=row.label) == row.decided
        assert by(state="open", predicted=row.label) == row.waiting
    for source, tally in found.sources:
        assert by(source=source) == tally.total
    for licence, tally in found.licences:
        assert by(licence=licence, state="decided") == tally.decided
    assert by(reviewer=User.objects.get(username="the-curator")) == rows.reviewers(site.project)[0].votes
    assert by(batch=site.batch) == 4


def test_filters_in_the_address(site: Site, as_role: Any) -> None:
    client = as_role("lead")
    url = reverse("candidates", args=["flora"])
    ask = lambda query: client.get(f"{url}?{query}")  # noqa: E731
    both = ask("state=decided&label=class-b&source=K%2BEBC&licence=CC-BY-SA-4.0&reviewer=the-curator")
    assert both.context["page"].total == 1
    assert "1 picture" in both.content.decode()
    for unknown in ["state=lost", "label=none", "source=none", "licence=none", "reviewer=none", "batch=x"]:
        answer = ask(unknown)
        assert answer.status_code == 400, unknown
        assert answer.context["page"].total == 0, unknown  # never all of them for a filter that is not known
    # Colleagues' votes are the lead curator's business, one's own are not.
    assert as_role("curator").get(f"{url}?reviewer=the-curator").status_code == 200
    assert as_role("curator").get(f"{url}?reviewer=the-lead").status_code == 400
    assert as_role("reader").get(f"{url}?reviewer=the-curator").status_code == 403


def test_pages_of_candidates_miss_and_repeat_nothing() -> None:
    project = make_project()
    ids = [make_candidate(project).pk for _ in range(7)][::-1]
    everything = candidates(project, {})
    first = page(everything, after=None, before=None, size=3)
    second = page(everything, after=first.after, before=None, size=3)
    make_candidate(project)  # arrives while somebody browses
    third = page(everything, after=second.after, before=None, size=3)
    seen = [row.pk for found in (first, second, third) for row in found.rows]
    assert seen == ids
    assert third.after is None
    back = page(everything, after=None, before=third.before, size=3)
    assert [row.pk for row in back.rows] == [row.pk for row in second.rows]


def test_history_on_the_image_page_is_for_leads(site: Site, as_role: Any) -> None:
    url = reverse("image", args=[site.candidates[0].image.sha256])
    assert "<strong>the-curator</strong> said Class B" in as_role("lead").get(url).content.decode()
    for role in ["reader", "curator"]:
        page_ = as_role(role).get(url).content.decode()
        assert "said Class B" not in page_
        assert "<strong>the-curator</strong> said" not in page_
    shown = as_role("reader").get(url).content.decode()
    for text in ["CC BY-SA 4.0", "The Trustees", "dcterms:rightsHolder", "Kew &amp; friends", "70.0 %"]:
        assert text in shown


def test_reviewers_are_not_named_to_readers(site: Site, as_role: Any) -> None:
    assert "the-curator" in as_role("curator").get("/").content.decode()
    assert "the-curator" not in as_role("reader").get("/").content.decode()


def test_the_source_report_counts_over_projects(site: Site) -> None:
    other = make_project(key="fauna")
    make_candidate(other, site.candidates[0].image)
    report = source_report(Source.objects.get(code="K+EBC"))
    assert (report.images, report.decided) == (4, 1)
    assert [(share.project.key, share.tally.total) for share in report.projects] == [
        ("fauna", 1),
        ("flora", 4),
    ]
    assert [(str(licence), n) for licence, n in report.licences] == [("CC-BY-SA-4.0", 4)]


def queries(call: Callable[[], Any]) -> int:
    call()  # fills what is looked up once a process (content types, sessions)
    with CaptureQueriesContext(connection) as seen:
        response = call()
    assert response.status_code == 200
    return len(seen)


def test_pages_cost_the_same_when_rows_double(site: Site, as_role: Any, people: dict[str, User]) -> None:
    client = as_role("admin")
    addresses = [
        "/",
        "/projects/flora/",
        "/projects/flora/candidates/",
        "/projects/flora/candidates/?state=decided&source=P",
        f"/images/{site.candidates[0].image.sha256}/",
        "/sources/P/",
        "/batches/",
        f"/batches/{site.batch.pk}/",
        "/people/",
    ]
    fill(site.project, people["curator"], each=2)
    before = {url: queries(lambda url=url: client.get(url)) for url in addresses}
    fill(site.project, make_user(), each=4)
    for number in range(3):
        make_image(batch=site.batch, group=site.candidates[0].image.group, source=f"N{number}")
    vote(people["lead"], site.candidates[0], label="A")
    after = {url: queries(lambda url=url: client.get(url)) for url in addresses}
    assert after == before
    assert max(before.values()) <= 25


def test_an_empty_site_says_what_comes_first(people: dict[str, User], as_role: Any) -> None:
    assert "No project yet" in as_role("reader").get("/").content.decode()
    make_project(key="flora")
    page_ = as_role("admin").get("/").content.decode()
    assert "No pictures yet" in page_
    assert reverse("batch_new") in page_
    assert not Licence.objects.exists()
