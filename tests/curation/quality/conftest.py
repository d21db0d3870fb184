"""Votes as reviewers cast them, written straight into the rows; jobs run through the services."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from curation.models import Candidate, Job, LabelClass, Project, User, Vote
from curation.services.job_runners import runner_for
from curation.services.progress import NullProgress
from tests.factories import make_candidate, make_project, make_user

Say = Callable[..., Vote]


@pytest.fixture(autouse=True)
def quick_hash(settings: Any) -> None:
    """How passwords are hashed is not what is tested here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def project(db: None) -> Project:
    return make_project(classes=3, key="flora", votes_needed=2)


@pytest.fixture
def lead(db: None) -> User:
    return make_user("lead", username="the-lead")


@pytest.fixture
def people(db: None) -> list[User]:
    return [make_user("curator", username=name) for name in ("ada", "ben", "cyd")]


@pytest.fixture
def classes(project: Project) -> dict[str, LabelClass]:
    return {label.key: label for label in project.classes.all()}


def say(user: User, candidate: Candidate, key: str, **fields: Any) -> Vote:
    """One label vote of the candidate's round."""
    label = candidate.project.classes.get(key=key)
    fields = {"kind": "label", "label": label, "round": candidate.round} | fields
    return Vote.objects.create(id=uuid.uuid4(), candidate=candidate, user=user, **fields)


def undo(vote: Vote) -> Vote:
    return Vote.objects.create(
        id=uuid.uuid4(),
        candidate=vote.candidate,
        user=vote.user,
        kind="undo",
        undoes=vote,
        round=vote.round,
    )


def judged(project: Project, people: list[User], said: str, **fields: Any) -> Candidate:
    """A candidate with a vote of each person; said="AB-": the third one did not vote."""
    candidate = make_candidate(project)
    for user, key in zip(people, said, strict=False):
        if key != "-":
            say(user, candidate, key, **fields)
    return candidate


def work(job: Job) -> Job:
    """The job done by its own runner, in the test's transaction (workers need one of their own)."""
    result = runner_for(job.kind)(job, NullProgress())
    job.state, job.result = Job.State.DONE, dict(result or {})
    job.save()
    return job
