"""A project whose pictures are decided and have real files, and a release of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from curation.drawing import CLASS_SLUGS, draw
from curation.imaging.renditions import make_renditions
from curation.models import Candidate, Export, Image, Job, LabelClass, Project, Release, Role, User
from curation.services import export as service
from curation.services.freeze import freeze
from curation.services.progress import NullProgress
from tests.factories import make_decided, make_image, make_project, make_user
from tests.worker import real_worker  # noqa: F401

LICENCES = ["CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-SA-4.0"]
_numbers = count(1)


@pytest.fixture(autouse=True)
def quick_hash(settings: Any) -> None:
    """How passwords are hashed is not what is tested here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def drawn() -> list[bytes]:
    """The dataset renditions of twelve drawn pictures."""
    return [make_renditions(draw(slug, 1, short_side=192))["dataset"] for slug in CLASS_SLUGS[:12]]


def sha256_for(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


@dataclass
class Garden:
    """Makes decided pictures in one project."""

    project: Project
    user: User
    drawn: list[bytes]

    @property
    def classes(self) -> list[LabelClass]:
        return list(self.project.classes.order_by("index"))

    def plant(self, label: LabelClass, *, files: bool = False, **fields: Any) -> Candidate:
        """One decided picture; `name` says its SHA-256, `files` whether it has a dataset rendition."""
        name = fields.pop("name", f"picture {next(_numbers)}")
        fields.setdefault("sha256", sha256_for(name))
        candidate = make_decided(self.project, label, self.user, make_image(**fields))
        if files:
            place = candidate.image.file_name(Image.Rendition.DATASET)
            picture = self.drawn[int(candidate.image.sha256[:4], 16) % len(self.drawn)]
            default_storage.save(place, ContentFile(picture))
        return candidate

    def fill(self, each: int, *, files: bool = False, **fields: Any) -> None:
        """`each` pictures of every class, from three sources under four licences in turn."""
        for label in self.classes:
            for n in range(each):
                own = {
                    "name": f"{self.project.key} {label.slug} {n}",
                    "source": f"S{n % 3}",
                    "licence": LICENCES[n % 4],
                    "rights_holder": f"Garden “{n % 3}”",
                    "catalog_number": f"{label.key}-{n}",
                    "occurrence_id": f"urn:{label.key}:{n}",
                    "original_name": f"{label.slug}/{n}.jpg",
                }
                self.plant(label, files=files, **(own | fields))


MakeGarden = Callable[..., Garden]


@pytest.fixture
def make_garden(db: None, drawn: list[bytes]) -> MakeGarden:
    def make(classes: int = 3, **fields: Any) -> Garden:
        return Garden(make_project(classes, **fields), make_user("curator"), drawn)

    return make


@pytest.fixture
def garden(make_garden: MakeGarden) -> Garden:
    """3 classes x 6 decided pictures with files."""
    made = make_garden(key="flora")
    made.fill(6, files=True)
    return made


@pytest.fixture
def release(garden: Garden) -> Release:
    """3 x (3 train, 1 test, 1 validate)."""
    return freeze(garden.project, seed=7, name="first", train=3, test=1, validate=1)


@pytest.fixture
def as_role(db: None) -> Callable[[str], Client]:
    """`as_role("lead")` gives a client signed in as one, `as_role("")` a stranger's."""
    people = {role.value: make_user(role.value) for role in Role}

    def signed_in(role: str) -> Client:
        client = Client()
        if role:
            client.force_login(people[role])
        return client

    return signed_in


AsRole = Callable[[str], Client]


@pytest.fixture
def export(release: Release) -> Export:
    """A finished dryad export."""
    made = service.request_export(release, "dryad", acknowledged=True)
    assert made.job is not None
    result = service.run(made.job, NullProgress())
    Job.objects.filter(pk=made.job.pk).update(state="done", result=result)
    made.refresh_from_db()
    return made


def text(client: Client, url: str, status: int = 200, **headers: str) -> str:
    response = client.get(url, headers=headers or None)
    assert response.status_code == status, url
    return response.content.decode()
