"""The talk about one picture and what is said to a person: seen by whom it is for, and by nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Candidate, Comment, Mention, Project, User
from curation.services.comments import add_comment, not_told, tell_of_questions, tell_reviewers
from curation.services.issue_outcomes import close_issue
from curation.services.issues import open_issue
from curation.services.reopen import reopen
from tests.curation.review.votes import say, take_back
from tests.factories import decide, make_candidate, make_model, make_prediction, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(key="sheets", title="Sheets")


@pytest.fixture
def ines() -> User:
    return make_user(username="ines", first_name="Ines")


@pytest.fixture
def karl() -> User:
    return make_user(username="karl", first_name="Karl")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def talk(candidate: Candidate) -> str:
    return reverse("discussion", args=[candidate.project.key, candidate.pk])


def test_who_is_named_sees_a_number_on_every_page_until_they_have_looked(
    project: Project, ines: User, karl: User
) -> None:
    row = make_candidate(project)
    add_comment(ines, row.pk, "@karl, is this a fern?")
    client = signed_in(karl)
    for url in ("/", "/projects/sheets/", "/projects/sheets/review/", "/for-you/"):
        assert "1 mention not seen" in client.get(url).content.decode(), url
    assert "mention not seen" not in signed_in(ines).get("/").content.decode()
    # The list alone is no looking; the picture is, for the one who was named.
    listed = client.get("/for-you/").content.decode()
    assert "Ines named you" in listed and f"{talk(row)}#comment-" in listed
    signed_in(ines).get(talk(row))
    client.head(talk(row))
    assert Mention.objects.get().seen_at is None
    page = client.get(talk(row)).content.decode()
    assert "is this a fern?" in page and "<b>@karl</b>" in page and ">new<" in page
    assert "1 mention not seen" not in page
    assert ">new<" not in client.get(talk(row)).content.decode()


def test_mentions_are_marked_as_seen_one_by_one_and_all_but_only_ones_own(
    project: Project, ines: User, karl: User
) -> None:
    row = make_candidate(project)
    for _ in range(3):
        add_comment(ines, row.pk, "@karl look")
    otto = make_user(username="otto")
    add_comment(ines, row.pk, "@otto look")
    others = Mention.objects.get(user=otto)
    client = signed_in(karl)
    for mention in (others.pk, "x", 2**70):
        client.post("/for-you/", {"mention": mention})
    assert Mention.objects.filter(seen_at=None).count() == 4
    client.post("/for-you/", {"mention": Mention.objects.filter(user=karl)[0].pk})
    assert Mention.objects.filter(seen_at=None).count() == 3
    assert len(client.get("/for-you/?show=unseen").context["page"]) == 2
    client.post("/for-you/", {"do": "all"})
    assert list(Mention.objects.filter(seen_at=None)) == [others]
    assert len(client.get("/for-you/").context["page"]) == 3
    assert "You have seen everything" in client.get("/for-you/?show=unseen").content.decode()


def test_a_reader_has_no_such_page(project: Project) -> None:
    client, row = signed_in(make_user("reader")), make_candidate(project)
    assert client.get("/for-you/").status_code == 403
    assert client.post("/for-you/", {"do": "all"}).status_code == 403
    assert client.get(talk(row)).status_code == 403
    assert client.post(talk(row), {"text": "x"}).status_code == 403
    assert "For you" not in client.get("/").content.decode()


def test_who_cannot_be_told_is_said_to_the_author(project: Project, ines: User, karl: User) -> None:
    make_user("reader", username="rita")
    make_user(username="gone", is_active=False)
    row = make_candidate(project)
    page = signed_in(ines).post(talk(row), {"text": "@karl @rita @gone @typo @ines"}, follow=True)
    words = page.content.decode()
    assert "Not told: @rita, @gone, @typo." in words
    assert [mention.user for mention in Mention.objects.all()] == [karl]
    assert not_told(Comment.objects.get()) == ["rita", "gone", "typo"]


def test_comments_are_refused_and_kept_in_the_field(project: Project, ines: User) -> None:
    row = make_candidate(project)
    empty = signed_in(ines).post(talk(row), {"text": "  "})
    assert empty.status_code == 422 and "Write something first." in empty.content.decode()
    long = signed_in(ines).post(talk(row), {"text": "y" * 2001})
    assert long.status_code == 422 and "y" * 2001 in long.content.decode()
    assert not row.comments.exists()


def test_nothing_written_runs(project: Project, ines: User) -> None:
    row = make_candidate(project)
    add_comment(ines, row.pk, "<script>1</script> @ines<img src=x>")
    open_issue(ines, row.pk, "other", "<script>2</script>")
    page = signed_in(ines).get(talk(row)).content.decode()
    assert "<script>1" not in page and "<script>2" not in page and "&lt;script&gt;1" in page
    assert "<img src=x>" not in page


def test_a_curator_reads_neither_votes_nor_suggestion_nor_others_flags(
    project: Project, ines: User, karl: User
) -> None:
    row = make_candidate(project)
    make_prediction(row, make_model(["Class A", "Class B", "Class C"]), [0.1, 0.8, 0.1])
    open_issue(ines, row.pk, "bad-image", "Surely Class C, but blurred")
    add_comment(make_user("lead"), row.pk, "@karl please look")
    page = signed_in(karl).get(talk(row)).content.decode()
    assert "please look" in page
    for kept in ("Class A", "Class B", "Class C", "80 %", "Bad image</h3>", "blurred"):
        assert kept not in page, kept
    own = signed_in(ines).get(talk(row)).content.decode()
    assert "blurred" in own and "It waits for a lead curator" in own and "Close the issue" not in own


def test_before_a_blind_vote_one_reads_only_what_was_said_to_oneself(ines: User, karl: User) -> None:
    project = make_project(key="sheets", votes_needed=3, blind_second=True)
    row = make_candidate(project)
    say(ines, row, "A")
    add_comment(ines, row.pk, "Surely the first class.")
    add_comment(ines, row.pk, "@karl do you know the hand?")
    page = signed_in(karl).get(talk(row)).content.decode()
    assert "do you know the hand?" in page and "Surely" not in page
    assert "1 more comment, to be read after your own vote" in page
    say(karl, row, "B")
    page = signed_in(karl).get(talk(row)).content.decode()
    assert "Surely" in page and "after your own vote" not in page


def test_those_who_judged_are_told_of_the_question(project: Project, ines: User, karl: User) -> None:
    lead, otto = make_user("lead", first_name="Lea"), make_user(username="otto")
    row = make_candidate(project)
    vote = say(otto, row, "A")
    take_back(otto, row, vote.id)
    decide(row, project.classes.get(key="A"), ines)
    issue = open_issue(karl, row.pk, "other", "?")
    close_issue(lead, issue, "Is the stem cut?", "review")
    assert [mention.user for mention in Mention.objects.all()] == [ines]
    page = signed_in(ines).get("/for-you/").content.decode()
    assert "Lea asks about a picture you judged" in page and "Is the stem cut?" in page
    assert "Nothing for you yet" in signed_in(karl).get("/for-you/").content.decode()


def test_questions_asked_elsewhere_are_found_once(project: Project, ines: User, karl: User) -> None:
    lead, row = make_user("lead"), make_candidate(project)
    decide(row, project.classes.get(key="A"), ines)
    reopen(lead, [row.pk], "", question="Is the stem cut?")
    say(karl, row, "B")  # after the question: it was not asked of karl
    assert (tell_of_questions(karl), tell_of_questions(lead)) == (0, 0)
    assert (tell_of_questions(ines), tell_of_questions(ines)) == (1, 0)
    assert tell_reviewers(row.comments.get()) == 2
    assert Mention.objects.filter(user=ines).count() == 1


def test_an_answer_to_a_known_picture_is_no_judgement(project: Project, ines: User) -> None:
    from curation.models import GoldItem

    lead, row = make_user("lead"), make_candidate(project)
    label = project.classes.get(key="A")
    decide(row, label, lead)
    GoldItem.objects.create(candidate=row, project=project, label=label, created_by=lead)
    say(ines, row, "B")
    row.comments.create(author=lead, kind="question", text="?")
    assert tell_of_questions(ines) == 0


@pytest.mark.parametrize("place", ["for_you", "discussion"])
def test_pages_take_the_same_queries_for_one_and_thirty(
    place: str, project: Project, ines: User, karl: User
) -> None:
    row = make_candidate(project)
    client = signed_in(make_user("lead", username="lea"))
    url = "/for-you/" if place == "for_you" else talk(row)

    def one_more() -> None:
        there = make_candidate(project) if place == "for_you" else row
        add_comment(ines, there.pk, "@lea look")
        open_issue(karl, there.pk, "duplicate", "Twice")

    def queries() -> int:
        Mention.objects.update(seen_at=None)
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        return len(found)

    one_more()
    client.get(url)
    few = queries()
    for _ in range(29):
        one_more()
    assert queries() == few <= 20


def test_the_number_in_the_bar_is_one_query_on_an_index(project: Project, ines: User, karl: User) -> None:
    for _ in range(3):
        add_comment(ines, make_candidate(project).pk, "@karl look")
    client = signed_in(karl)
    with CaptureQueriesContext(connection) as found:
        assert "3 mentions not seen" in client.get("/help/").content.decode()
    asked = [query["sql"] for query in found if "curation_mention" in query["sql"]]
    assert len(asked) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {asked[0]}")
        assert "mention_unseen" in " ".join(line[0] for line in cursor.fetchall())


def test_the_picture_leads_to_what_is_said_about_it(project: Project, ines: User) -> None:
    row: Any = make_candidate(project)
    url = reverse("image", args=[row.image.sha256])
    assert talk(row) in signed_in(ines).get(url).content.decode()
    assert talk(row) not in signed_in(make_user("reader")).get(url).content.decode()
