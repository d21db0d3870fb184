"""What comes next: orders, assignments, the audit share, second opinions, the grid, known answers."""

from __future__ import annotations

import uuid

import pytest
from django.core.cache import cache
from django.test import Client

from curation.models import Assignment, Candidate, Claim, Comment, GoldItem, Membership, Project, User, Vote
from curation.selectors.comments import thread
from curation.selectors.queue import classes_of, review_items
from curation.services.claims import claim_batch, claim_grid, draw_gold, extend_claims
from curation.services.comments import add_comment
from curation.services.review import record_votes
from curation.services.shortfall import count_cells
from tests.curation.review.votes import new_vote, say, take_back
from tests.factories import (
    decide,
    make_candidate,
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
    return make_project(train=2)


@pytest.fixture
def user() -> User:
    return make_user()


def predicted(project: Project, *rows: list[float], source: str = "S") -> list[Candidate]:
    model = make_model(["A", "B", "C"])
    found = []
    for probabilities in rows:
        row = make_candidate(project, make_image(source=source))
        make_prediction(row, model, probabilities)
        found.append(row)
    return found


def take(user: User, project: Project, count: int = 20, order: str = "") -> list[int]:
    return [row.pk for row in claim_batch(user, project, uuid.uuid4(), count, order=order)]


def test_columns_follow_prediction_and_image(project: Project) -> None:
    (row,) = predicted(project, [0.1, 0.7, 0.2])
    Candidate.objects.filter(pk=row.pk).update(confidence=0.1, source=make_source("other"))
    row.refresh_from_db()
    assert (row.guess, row.confidence, row.source) == (project.classes.get(key="B"), 0.7, row.image.source)
    assert row.margin == pytest.approx(0.5)
    row.image.source = make_source("moved")
    row.image.save()
    row.refresh_from_db()
    assert row.source is not None and row.source.code == "moved"


def test_orders(project: Project, user: User) -> None:
    one, two, three = predicted(project, [0.5, 0.48, 0.02], [0.9, 0.05, 0.05], [0.4, 0.3, 0.3])
    for place, row in enumerate((one, two, three)):
        Candidate.objects.filter(pk=row.pk).update(priority=place, shuffle=0.9 - place / 10)
    Candidate.objects.filter(pk=two.pk).update(proposed=project.classes.get(key="C"), proposed_by="list")
    orders = {
        "entropy": [three.pk, two.pk, one.pk],
        "margin": [one.pk, three.pk, two.pk],
        "random": [three.pk, two.pk, one.pk],
        "newest": [three.pk, two.pk, one.pk],
        "disagreement": [two.pk, three.pk, one.pk],
    }
    for order, expected in orders.items():
        assert take(make_user(), project, order=order) == expected, order
        Claim.objects.all().delete()


def test_the_order_is_the_persons_then_the_projects(project: Project, user: User) -> None:
    first, last = predicted(project, [1, 0, 0], [1, 0, 0])
    Candidate.objects.filter(pk=first.pk).update(priority=1)
    assert take(user, project, 1) == [first.pk]
    Membership.objects.create(user=(other := make_user()), project=project, order="newest")
    assert take(other, project, 1) == [last.pk]


def test_shortfall_takes_short_classes_from_short_sources(project: Project, user: User) -> None:
    a, b = project.classes.get(key="A"), project.classes.get(key="B")
    for _ in range(3):
        decide(make_candidate(project, make_image(source="rich")), a, user)
    decide(make_candidate(project, make_image(source="rich")), b, user)
    full, *_ = predicted(project, [1, 0, 0], source="rich")
    rich, *_ = predicted(project, [0, 1, 0], source="rich")
    poor, *_ = predicted(project, [0, 1, 0], source="poor")
    weights = {(cell.guess, cell.source): cell.weight for cell in count_cells(project)}
    # B lacks 3 of 4; each of its two sources should give 2, and one has given 1.
    assert weights[b.pk, make_source("poor").pk] == pytest.approx(0.75)
    assert weights[b.pk, make_source("rich").pk] == pytest.approx(0.75 * (0.05 + 0.95 * 0.5))
    assert take(user, project, order="shortfall") == [poor.pk, rich.pk, full.pk]
    # One that no model has seen weighs as the mean class does: a quarter for A, three for B, all of C.
    user.claims.all().delete()
    unseen = make_candidate(project, make_image(source="rich"))
    cache.clear()
    assert take(user, project, order="shortfall") == [poor.pk, unseen.pk, rich.pk, full.pk]


def test_assignments_narrow_the_queue_and_add_up(project: Project, user: User) -> None:
    a, *_ = predicted(project, [1, 0, 0], source="K")
    b, *_ = predicted(project, [0, 1, 0], source="K")
    c, *_ = predicted(project, [0, 0, 1], source="P")
    lead = make_user("lead")

    def assign(**what: object) -> None:
        Assignment.objects.create(user=user, project=project, created_by=lead, **what)

    assign(label=project.classes.get(key="B"))
    assert take(user, project) == [b.pk]
    assign(source=make_source("P"))
    user.claims.all().delete()
    assert sorted(take(user, project)) == [b.pk, c.pk]
    user.claims.all().delete()
    assign()
    assert sorted(take(user, project)) == [a.pk, b.pk, c.pk]


def test_the_audit_share_comes_by_lot_and_blind(user: User) -> None:
    project = make_project(audit_share=0.2)
    rows = predicted(project, *[[1.0, 0.0, 0.0]] * 20)
    for place, row in enumerate(rows):
        Candidate.objects.filter(pk=row.pk).update(shuffle=place / 20, priority=20 - place)
    lots = {row.pk for row in rows[:4]}
    found = claim_batch(user, project, uuid.uuid4(), 16)
    shown = review_items(user, found, classes_of(project))
    for item in shown:
        assert item["audit"] == item["blind"] == (item["id"] in lots)
        assert (item["prediction"] is None) == item["blind"]
    # The lots come in their own order, whatever the model thinks of them.
    drawn = [row.pk for row in found if row.pk in lots]
    assert drawn == [row.pk for row in rows[: len(drawn)]]
    assert lots <= {row.pk for row in rows[:4]} and len(found) == 16
    grid = claim_grid(make_user(), project, uuid.uuid4(), project.classes.get(key="A"), 20)
    assert not lots & {row.pk for row in grid}


def test_second_opinions_are_finished_first_and_blind(user: User) -> None:
    project = make_project(votes_needed=2)
    rows = predicted(project, *[[0.9, 0.1, 0.0]] * 6)
    say(make_user(), rows[5], "A")
    say(user, rows[4], "A")
    found = take(user, project, 4)
    assert found[0] == rows[5].pk and rows[4].pk not in found
    rows[5].refresh_from_db()
    (item, *_) = review_items(user, [rows[5]], classes_of(project))
    assert item["blind"] and item["prediction"] is None and item["hints"] == [] and item["votes"] == 0
    project.blind_second = False
    project.save()
    rows[5].refresh_from_db()
    (item, *_) = review_items(user, [rows[5]], classes_of(project))
    assert not item["blind"] and item["prediction"]


def test_a_share_of_double_review(user: User) -> None:
    project = make_project(double_share=0.5)
    rows = predicted(project, [1, 0, 0], [1, 0, 0])
    Candidate.objects.filter(pk=rows[0].pk).update(shuffle=0.5 + 0.25 / 1024)
    Candidate.objects.filter(pk=rows[1].pk).update(shuffle=0.5 + 0.75 / 1024)
    outcomes = [say(user, row, "A") for row in rows]
    assert [outcome.state for outcome in outcomes] == ["open", "decided"]
    assert take(make_user(), project) == [rows[0].pk]


def test_the_grid_holds_what_the_model_is_sure_of(project: Project, user: User) -> None:
    sure, surer, unsure, other = predicted(
        project, [0.93, 0.07, 0.0], [0.99, 0.01, 0.0], [0.89, 0.11, 0.0], [0.01, 0.99, 0.0]
    )
    label = project.classes.get(key="A")
    assert [row.pk for row in claim_grid(user, project, uuid.uuid4(), label, 12)] == [surer.pk, sure.pk]
    refused = say(user, unsure, "A", via="grid")
    assert refused.status == "refused" and "89% sure; pages confirm from 90% on" in refused.message
    assert say(user, unsure, "B", via="grid").status == "saved"  # judged by itself
    assert say(user, sure, "A", via="grid", page=uuid.uuid4()).decided == "A"
    project.grid_confidence = 0.8
    project.save()
    third, *_ = predicted(project, [0.85, 0.1, 0.05])
    assert say(user, third, "A", via="grid").status == "saved"
    assert Vote.objects.filter(via="grid").count() == 3 and other.votes == 0


class TestKnownAnswers:
    @pytest.fixture
    def gold(self, project: Project) -> GoldItem:
        project.gold_share = 1.0
        project.save()
        lead, label = make_user("lead"), project.classes.get(key="A")
        row = decide(make_candidate(project), label, lead)
        return GoldItem.objects.create(
            candidate=row, project=project, label=label, why="Two stems.", created_by=lead
        )

    def test_an_answer_is_told_and_decides_nothing(
        self, project: Project, user: User, gold: GoldItem
    ) -> None:
        (drawn,) = draw_gold(user, project, 5)
        assert drawn == gold.candidate
        assert extend_claims(user, uuid.uuid4(), [drawn.pk]) == [drawn.pk]
        outcome = say(user, drawn, "B")
        assert outcome.gold == {"right": False, "label": "A", "why": "Two stems."}
        drawn.refresh_from_db()
        assert (drawn.votes, drawn.state, drawn.label) == (1, "decided", gold.label)
        assert Vote.objects.get(pk=outcome.id).gold == gold
        assert draw_gold(user, project, 5) == []
        assert say(user, drawn, "A").status == "refused"
        back = take_back(user, drawn, outcome.id, uuid.uuid4())
        assert back.claimed and say(user, drawn, "A").gold == {
            "right": True,
            "label": "A",
            "why": "Two stems.",
        }
        drawn.refresh_from_db()
        assert (drawn.votes, drawn.state) == (1, "decided")

    def test_silent(self, project: Project, user: User, gold: GoldItem) -> None:
        project.gold_feedback = False
        project.save()
        outcome = say(user, gold.candidate, "B")
        assert outcome.gold is None and outcome.status == "saved" and outcome.message == "Saved."

    def test_nothing_tells_it_from_the_others(self, project: Project, gold: GoldItem) -> None:
        plain, *_ = predicted(project, [1, 0, 0])
        one, other = review_items(make_user(), [gold.candidate, plain], classes_of(project))
        assert one.keys() == other.keys() and one["votes"] == other["votes"] == 0
        assert not one["blind"] and not one["audit"]

    def test_it_counts_the_words_that_one_may_read(
        self, project: Project, user: User, gold: GoldItem
    ) -> None:
        plain, *_ = predicted(project, [1, 0, 0])
        lead = make_user("lead")
        for row in (gold.candidate, plain):
            add_comment(user, row.pk, "The label is upside down")
            add_comment(lead, row.pk, "It is a spray, see the stem")
            Comment.objects.create(candidate=row, author=lead, text="What is it?", kind="question")
        known, other = review_items(user, [gold.candidate, plain], classes_of(project))
        assert (known["comments"], other["comments"]) == (2, 3)
        assert known["comments"] == len(thread(user, gold.candidate).shown)


def test_a_vote_names_the_guideline_and_where_it_was_cast(user: User) -> None:
    project = make_project(guidelines="Look twice.")
    row, *_ = predicted(project, [0.2, 0.8, 0.0])
    page, vote = uuid.uuid4(), new_vote(row, label="A", via="single", blind=True, audit=True)
    record_votes(user, [vote])
    said = Vote.objects.get(pk=vote.id)
    assert said.guideline == project.guideline and said.blind and said.audit and said.page != page
    assert said.prediction == row.prediction  # kept from the screen, on record
    foreign = make_project(guidelines="Other").guideline
    assert foreign is not None
    assert say(make_user(), row, "A", guideline=foreign.pk).status == "refused"


def test_a_renamed_class_keeps_its_votes(project: Project, user: User) -> None:
    a, b = project.classes.get(key="A"), project.classes.get(key="B")
    a.key = "X"
    a.save()
    b.key = "A"
    b.save()
    row = make_candidate(project)
    vote = new_vote(row, label="A", label_id=a.pk)  # cast when A was still called so
    (outcome,) = record_votes(user, [vote])
    assert outcome.decided == "X" and Vote.objects.get(pk=vote.id).label == a
    assert record_votes(user, [vote])[0].status == "duplicate"


def test_known_answers_alone_are_no_batch(project: Project, user: User, client: Client) -> None:
    """Where one picture is asked for and the lot falls on a known answer, a new one comes with it."""
    project.gold_share = 1.0
    project.save()
    lead, label = make_user("lead"), project.classes.get(key="A")
    gold = decide(make_candidate(project), label, lead)
    GoldItem.objects.create(candidate=gold, project=project, label=label, created_by=lead)
    (new,) = predicted(project, [1.0, 0.0, 0.0])
    client.force_login(user)
    asked = {"tab": str(uuid.uuid4()), "count": 1}
    answer = client.post(f"/api/v1/projects/{project.key}/claims/", asked, "application/json").json()
    assert {item["id"] for item in answer["items"]} == {gold.pk, new.pk}
