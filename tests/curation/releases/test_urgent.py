"""Sending candidates to the front of the queue and taking them back: which, how many, by whom."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from curation.errors import Refused
from curation.models import AuditEntry, Candidate, LabelClass, Licence, Project, Source
from curation.services.urgent import send_ahead, take_back
from tests.factories import (
    decide,
    make_candidate,
    make_image,
    make_licence,
    make_model,
    make_prediction,
    make_project,
    make_source,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def guessed(project: Project, sure: float, source: str = "K", licence: str = "CC-BY-4.0") -> Candidate:
    """Open, and taken for class A with this confidence."""
    model = make_model(["A", "B", "C"])
    row = make_candidate(project, make_image(source=source, licence=licence))
    make_prediction(row, model, [sure, 1 - sure, 0.0])
    row.refresh_from_db()
    return row


def label(project: Project, key: str = "A") -> LabelClass:
    return project.classes.get(key=key)


def every(model: type[Source] | type[Licence]) -> set[int]:
    return set(model.objects.values_list("pk", flat=True))


def send(project: Project, n: int, **changed: object) -> int:
    wanted = {
        "label": label(project),
        "sources": every(Source),
        "by": make_user("lead"),
        "licences": every(Licence),
    } | changed
    return send_ahead(project, n=n, **wanted)  # type: ignore[arg-type]


def ahead(project: Project) -> set[int]:
    return set(Candidate.objects.filter(project=project, urgent=True).values_list("pk", flat=True))


def test_the_surest_are_sent(project: Project) -> None:
    rows = [guessed(project, sure) for sure in (0.6, 0.9, 0.7, 0.8)]
    assert send(project, 2) == 2
    assert ahead(project) == {rows[1].pk, rows[3].pk}


def test_those_ahead_count(project: Project) -> None:
    for sure in (0.6, 0.9, 0.7):
        guessed(project, sure)
    assert [send(project, 2), send(project, 2), send(project, 3), send(project, 9)] == [2, 0, 1, 0]
    assert AuditEntry.objects.filter(action="urgent.send").count() == 2  # nothing sent is nothing written


def test_only_open_ones_of_the_class_the_sources_and_the_licences(project: Project) -> None:
    wanted = guessed(project, 0.9)
    other_class = guessed(project, 0.2)  # taken for B
    other_source, other_licence = guessed(project, 0.9, "P"), guessed(project, 0.9, licence="CC0-1.0")
    decided, begun = guessed(project, 0.9), guessed(project, 0.9)
    decide(decided, label(project), make_user())
    Candidate.objects.filter(pk=begun.pk).update(votes=1)
    elsewhere = guessed(make_project(), 0.9)
    sent = send(project, 99, sources={make_source("K").pk}, licences={make_licence("CC-BY-4.0").pk})
    assert sent == 1 and ahead(project) == {wanted.pk} and not ahead(elsewhere.project)
    assert other_class.pk and other_source.pk and other_licence.pk


def test_nothing_of_the_audit_share_is_sent(project: Project) -> None:
    project.audit_share = 0.5
    project.save()
    rows = [guessed(project, 0.9) for _ in range(4)]
    for place, row in enumerate(rows):
        Candidate.objects.filter(pk=row.pk).update(shuffle=place / 4)
    assert send(project, 4) == 2
    assert ahead(project) == {rows[2].pk, rows[3].pk}


def test_they_are_taken_back_by_class_or_all(project: Project) -> None:
    a = guessed(project, 0.9)
    b = guessed(project, 0.1)
    Candidate.objects.filter(pk__in=[a.pk, b.pk]).update(urgent=True)
    lead = make_user("lead")
    assert take_back(project, lead, label(project, "B")) == 1 and ahead(project) == {a.pk}
    assert take_back(project, lead) == 1 and not ahead(project)
    assert take_back(project, lead) == 0
    written = list(AuditEntry.objects.order_by("pk").values_list("action", "subject", "detail"))
    assert written == [
        ("urgent.back", "class-b", {"taken": 1}),
        ("urgent.back", project.key, {"taken": 1}),
    ]


def test_who_sent_what_is_written_down(project: Project) -> None:
    guessed(project, 0.9)
    lead = make_user("lead")
    send(project, 3, by=lead)
    row = AuditEntry.objects.get()
    assert (row.actor, row.action, row.subject, row.project) == (lead, "urgent.send", "class-a", project)
    assert row.detail == {"asked": 3, "sent": 1, "sources": sorted(every(Source))}


def test_what_is_refused(project: Project) -> None:
    row = guessed(project, 0.9)
    for by in (make_user("curator"), make_user("reader")):
        with pytest.raises(Refused, match="by lead curators"):
            send(project, 1, by=by)
        with pytest.raises(Refused, match="by lead curators"):
            take_back(project, by)
    with pytest.raises(Refused, match="Class A is none of the project"):
        send(project, 1, label=label(make_project()))
    for n in (0, -1, 100_001):
        with pytest.raises(Refused, match=f"^{n} pictures cannot be sent ahead: expected"):
            send(project, n)
    row.refresh_from_db()
    assert not row.urgent


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_send_no_more_than_is_needed() -> None:
    project = make_project()
    for n in range(8):
        guessed(project, 0.5 + n / 100)
    leads = [make_user("lead"), make_user("lead")]
    sent: list[int] = []
    start = threading.Barrier(2)

    def work(lead: object) -> None:
        try:
            start.wait(10)
            sent.append(send(project, 4, by=lead))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[lead]) for lead in leads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(sent) == [0, 4] and len(ahead(project)) == 4
