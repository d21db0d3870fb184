"""Two web servers, three workers and two schedulers on one database do all kinds of work, each once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db.models import Count

from curation.models import Candidate, Image, Job, JobLog, ModelVersion, Prediction
from curation.services.export import request_export
from curation.services.freeze import freeze
from curation.services.ingest import request_ingest
from curation.services.preclassify import request_preclassify
from tests.curation.imports.lists import jpeg
from tests.curation.preclassify.conftest import MakePictures, make_pictures, tiny  # noqa: F401
from tests.curation.releases.conftest import Garden
from tests.factories import make_licence, make_project, make_source, make_user
from tests.faults.conftest import MakeOpen
from tests.faults.curators import Curator
from tests.faults.everything import check_books, check_files
from tests.faults.workshop import Workshop
from tests.worker import wait_for

FOLDERS, FILES, SEEN, CURATORS = 3, 20, 60, 4


@pytest.mark.django_db(transaction=True)
def test_all_kinds_of_work_at_once(
    workshop: Workshop,
    garden: Garden,
    make_open: MakeOpen,
    make_pictures: MakePictures,  # noqa: F811
    tiny: Callable[..., ModelVersion],  # noqa: F811
    tmp_path: Path,
) -> None:
    release = freeze(garden.project, seed=1, name="first", train=2, test=1, validate=1)
    reviewed, predicted = make_open(2_000), make_project(3)
    make_pictures(predicted, SEEN)
    model = tiny(["Class A", "Class B", "Class C"])
    workshop.start(sites=2, workers=3, schedulers=2)
    curators = [Curator(make_user(), reviewed, workshop.addresses) for _ in range(CURATORS)]
    for curator in curators:
        curator.start()
    batches = []
    for number in range(FOLDERS):
        folder = tmp_path / f"folder-{number}"
        folder.mkdir()
        for n in range(FILES):
            (folder / f"{n:02}.jpg").write_bytes(jpeg(100 * number + n))
        # The same picture in every folder: whoever is first has it.
        (folder / "twin.jpg").write_bytes(jpeg(9_999))
        batches.append(request_ingest(folder, source=make_source("P"), licence=make_licence()))
    exports = [request_export(release, "dryad", acknowledged=True) for _ in range(2)]
    asked = request_preclassify(predicted, model)
    jobs = Job.objects.filter(
        pk__in=[asked.pk, *(batch.job_id for batch in batches), *(export.job_id for export in exports)]
    )
    wait_for(lambda: not jobs.filter(state__in=Job.ACTIVE).exists(), 120)
    for curator in curators:
        curator.stop()

    for job in jobs:
        assert (job.state, job.error, job.attempts) == ("done", "", 1), job
    started = JobLog.objects.filter(job__in=jobs, line__startswith="Started on")
    assert started.count() == jobs.count()  # two schedulers and three workers, and each job was begun once
    for batch in batches:
        batch.refresh_from_db()
        assert (batch.seen, batch.refused) == (FILES + 1, 0)
    assert sum(batch.added for batch in batches) == FOLDERS * FILES + 1
    assert sum(batch.duplicates for batch in batches) == FOLDERS - 1
    assert Image.objects.filter(batch__in=batches).count() == FOLDERS * FILES + 1
    assert Prediction.objects.count() == SEEN
    assert not Prediction.objects.values("candidate").annotate(n=Count("pk")).filter(n__gt=1).exists()
    assert not Candidate.objects.filter(project=predicted, prediction=None).exists()
    for export in exports:
        export.refresh_from_db()
        assert export.job is not None and export.job.result["verified"]["ok"]
    assert exports[0].files and exports[0].files == exports[1].files  # the same bytes, wherever written
    assert all(curator.said for curator in curators)
    check_books(curators, reviewed.pk)
    check_files()
