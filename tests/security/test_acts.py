"""Every act of leads and admins is done, and leaves a row: who, what, on what, in which request."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from curation.models import AuditEntry, User
from tests.curation.conftest import AsRole
from tests.run_rows import CLASSES
from tests.security import acts, acts_models
from tests.security.roles import WRITES, name_of, patterns, table
from tests.security.test_privileged import LEAVES

pytestmark = pytest.mark.django_db


class Undone(Exception):
    """Ends the savepoint of an act, so that each finds the scene as it was made."""


def perform(client: Client, act: acts.Act) -> tuple[Any, list[AuditEntry]]:
    last = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    url, found, answer = reverse(act.name, kwargs=act.arguments), [], None
    try:
        with transaction.atomic():
            if act.method:
                answer = getattr(client, act.method)(url, act.data, content_type="application/json")
            else:
                answer = client.post(url, act.data)
            found = list(AuditEntry.objects.filter(id__gt=last).select_related("actor"))
            raise Undone
    except Undone:
        return answer, found


def wrong_with(client: Client, me: User, done: list[acts.Act]) -> list[str]:
    wrong = []
    for act in done:
        answer, found = perform(client, act)
        rows = [row for row in found if row.action == act.leaves]
        if not rows:
            said = answer.content.decode()[-300:] if answer.status_code >= 400 else answer.status_code
            wrong.append(f"{act.name} {act.data}: {[row.action for row in found]} ({said})")
        for row in rows:
            if (row.actor, row.request_id) != (me, answer["X-Request-ID"]) or not row.subject:
                wrong.append(f"{act.name}: {row.actor} {row.request_id} {row.subject!r}")
    return wrong


@pytest.fixture
def admin(as_role: AsRole) -> tuple[Client, User]:
    return as_role("admin"), User.objects.get(username="the-admin")


@pytest.mark.parametrize("scene", [acts.people, acts.project_acts, acts.collection])
def test_acts_leave_their_rows(scene: Any, admin: tuple[Client, User]) -> None:
    assert wrong_with(*admin, scene(admin[1])) == []


def test_acts_on_runs_and_models_do(
    admin: tuple[Client, User], make_run: Any, tiny: Any, release: Any
) -> None:
    assert wrong_with(*admin, acts_models.of_runs(make_run, tiny(CLASSES))) == []


def test_acts_on_screenings_do(admin: tuple[Client, User], make_sheets: Any) -> None:
    assert wrong_with(*admin, acts_models.of_sheets(make_sheets(2))) == []


def test_acts_on_features_do(admin: tuple[Client, User], planted: Any) -> None:
    assert wrong_with(*admin, acts_models.of_features(planted)) == []


def test_acts_on_outliers_do(admin: tuple[Client, User], strays: Any) -> None:
    assert wrong_with(*admin, acts_models.of_outliers(strays)) == []


def test_acts_on_pairs_do(admin: tuple[Client, User], alike: Any, lead: User) -> None:
    assert wrong_with(*admin, acts_models.of_pairs(alike, lead)) == []


def changing() -> set[str]:
    """Addresses of leads and admins that change something: pages by what LEAVES says of them, those of the
    API by their methods."""
    lowest, found = table(), set()
    for pattern, _before in patterns():
        name, view = name_of(pattern), getattr(pattern.callback, "cls", None)
        if WRITES.get(name, lowest.get(name)) not in {"lead", "admin"}:
            continue
        if view is None:
            if LEAVES.get(name, "reads") != "reads":
                found.add(name)
        elif any(hasattr(view, method) for method in ("post", "put", "patch", "delete")):
            found.add(name)
    return found


# Done by nobody here, and why it needs no row or who else does it.
ELSEWHERE = {
    "derive_crops": "asks for its job as derive_corruptions does; tests/curation/derive",
    "api_crops": "as derive_crops",
    "api_batches": "as batch_new; tests/curation/api",
    "api_upload": "keeps a file that nothing is made of yet",
    "api_batch_source": "as source_rules with do = batch; tests/curation/sources",
    "api_batch_retry": "batch.retry; tests/curation/fetching",
    "api_licence_text_unsettle": "licence.unsettle; tests/curation/licensing",
    "api_near_undo": "near.undo; tests/curation/representation/test_near.py",
    "api_supply": "looks ahead and changes nothing",
    "api_run_estimate": "counts and changes nothing",
    "api_ahead": "urgent.send, as api_front",
    "api_features": "asks for its job as representation_start does",
    "api_labels_import": "labels.import, as labels_import_check",
}


def test_every_address_that_changes_something_is_among_the_acts() -> None:
    text = "".join(inspect.getsource(module) for module in (acts, acts_models))
    done = set(re.findall(r"Act\(\s*\"(\w+)\"", text))
    assert sorted(changing() - done - set(ELSEWHERE)) == [], "do them in acts.py"
    assert sorted(done - changing()) == [] and sorted(set(ELSEWHERE) - changing()) == []
    assert not done & set(ELSEWHERE)
    assert len(done) > 100


def test_what_only_reads_looks_at_nothing_that_was_sent() -> None:
    """A page that LEAVES calls a reader takes no form."""
    takes = []
    for pattern, _before in patterns():
        if LEAVES.get(name_of(pattern)) == "reads":
            code = inspect.getsource(inspect.unwrap(pattern.callback))
            takes += [name_of(pattern)] if "request.POST" in code else []
    assert takes == ["labels_import"]  # keeps a file to be looked at
