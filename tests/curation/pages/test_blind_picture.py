"""Who is yet to judge a picture blind reads on no page of it what models and colleagues said of it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from curation.models import Candidate, GoldItem, Project, Release, ReleaseMember, User
from tests.curation.review.votes import say, take_back
from tests.factories import decide, make_candidate, make_claim, make_model, make_prediction, make_project
from tests.factories import make_user as make

pytestmark = pytest.mark.django_db

PAGES = ("image", "similar")
KEPT_BACK = "judged without what models and colleagues say"


@pytest.fixture
def project() -> Project:
    made = make_project(key="sheets", votes_needed=3, blind_second=True)
    for label, name in zip(made.classes.order_by("index"), ("Alder", "Birch", "Cedar"), strict=True):
        label.name = name
        label.save()
    return made


@pytest.fixture
def row(project: Project) -> Candidate:
    made = make_candidate(project)
    make_prediction(made, make_model(["Alder", "Birch", "Cedar"], name="owl"), [0.2, 0.7, 0.1])
    return made


def page(user: User, row: Candidate, name: str = "image") -> str:
    client = Client()
    client.force_login(user)
    asked = [row.image.sha256] if name == "image" else [row.project.key, row.image.sha256]
    return client.get(reverse(name, args=asked)).content.decode()


def verdict(said: str) -> str:
    """The words that the page of a picture begins with in a project."""
    found = re.search(r'<p class="verdict">(.*?)</p>', said, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]*>", " ", found[1]).split())


def freeze(row: Candidate) -> None:
    """The picture in a release, which names its class."""
    release = Release.objects.create(
        project=row.project, name="spring", seed=1, train=1, test=0, validate=0, software="test"
    )
    sha256 = row.image.sha256
    facts = {"category_index": 2, "category": "cedar", "category_name": "Cedar", "leak_group": "g"}
    origin = {"source": "S", "source_kind": "herbarium", "licence": "CC0-1.0", "original_name": "a.jpg"}
    ReleaseMember.objects.create(
        release=release, image=row.image, split="train", sha256=sha256, **facts, **origin
    )


def test_a_second_opinion_is_asked_for_before_the_first_is_read(row: Candidate) -> None:
    first, second, lead = make(username="first"), make(username="second"), make("lead")
    assert "owl says" in page(second, row)  # nobody has voted, and a suggestion is part of the review
    say(first, row, "C")
    freeze(row)  # of an earlier round
    for person in (second, lead):
        said = page(person, row)
        assert KEPT_BACK in said
        assert not [word for word in ("owl says", "Birch", "Cedar", "Who said what") if word in said]
    # Their own vote counts, or they have none: nothing is kept back.
    assert "owl says" in page(first, row) and "Cedar" in page(first, row)
    assert "owl says" in page(make("reader"), row)
    vote = say(lead, row, "A")
    assert "Who said what, 2 votes" in page(lead, row) and KEPT_BACK not in page(lead, row)
    take_back(lead, row, vote.id)
    assert KEPT_BACK in page(lead, row)


def test_pictures_by_lot_show_no_suggestion(project: Project, row: Candidate) -> None:
    project.audit_share = 1.0
    project.save()
    curator = make()
    assert KEPT_BACK in page(curator, row) and "owl says" not in page(curator, row)
    say(curator, row, "A")
    assert "owl says" in page(curator, row)


def test_what_was_decided_meanwhile_stays_unread_for_whoever_holds_it(row: Candidate) -> None:
    holder = make()
    make_claim(holder, row)
    decide(row, row.project.classes.get(key="C"), make())
    for name in PAGES:
        assert "Cedar" not in page(holder, row, name)
        assert "Cedar" in page(make(), row, name)


def test_a_picture_with_a_known_answer_looks_like_a_new_one(row: Candidate) -> None:
    curator, lead = make(), make("lead")
    cedar = row.project.classes.get(key="C")
    decide(row, cedar, lead)
    freeze(row)
    assert verdict(page(curator, row)).startswith("Cedar") and "spring" in page(curator, row)
    GoldItem.objects.create(candidate=row, project=row.project, label=cedar, created_by=lead)
    said = page(curator, row)
    assert verdict(said) == "Open" and "owl says" in said  # as review shows it
    assert "spring" not in said and KEPT_BACK not in said
    assert "Cedar" not in page(curator, row, "similar") and "Open" in page(curator, row, "similar")
    assert verdict(page(lead, row)).startswith("Cedar") and "Cedar" in page(lead, row, "similar")
    say(curator, row, "A")
    assert verdict(page(curator, row)).startswith("Cedar") and "spring" in page(curator, row)
