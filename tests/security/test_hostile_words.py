"""Words that people and deliveries bring are shown as they are: never as markup, never as a template."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from curation.models import AuditEntry, DataIssue, Tag, Tagging, User
from tests.curation.conftest import AsRole
from tests.curation.pages.test_roles import crawl
from tests.factories import make_decided, make_image, make_project, make_source

pytestmark = pytest.mark.django_db
EVIL = "<b id=evil onclick=x()>{{ 7|add:60 }}{% now 'Y' %}"


class Keeps(Client):
    """Notes every page that it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, str] = {}

    def get(self, path: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        response = super().get(path, *args, **kwargs)
        if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
            self.pages[path] = response.content.decode()
        return response


def test_no_page_takes_words_for_markup_or_for_templates(as_role: AsRole) -> None:
    as_role("admin")
    User.objects.update(first_name=EVIL)
    admin = User.objects.get(username="the-admin")
    project = make_project(classes=2, key="evil", title=EVIL, question=EVIL, guidelines=EVIL)
    for each in project.classes.all():
        each.name, each.plural, each.definition = f"{EVIL}{each.key}", f"{EVIL}{each.key}", EVIL
        each.save()
    label = project.classes.order_by("index")[0]
    image = make_image(source=make_source("E", name=EVIL), original_name=f"{EVIL}.jpg", rights_holder=EVIL)
    row = make_decided(project, label, admin, image)
    DataIssue.objects.create(candidate=row, kind=DataIssue.Kind.OTHER, text=EVIL, opened_by=admin)
    tag = Tag.objects.create(project=project, name=EVIL[:40], created_by=admin)
    Tagging.objects.create(tag=tag, candidate=row, by=admin)
    AuditEntry.objects.create(actor=admin, action="x", subject=EVIL, detail={"why": EVIL})
    client = Keeps()
    client.force_login(admin)
    assert 500 not in crawl(client, "/").values()
    for url, page in client.pages.items():
        assert "<b id=evil" not in page, url
        assert "67{%" not in page and "67{&" not in page, url
    assert sum("&lt;b id=evil" in page for page in client.pages.values()) > 10
