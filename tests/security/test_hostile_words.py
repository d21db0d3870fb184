"""Words that people and deliveries bring are shown as they are: never as markup, never as a template."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import resolve

from curation.models import AuditEntry, DataIssue, Tag, Tagging, User
from tests.curation.conftest import AsRole
from tests.curation.pages.test_roles import links
from tests.factories import make_decided, make_image, make_project, make_source

pytestmark = pytest.mark.django_db
EVIL = "<b id=evil onclick=x()>{{ 7|add:60 }}{% now 'Y' %}"


def visited(client: Client, most: int = 2) -> dict[str, str]:
    """Every kind of page that links lead to, a few of each."""
    pages: dict[str, str] = {}
    seen: Counter[str] = Counter()
    waiting = ["/"]
    while waiting:
        url = waiting.pop()
        if url in pages or not url.startswith("/") or url.startswith(("/static/", "/pictures/")):
            continue
        kind = resolve(urlsplit(url).path).url_name or ""
        seen[kind] += 1
        if seen[kind] > most:
            continue
        response = client.get(url)
        assert response.status_code < 500, url
        if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
            pages[url] = response.content.decode()
            waiting += links(url, pages[url])
    return pages


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
    client = Client()
    client.force_login(admin)
    pages = visited(client)
    for url, page in pages.items():
        assert "<b id=evil" not in page, url
        assert "67{%" not in page and "67{&" not in page, url
    assert sum("&lt;b id=evil" in page for page in pages.values()) > 10
