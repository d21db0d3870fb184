"""Every message may come twice: what has ended is left alone, and a runner that is called again all the same
changes no row and no file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from curation.models import Aggregation, AuditEntry, Batch, Job, JobLog
from curation.services import deliveries
from curation.services.aggregate import request_aggregation
from curation.services.agreement import request_agreement
from curation.services.demo import request_demo
from curation.services.derive_corruptions import request_corruptions
from curation.services.export import request_export, request_verify
from curation.services.freeze import freeze
from curation.services.freeze_job import request_freeze
from curation.services.guidelines_reopen import Choice, newest_decision, request_reopen
from curation.services.ingest import request_ingest
from curation.services.job_runners import RUNNERS, runner_for
from curation.services.jobs import create_job
from curation.services.progress import NullProgress
from curation.services.projects import ensure_herbariograph
from curation.tasks import run_job
from tests.curation.imports.lists import jpeg, row, write_list
from tests.curation.releases.conftest import Garden
from tests.factories import make_candidate, make_licence, make_source, make_user
from tests.worker import purge

Make = Callable[[], Job]
# When something happened, and what was counted then, may be told anew.
UNTOLD = (models.DateTimeField, models.JSONField)


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the database but jobs and what is said about them."""
    found = {}
    for model in apps.get_app_config("curation").get_models():
        if model in (Job, JobLog, AuditEntry):
            continue
        fields = [field for field in model._meta.concrete_fields if not isinstance(field, UNTOLD)]
        # Nor by which number: what is computed anew takes the place of the same.
        names = [field.attname for field in fields if not isinstance(field, models.AutoField)]
        found[model.__name__] = sorted(model._default_manager.values_list(*names), key=repr)
    return found


def files() -> dict[str, str]:
    """Every file that was stored or exported -> its SHA-256."""
    roots = [Path(settings.MEDIA_ROOT), Path(settings.EXPORTS_DIR)]
    paths = [path for root in roots for path in root.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def batch_job(batch: Batch) -> Job:
    assert batch.job is not None
    return batch.job


def every(garden: Garden, folder: Path) -> Iterator[tuple[str, Make]]:
    """A job of every kind that needs no model, no release of another site and no host to fetch from."""
    project, lead = garden.project, make_user("lead")
    pictures = folder / "pictures"
    pictures.mkdir()
    for n in range(5):
        (pictures / f"{n}.jpg").write_bytes(jpeg(n))
    (pictures / "torn.jpg").write_bytes(jpeg(9)[:400])
    delivery = deliveries.receive(
        write_list(folder, [row(n, license="ask us") for n in range(5)]),
        project=project,
        source=make_source("I"),
    )

    def ingest() -> Job:
        batch = request_ingest(pictures, source=make_source("P"), licence=make_licence(), project=project)
        return batch_job(batch)

    def imported() -> Job:
        delivery.refresh_from_db()
        return deliveries.request_import(delivery)

    def export() -> Job:
        release = freeze(project, seed=1, name="first", train=2, test=1, validate=1)
        job = request_export(release, "dryad", acknowledged=True).job
        assert job is not None
        return job

    def check_export() -> Job:
        return request_verify(project.releases.get(name="first").exports.get())

    def corrupted() -> Job:
        a, b, _c = garden.classes
        return request_corruptions(project, 2, 7, label=a, proposed=b)

    def settled() -> Job:
        make_candidate(project, votes=0)
        return create_job("settle", "Count anew", params={"project": project.key})

    def sent_back() -> Job:
        choice = Choice(2**31 - 1, (garden.classes[0].pk,), last=newest_decision(project))
        return request_reopen(lead, project, choice, "looked at anew")

    yield "ingest", ingest
    yield "check", lambda: deliveries.request_check(delivery)
    yield "import", imported
    yield "group", lambda: create_job("group", "Group", params={})
    yield "freeze", lambda: request_freeze(project, seed=2, name="second", train=2, test=1, validate=1)
    yield "export", export
    yield "export", check_export
    yield "agreement", lambda: request_agreement(project, lead)
    yield "aggregate", lambda: request_aggregation(project, lead, Aggregation.Method.DAWID_SKENE)
    yield "settle", settled
    yield "derive", corrupted
    yield "demo", lambda: request_demo(ensure_herbariograph()[0], per_class=1, short_side=120)
    yield "reopen", sent_back


# These need a model, a site or minutes; the tests named in docs/faults.md run each of them again.
ELSEWHERE = {
    *("preclassify", "download", "train", "distill", "soup", "evaluate", "encode", "tiles", "sheets"),
    *("features", "map", "doubts", "outliers", "near", "screen"),
}


@pytest.mark.django_db(transaction=True)
def test_what_was_done_is_not_done_again(garden: Garden, tmp_path: Path) -> None:
    purge()
    seen = set()
    for kind, make in every(garden, tmp_path):
        job = make()
        assert job.kind == kind
        run_job(job.pk)
        job.refresh_from_db()
        assert (job.state, job.error) == ("done", ""), f"{kind}: {job.error}"
        there, stored, lines = rows(), files(), job.log.count()
        run_job(job.pk)  # its message a second time
        job.refresh_from_db()
        assert (job.state, job.attempts, job.log.count()) == ("done", 1, lines), kind
        # As after a worker that was lost when all was done and nothing yet said so.
        runner_for(kind)(job, NullProgress())
        now = rows()
        assert {name: now[name] for name in now if now[name] != there[name]} == {}, kind
        assert files() == stored, kind
        seen.add(kind)
    assert seen | ELSEWHERE == {str(kind) for kind in RUNNERS}, "a kind of job that nobody runs twice"
    purge()
