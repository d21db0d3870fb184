"""The pages of issues: who sees which, filters and their doors, closing one and several, attacks."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Candidate, DataIssue, Project, User
from curation.services.issue_outcomes import close_issue
from curation.services.issues import open_issue
from tests.factories import (
    make_candidate,
    make_decided,
    make_image,
    make_model,
    make_prediction,
    make_project,
    make_source,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(key="sheets", title="Sheets")


@pytest.fixture
def lead() -> User:
    return make_user("lead", username="lea")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def listed(client: Client, **asked: str) -> list[DataIssue]:
    return list(client.get(reverse("issues", args=["sheets"]), asked).context["issues"])


def test_leads_see_all_issues_and_curators_their_own(project: Project, lead: User) -> None:
    ines, otto = make_user(username="ines"), make_user(username="otto")
    mine = open_issue(ines, make_candidate(project).pk, "licence", "No copies, says the label")
    others = open_issue(otto, make_candidate(project).pk, "other", "A hand is in it")
    open_issue(otto, make_candidate(make_project()).pk, "other", "Another project")
    assert listed(signed_in(lead)) == [others, mine]
    page = signed_in(ines).get("/projects/sheets/issues/").content.decode()
    assert "No copies, says the label" in page and "A hand is in it" not in page and "otto" not in page
    assert listed(signed_in(ines), by="otto") == [mine], "asking for a colleague's does not help"
    # The numbers count no more than the rows do.
    assert '>All kinds <span class="tabular">1<' in page


def test_filters_and_the_numbers_that_lead_to_them(project: Project, lead: User) -> None:
    model = make_model([label.name for label in project.classes.order_by("index")])
    otto = make_user(username="otto")
    suggested = make_candidate(project, make_image(source=make_source("K+EBC")))
    make_prediction(suggested, model, [0.1, 0.8, 0.1])
    decided = make_decided(project, project.classes.get(key="A"), otto)
    one = open_issue(otto, suggested.pk, "licence")
    two = open_issue(lead, decided.pk, "bad-image")
    closed = close_issue(lead, open_issue(otto, decided.pk, "licence"), "It may be copied.")
    client = signed_in(lead)
    assert listed(client) == [two, one]
    assert listed(client, state="closed") == [closed]
    assert listed(client, kind="licence") == [one]
    assert listed(client, label="class-b") == [one]
    assert listed(client, label="class-a") == [two]
    assert listed(client, source="K+EBC") == [one]
    assert listed(client, by="otto") == [one]
    assert listed(client, mine="yes") == [two]
    page = client.get(reverse("issues", args=["sheets"]), {"by": "otto", "state": "closed"})
    assert [(query, number) for _, query, number, _ in page.context["doors"]["states"]] == [
        ("by=otto", 1),
        ("by=otto&state=closed", 1),
    ]
    for _, query, number, _ in page.context["doors"]["kinds"]:
        found = client.get(f"{reverse('issues', args=['sheets'])}?{query}").context["issues"]
        assert found.paginator.count == number, query


@pytest.mark.parametrize("asked", [{"kind": "odd"}, {"state": "odd"}, {"by": "nobody"}, {"label": "x"}])
def test_a_filter_that_is_none_says_so(asked: dict[str, str], project: Project, lead: User) -> None:
    page = signed_in(lead).get(reverse("issues", args=["sheets"]), asked)
    assert page.status_code == 422
    assert "is not one of the available choices" in page.content.decode()


def test_an_empty_list_teaches_and_a_filtered_one_leads_back(project: Project, lead: User) -> None:
    client = signed_in(lead)
    assert "presses <kbd>!</kbd> while reviewing" in client.get("/projects/sheets/issues/").content.decode()
    assert "No issue matches" in client.get("/projects/sheets/issues/?kind=licence").content.decode()


@pytest.mark.parametrize("state", ["open", "closed"])
def test_the_list_takes_the_same_queries_for_one_and_thirty(state: str, project: Project, lead: User) -> None:
    client, url = signed_in(lead), reverse("issues", args=["sheets"])

    def one_more() -> None:
        candidate = make_decided(project, project.classes.get(key="A"), make_user())
        issue = open_issue(make_user(), candidate.pk, "licence")
        candidate.comments.create(author=lead, text="Look.")
        if state == "closed":
            close_issue(lead, issue, "Fine.")

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(url, {"state": state}).status_code == 200
        return len(found)

    one_more()
    client.get(url)  # what is asked for once a process
    few = queries()
    for _ in range(29):
        one_more()
    assert queries() == few <= 16


def test_issues_come_in_pages_of_forty(project: Project, lead: User) -> None:
    for _ in range(41):
        open_issue(lead, make_candidate(project).pk, "other")
    assert len(listed(signed_in(lead))) == 40
    assert len(listed(signed_in(lead), page="2")) == 1


def test_a_lead_closes_one_and_comes_to_the_next(project: Project, lead: User) -> None:
    rows = [make_decided(project, project.classes.get(key="A"), make_user()) for _ in range(3)]
    first, second, third = (open_issue(make_user(), row.pk, "other", "Look") for row in rows)
    client = signed_in(lead)
    address = reverse("issue", args=["sheets", second.pk])
    asked = client.post(address, {"resolution": "Is the stem cut?", "then": "review"})
    assert asked["Location"] == f"/projects/sheets/discussion/{rows[0].pk}/#issue-{first.pk}"
    rows[1].refresh_from_db()
    assert (rows[1].state, rows[1].comments.get().text) == (Candidate.State.OPEN, "Is the stem cut?")
    address = reverse("issue", args=["sheets", first.pk])
    settled = client.post(address, {"resolution": "It is", "then": "settle", "label": "B"})
    assert settled["Location"].endswith(f"#issue-{third.pk}")
    last = client.post(reverse("issue", args=["sheets", third.pk]), {"resolution": "Fine", "then": ""})
    assert last["Location"] == "/projects/sheets/issues/"
    again = client.post(reverse("issue", args=["sheets", third.pk]), {"do": "again"}, follow=True)
    assert "open again" in again.content.decode()
    third.refresh_from_db()
    assert third.closed_at is None


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"resolution": " ", "then": ""}, "Say what came of it."),
        ({"resolution": "x" * 501, "then": ""}, "at most 500"),
        ({"resolution": "So", "then": "burn"}, "Select a valid choice"),
        ({"resolution": "So", "then": "settle"}, "Choose the class"),
        ({"resolution": "So", "then": "settle", "label": "Q"}, "Q"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_the_issue_open(
    sent: dict[str, str], words: str, project: Project, lead: User
) -> None:
    row = make_decided(project, project.classes.get(key="A"), make_user())
    issue = open_issue(make_user(), row.pk, "other")
    page = signed_in(lead).post(reverse("issue", args=["sheets", issue.pk]), sent, follow=True)
    assert words in page.content.decode()
    issue.refresh_from_db()
    assert issue.closed_at is None


def test_several_are_closed_after_a_confirmation(project: Project, lead: User) -> None:
    issues = [open_issue(make_user(), make_candidate(project).pk, "licence") for _ in range(3)]
    foreign = open_issue(make_user(), make_candidate(make_project()).pk, "licence")
    client, url = signed_in(lead), reverse("issues_close", args=["sheets"])
    ids: list[Any] = [issues[0].pk, issues[1].pk, foreign.pk, "x", 2**70]
    page = client.get(url, {"issue": ids})
    assert page.context["issues"] == [issues[1], issues[0]]
    assert "Close 2 issues?" in page.content.decode()
    assert DataIssue.objects.filter(closed_at=None).count() == 4
    assert client.post(url, {"issue": ids, "resolution": "", "then": ""}).status_code == 422
    done = client.post(url, {"issue": ids, "resolution": "The licence is right.", "then": ""}, follow=True)
    assert "2 issues are closed." in done.content.decode()
    assert set(DataIssue.objects.filter(closed_at=None)) == {issues[2], foreign}
    nothing = client.get(url, {"issue": ids}, follow=True)
    assert "None of the issues chosen is open" in nothing.content.decode()


@pytest.mark.parametrize("role", ["reader", "curator"])
def test_only_leads_close_and_open_again(role: str, project: Project) -> None:
    user = make_user(role)
    issue = open_issue(make_user(), make_candidate(project).pk, "other")
    client = signed_in(user)
    one = reverse("issue", args=["sheets", issue.pk])
    for sent in ({"resolution": "So", "then": ""}, {"do": "again"}):
        assert client.post(one, sent).status_code == 403
    url = reverse("issues_close", args=["sheets"])
    assert client.get(url, {"issue": issue.pk}).status_code == 403
    assert client.post(url, {"issue": issue.pk, "resolution": "So"}).status_code == 403
    issue.refresh_from_db()
    assert issue.closed_at is None


def test_addresses_of_another_project_lead_nowhere(project: Project, lead: User) -> None:
    other = make_project(key="other")
    candidate = make_candidate(other)
    issue = open_issue(make_user(), candidate.pk, "other")
    client = signed_in(lead)
    assert client.post(reverse("issue", args=["sheets", issue.pk]), {"resolution": "So"}).status_code == 404
    assert client.get(reverse("discussion", args=["sheets", candidate.pk])).status_code == 404
    assert client.post(reverse("discussion", args=["sheets", candidate.pk]), {"text": "x"}).status_code == 404
    opened = client.post(reverse("issue_open", args=["sheets", candidate.pk]), {"kind": "other", "text": "x"})
    assert opened.status_code == 404
    assert client.get(reverse("issue", args=["other", issue.pk])).status_code == 405
    assert not candidate.comments.exists() and DataIssue.objects.count() == 1


def test_an_issue_is_opened_without_a_vote(project: Project) -> None:
    candidate, user = make_candidate(project), make_user()
    url = reverse("issue_open", args=["sheets", candidate.pk])
    assert signed_in(user).post(url, {"kind": "odd", "text": "x"}).status_code == 400
    page = signed_in(user).post(url, {"kind": "licence", "text": "Rights are reserved"}, follow=True)
    assert "Rights are reserved" in page.content.decode()
    assert signed_in(make_user("reader")).post(url, {"kind": "licence", "text": "x"}).status_code == 403
    issue = DataIssue.objects.get()
    assert (issue.kind, issue.opened_by, issue.vote) == ("licence", user, None)
    assert candidate.vote_rows.count() == 0


def test_the_project_and_home_say_how_many_are_open(project: Project, lead: User) -> None:
    user = make_user()
    for kind in ("licence", "licence", "bad-image"):
        open_issue(user, make_candidate(project).pk, kind)
    close_issue(lead, open_issue(user, make_candidate(project).pk, "other"), "Fine.")
    page = signed_in(lead).get("/projects/sheets/").content.decode()
    assert '<a href="/projects/sheets/issues/?kind=licence">2</a> doubtful licence' in page
    assert "something else" not in page
    assert '<a href="/projects/sheets/issues/">3</a>' in signed_in(lead).get("/").content.decode()
    own = signed_in(make_user()).get("/projects/sheets/").content.decode()
    assert "?kind=licence" not in own
    assert "/issues/" not in signed_in(make_user("reader")).get("/projects/sheets/").content.decode()


def test_what_is_set_aside_leads_to_its_issues(project: Project, lead: User) -> None:
    row = make_candidate(project, state="flagged")
    open_issue(make_user(), row.pk, "licence", "Rights are reserved")
    page = signed_in(lead).get(reverse("set_aside", args=["sheets"])).content.decode()
    assert reverse("discussion", args=["sheets", row.pk]) in page
