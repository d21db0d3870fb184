"""A small site with something in every panel: sources, projects, a batch, votes, a model, a release."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from curation.models import (
    Batch,
    Candidate,
    Decision,
    LabelClass,
    MediaRecord,
    ModelVersion,
    Project,
    Source,
    User,
    Vote,
)
from curation.services.freeze import freeze
from curation.services.licences import texts_for
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

ClientOf = Callable[[str], Client]


@pytest.fixture(autouse=True)
def quick_hash(settings: Any) -> None:
    """How passwords are hashed is not what is tested here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@dataclass
class Figures:
    project: Project
    other: Project
    herbarium: Source
    museum: Source
    batch: Batch
    model: ModelVersion
    people: dict[str, User]
    rows: list[Candidate]

    def label(self, key: str) -> LabelClass:
        return self.project.classes.get(key=key)


def say(user: User, candidate: Candidate, label: LabelClass, **fields: Any) -> Vote:
    return Vote.objects.create(
        id=uuid.uuid4(), candidate=candidate, user=user, kind="label", label=label, **fields
    )


def twice(site: Figures, candidate: Candidate, rule: str) -> None:
    """Judged by two people; the lead's word, the majority or both votes decide as A."""
    a = site.label("A")
    decide(candidate, a, site.people["curator"])
    vote = say(site.people["other"], candidate, a if rule == "votes" else site.label("B"))
    decision = Decision.objects.create(candidate=candidate, label=a, rule=rule, vote=vote)
    Candidate.objects.filter(pk=candidate.pk).update(votes=2, decision=decision)
    candidate.refresh_from_db()


def record(site: Figures, source: Source, state: str, rule: str = "", **fields: Any) -> MediaRecord:
    return MediaRecord.objects.create(
        batch=site.batch,
        source=source,
        state=state,
        rule=rule,
        file="list.tsv",
        row=2,
        access_uri="https://example.org/1.jpg",
        access_hash=uuid.uuid4(),
        host="example.org",
        licence_text=texts_for(["CC0"])["CC0"],
        **fields,
    )


@pytest.fixture
def site(db: None) -> Figures:
    """flora: HERB has 5 (3 decided as A, one of them by a lead, one taken for B by the model; 2 open, taken
    for B), MUS 3 (2 decided as A and B, 1 disputed). Another project asks about one picture of HERB, too. A
    release holds one of each class."""
    people = {
        name: make_user(role, username=f"the-{name}")
        for name, role in [
            ("reader", "reader"),
            ("curator", "curator"),
            ("other", "curator"),
            ("lead", "lead"),
            ("admin", "admin"),
        ]
    }
    project, other = make_project(classes=2, key="flora", title="Flora"), make_project(classes=2, key="state")
    Project.objects.filter(pk=project.pk).update(votes_needed=1)
    herbarium, museum = make_source("HERB+1", name="A herbarium"), make_source("MUS")
    batch = Batch.objects.create(origin="list.tsv", kind="list", state="done", project=project)
    model = make_model([label.name for label in project.classes.all()], name="net")
    pictures = [make_image(source=herbarium, batch=batch, licence="CC0-1.0") for _ in range(5)]
    pictures += [make_image(source=museum) for _ in range(3)]
    rows = [make_candidate(project, picture) for picture in pictures]
    site = Figures(project, other, herbarium, museum, batch, model, people, rows)
    for place, candidate in enumerate(rows):
        make_prediction(candidate, model, [0.2, 0.8] if place in (2, 3, 4, 6) else [0.9, 0.1])
    for candidate in rows:
        candidate.refresh_from_db()
    twice(site, rows[0], "votes")
    twice(site, rows[1], "adjudicated")
    decide(rows[2], site.label("A"), people["curator"])
    decide(rows[5], site.label("A"), people["curator"])
    decide(rows[6], site.label("B"), people["other"])
    Candidate.objects.filter(pk=rows[7].pk).update(state="disputed", votes=2)
    make_candidate(other, pictures[0])
    for state, rule in [("failed", "http-404"), ("failed", "http-404"), ("failed", "timeout")]:
        record(site, herbarium, state, rule)
    record(site, herbarium, "waiting", "timeout")
    record(site, herbarium, "waiting")
    record(site, museum, "failed", "timeout")
    freeze(project, seed=1, name="flora-1", train=1, test=0, validate=0, created_by=people["admin"])
    return site


@pytest.fixture
def client_of(site: Figures) -> ClientOf:
    def signed_in(name: str) -> Client:
        client = Client()
        client.force_login(site.people[name])
        return client

    return signed_in
