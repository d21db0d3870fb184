"""An ingest that is held where it writes, and what must be true when it has ended."""

from __future__ import annotations

from pathlib import Path

import psycopg
from django.db import connection

from curation.models import Batch, Image, Job
from curation.services.ingest import request_ingest
from tests.curation.imports.lists import jpeg
from tests.factories import make_licence, make_source
from tests.faults.everything import check_files
from tests.worker import database_address, wait_for

FILES = 6


def held_ingest(folder: Path) -> tuple[Batch, psycopg.Connection]:
    """An ingest that a worker runs, held where it writes its first picture."""
    pictures = folder / "pictures"
    pictures.mkdir()
    for n in range(FILES):
        (pictures / f"{n}.jpg").write_bytes(jpeg(n))
    gate = psycopg.connect(database_address())
    gate.execute("LOCK TABLE curation_image IN SHARE MODE")
    batch = request_ingest(pictures, source=make_source("P"), licence=make_licence())
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'curation_image'::regclass"

    def at_the_gate() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            return bool(cursor.fetchone()[0])

    wait_for(at_the_gate)
    return batch, gate


def check_done(batch: Batch, attempts: int) -> list[str]:
    """It ended well, each picture is there once; what its log says."""
    jobs = Job.objects.filter(pk=batch.job_id)
    wait_for(jobs.exclude(state__in=Job.ACTIVE).exists, 120)
    job = jobs.get()
    assert (job.state, job.error) == ("done", "")
    batch.refresh_from_db()
    assert (batch.added, batch.refused, Image.objects.filter(batch=batch).count()) == (FILES, 0, FILES)
    check_files()
    lines = list(job.log.values_list("line", flat=True))
    assert sum(line.startswith(("Started", "Resumed")) for line in lines) == attempts, lines
    return lines
