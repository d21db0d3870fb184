"""Every message may come twice: while its job runs, and after it has ended. What is under way or done is left
alone, and a runner that is called again all the same changes no row and no file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from curation.models import Job
from curation.services.job_runners import RUNNERS, runner_for
from curation.services.jobs import execute
from curation.services.progress import NullProgress
from curation.tasks import run_job
from tests.curation.fetching.server import Server
from tests.curation.imports.conftest import fetch, server  # noqa: F401
from tests.curation.releases.conftest import MakeGarden
from tests.faults.twice import SecondDelivery, changed, files, rows
from tests.faults.twice_cases import CASES, World
from tests.worker import purge


def test_every_kind_of_job_has_a_case() -> None:
    assert set(CASES) == set(RUNNERS) == set(Job.Kind)


@pytest.mark.timeout(900)  # thirty jobs, seven of them trainings
@pytest.mark.django_db(transaction=True)
def test_what_was_done_is_not_done_again(
    make_garden: MakeGarden,
    server: Server,  # noqa: F811
    fetch: Any,  # noqa: F811
    settings: Any,
    tmp_path: Path,
    subtests: pytest.Subtests,
) -> None:
    settings.SCREENINGS_DIR = tmp_path / "screenings"
    world = World(make_garden, server, tmp_path)
    for kind, makers in CASES.items():
        for make in makers:
            with subtests.test(make.__name__):
                deliver_again_and_again(kind, make(world))
    purge()


def deliver_again_and_again(kind: str, job: Job) -> None:
    assert job.kind == kind
    second = SecondDelivery(job)
    assert execute(job.pk, also=second)
    assert second.over()
    assert (second.state, second.ran) == ("running", False)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", ""), "\n".join(job.log.values_list("line", flat=True))
    there, stored, lines = rows(), files(), job.log.count()
    run_job(job.pk)  # after it has ended
    job.refresh_from_db()
    assert (job.state, job.attempts, job.log.count()) == ("done", 1, lines)
    # As after a worker that was lost when all was done and nothing yet said so.
    runner_for(kind)(job, NullProgress())
    assert changed(there, rows()) == {}
    assert changed(stored, files()) == {}
