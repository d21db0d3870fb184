"""Two web servers, three workers and two schedulers, which share a database and a bucket and no folder, do
all kinds of work, each once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db.models import Count

from curation.models import Candidate, Image, Job, JobLog, ModelVersion, Prediction, StoredFile
from curation.services import uploads
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
from tests.faults.everything import check_books
from tests.machines import Elsewhere, Machines, bucket_server, machines  # noqa: F401
from tests.worker import LOST_AFTER_SECONDS, purge, wait_for

FOLDERS, FILES, SEEN, CURATORS = 3, 20, 60, 4


@pytest.fixture
def addresses(machines: Machines, settings: Any, services_back: None) -> Iterator[list[str]]:  # noqa: F811
    """Of two web servers; three workers and two schedulers run beside them."""
    settings.JOB_LOST_AFTER_SECONDS, settings.JOB_HEARTBEAT_SECONDS = LOST_AFTER_SECONDS, 1
    purge()
    sites = [machines.site(f"web-{n}") for n in range(2)]
    workers = [Elsewhere(machines, f"worker-{n}") for n in range(3)]
    try:
        with ThreadPoolExecutor(len(workers)) as pool:
            begun = [pool.submit(worker.start_worker) for worker in workers]
            for site in sites:
                site.start()  # in this thread: the kernel ends them with the thread that started them
            for one in begun:
                one.result()
        for worker in workers[:2]:
            worker.start_scheduler()
        yield [site.url for site in sites]
    finally:
        with ThreadPoolExecutor(5) as pool:
            list(pool.map(lambda one: one.stop(), [*sites, *workers]))


@pytest.mark.django_db(transaction=True)
def test_all_kinds_of_work_at_once(
    machines: Machines,  # noqa: F811
    addresses: list[str],
    garden: Garden,
    make_open: MakeOpen,
    make_pictures: MakePictures,  # noqa: F811
    tiny: Callable[..., ModelVersion],  # noqa: F811
) -> None:
    release = freeze(garden.project, seed=1, name="first", train=2, test=1, validate=1)
    reviewed, predicted = make_open(2_000), make_project(3)
    make_pictures(predicted, SEEN)
    model = tiny(["Class A", "Class B", "Class C"])
    curators = [Curator(make_user(), reviewed, addresses) for _ in range(CURATORS)]
    for curator in curators:
        curator.start()
    batches = []
    for number in range(FOLDERS):
        upload = uuid.uuid4()
        for n in range(FILES):
            uploads.save_file(upload, f"{n:02}.jpg", [jpeg(100 * number + n)])
        # The same picture in every folder: whoever is first has it.
        uploads.save_file(upload, "twin.jpg", [jpeg(9_999)])
        folder = uploads.hand_in(upload)
        batches.append(
            request_ingest(folder, source=make_source("P"), licence=make_licence(), remove_after=True)
        )
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
    for image in Image.objects.filter(batch__in=batches):
        assert default_storage.size(image.file_name(Image.Rendition.ORIGINAL)) == image.bytes
    # Nothing of the uploads is left, and of the models only what rows name.
    assert set(StoredFile.objects.values_list("folder", flat=True)) == {f"models/{model.folder}"}
    assert len(machines.keys()) == StoredFile.objects.count()
