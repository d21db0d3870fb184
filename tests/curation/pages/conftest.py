"""People of every role, and a small site with real pictures in storage."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from curation.drawing import draw
from curation.models import Batch, Candidate, Project, Role, User
from curation.services.ingest import ingest_folder
from curation.services.review import NewVote, record_votes
from tests.factories import (
    make_claim,
    make_licence,
    make_model,
    make_prediction,
    make_project,
    make_source,
    make_user,
)

ROLES = [role.value for role in Role]


@pytest.fixture(autouse=True)
def own_places(settings: Any, tmp_path: Path) -> None:
    """Uploads go to a folder of their own."""
    settings.VAR_DIR = tmp_path / "var"
    # The real one takes a fifth of a second a person, on purpose; what is tested here is not the hash.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def people(db: None) -> dict[str, User]:
    return {role: make_user(role, username=f"the-{role}") for role in ROLES}


@pytest.fixture
def as_role(people: dict[str, User]) -> Any:
    """`as_role("lead")` gives a client signed in as one, `as_role("")` a stranger's."""

    def signed_in(role: str) -> Client:
        client = Client()
        if role:
            client.force_login(people[role])
        return client

    return signed_in


@dataclass
class Site:
    project: Project
    batch: Batch
    candidates: list[Candidate]


def drawn_folder(folder: Path, count: int, seed: int = 1) -> Path:
    """JPEGs drawn by the project, and one file that is none."""
    folder.mkdir(parents=True)
    for number in range(count):
        picture = draw("ordinary-pressed-specimens", seed + number, short_side=200)
        picture.save(folder / f"sheet {number}.jpg", quality=85)
    (folder / "notes.jpg").write_bytes(b"not a picture at all")
    return folder


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_folder(tmp_path_factory.mktemp("drawn") / "in", 4)


@pytest.fixture
def site(people: dict[str, User], drawn: Path) -> Site:
    """Four pictures: one decided, one flagged, one claimed, one open; all predicted; and a refused file."""
    project = make_project(classes=3, key="flora", question="What is it?", guidelines="Look twice.")
    batch = ingest_folder(
        drawn,
        source=make_source("K+EBC", name="Kew & friends", kind="herbarium"),
        licence=make_licence("CC-BY-SA-4.0"),
        project=project,
        rights_holder="The Trustees",
        created_by=people["admin"],
    )
    candidates = list(Candidate.objects.select_related("image", "project").order_by("id"))
    model = make_model(list(project.classes.values_list("name", flat=True)))
    for candidate in candidates:
        make_prediction(candidate, model, [0.7, 0.2, 0.1])
    vote(people["curator"], candidates[0], label="B")
    vote(people["curator"], candidates[1], kind="flag", reason="A person is in it")
    make_claim(people["lead"], candidates[2])
    return Site(project, batch, candidates)


def vote(user: User, candidate: Candidate, kind: str = "label", **fields: Any) -> None:
    [outcome] = record_votes(user, [NewVote(id=uuid.uuid4(), candidate=candidate.pk, kind=kind, **fields)])
    assert outcome.status == "saved", outcome
