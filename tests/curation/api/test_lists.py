"""The lists of what comes in, of people and of rules: in stretches, with few queries, told once."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from curation.models import (
    Assignment,
    Batch,
    BatchProblem,
    GoldItem,
    Image,
    MediaRecord,
    Mention,
    Project,
    SourceRule,
    User,
)
from curation.services import audit, invitations
from curation.services.comments import add_comment
from curation.services.freeze import freeze
from curation.services.guidelines import publish
from curation.services.licences import texts_for
from curation.services.review import NewVote, record_votes
from tests.curation.api.conftest import Program
from tests.factories import decide, make_candidate, make_image, make_project, make_source, make_user

pytestmark = pytest.mark.django_db
LISTS = (
    *("batches/", "batches/{batch}/records/", "batches/{batch}/problems/", "source-rules/", "sources/"),
    *("source-rules/unmapped/", "source-rules/nameless/", "licence-texts/", "licence-texts/open/", "hosts/"),
    *("people/", "invitations/", "projects/flora/team/", "projects/flora/assignments/", "mentions/"),
    *("audit/", "projects/flora/set-aside/", "projects/flora/gold/", "duplicate-groups/", "figures/records/"),
    *("projects/flora/guidelines/versions/", "releases/flora-1/left-out/", "projects/flora/features/"),
    "projects/flora/issues/",
)


@pytest.fixture
def flora(admin: User) -> Project:
    project = make_project(key="flora", classes=1)
    for _each in range(3):
        decide(make_candidate(project, make_image(source="K")), project.classes.get(), admin)
    freeze(project, seed=1, name="flora-1")
    return project


def grow(project: Project, admin: User, batch: Batch, number: int) -> None:
    """One more row in each of the lists."""
    label, source = project.classes.get(), make_source(f"S{number}")
    text = texts_for([words := f"CC licence, box {number}"])[words]  # whatever that means
    more: dict[str, Any] = {
        "batch": batch,
        "file": "f",
        "licence_text": text,
        "state": "held",
        "rule": "source",
    }
    for row, codes in enumerate(({"institution_code": f"I{number}"}, {"source": source}, {})):
        MediaRecord.objects.create(row=10 * number + row, host=f"{number}.example", **more, **codes)
    Batch.objects.create(origin=f"b{number}", project=project, source=source)
    BatchProblem.objects.create(batch=batch, kind="refused", file=f"f{number}", rule="r", message="m")
    SourceRule.objects.create(institution_code=f"R{number}", source=source, created_by=admin)
    someone = make_user(username=f"person-{number}")
    invitations.create(admin, role="reader", project=project)
    Assignment.objects.create(user=someone, project=project, source=source, created_by=admin)
    decided = decide(make_candidate(project, make_image(source=source)), label, admin)
    GoldItem.objects.create(project=project, candidate=decided, label=label, created_by=admin)
    add_comment(someone, decided.pk, "@ada look")
    audit.record(admin, "policy.change", project.key, project)
    flagged = make_candidate(project, make_image(source=source))
    flag = NewVote(id=uuid.uuid4(), candidate=flagged.pk, kind="flag", reason="blurred", flag="bad-image")
    record_votes(someone, [flag])
    twin = make_image(source=source)
    Image.objects.filter(pk=twin.pk).update(group=decided.image.group)
    publish(admin, project, intro=f"{number}", sections={}, examples={})


def test_queries_do_not_grow_and_what_is_unchanged_is_not_sent(
    flora: Project, admin: User, program: Program
) -> None:
    batch = Batch.objects.create(origin="list", project=flora)
    client = program(admin)
    for number in range(2):
        grow(flora, admin, batch, number)
    freeze(flora, seed=2, name="flora-2")

    def counts() -> dict[str, tuple[int, int]]:
        found = {}
        for name in LISTS:
            address = f"/api/v1/{name.format(batch=batch.pk)}?limit=200"
            client.get(address)  # what is counted once and kept
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(address)
            assert answer.status_code == 200, (name, answer.content)
            found[name] = (len(queries), len(answer.json()["results"]))
            again = client.get(address, headers={"If-None-Match": answer["ETag"]})
            assert again.status_code == 304, name
        return found

    few = counts()
    for number in range(2, 6):
        grow(flora, admin, batch, number)
    many = counts()
    assert {name: n for name, (n, _rows) in many.items()} == {name: n for name, (n, _rows) in few.items()}
    still = {name for name in LISTS if many[name][1] <= few[name][1]}
    # Of a frozen release nothing comes; features are made by jobs, nameless records are all of one batch.
    assert still == {"releases/flora-1/left-out/", "projects/flora/features/", "source-rules/nameless/"}
    assert max(n for n, _rows in many.values()) <= 14
    assert Mention.objects.count() == 6


def test_all_of_them_are_read_in_stretches(flora: Project, admin: User, program: Program) -> None:
    """Each row once, in one order, whether the rows come from a query or are made in memory."""
    batch, client = Batch.objects.create(origin="list", project=flora), program(admin)
    for number in range(3):
        grow(flora, admin, batch, number)
    for name in LISTS:
        address = f"/api/v1/{name.format(batch=batch.pk)}"
        whole = client.get(f"{address}?limit=200").json()["results"]
        found: list[Any] = []
        following = f"{address}?limit=1"
        while following:
            told = client.get(following).json()
            found += told["results"]
            following = told["next"]
        assert found == whole, name
        assert client.get(f"{address}?cursor=WyJ4IiwxLDIsM10").status_code == 400, name
        assert client.get(f"{address}?no-such=1").status_code == 400, name
