"""What a new installation needs before anybody can sign in. Safe to run at every start."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import connection, transaction

from curation.models import Image, Job, ModelVersion, Role, User
from curation.services.audit import record
from curation.services.demo import request_demo
from curation.services.projects import ensure_herbariograph

FIRST_ADMIN = "admin"
LOCK = 0x76617374


@dataclass(frozen=True)
class FirstAdmin:
    username: str
    password: str


@transaction.atomic
def ensure_first_admin() -> FirstAdmin | None:
    """The first admin with a random password, where there is nobody yet; it is stored nowhere in clear."""
    with connection.cursor() as cursor:  # two starts at once must not both print a password
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if User.objects.exists():
        return None
    password = secrets.token_urlsafe(12)
    user = User.objects.create_user(FIRST_ADMIN, password=password, role=Role.ADMIN)
    record(None, "person.add", user.username, role=user.role, by="first start")
    return FirstAdmin(user.username, password)


def ensure_demo() -> Job | None:
    """Queue the demo set where there are no pictures and none is being drawn."""
    project, _ = ensure_herbariograph()
    if Image.objects.exists() or Job.objects.filter(kind=Job.Kind.DEMO).exists():
        return None
    return request_demo(project)


def has_model() -> bool:
    """Whether there is one that suggests classes."""
    return ModelVersion.objects.filter(kind=ModelVersion.Kind.CLASSIFIER).exists()
