"""Every kind of work that writes, begun together and held in its middle, and what must be true afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.conf import settings

from curation.models import Batch, BatchProblem, Candidate, Decision, Export, Image, Job, MediaRecord, Release
from curation.services import deliveries
from curation.services.export import export_folder, request_export
from curation.services.freeze_job import request_freeze
from curation.services.ingest import request_ingest
from tests.curation.imports.lists import jpeg, row, write_list
from tests.curation.releases.conftest import Garden
from tests.factories import make_licence, make_source
from tests.faults.curators import Curator, check_votes
from tests.worker import database_address, wait_for

PICTURES, ROWS = 24, 30
# Where each kind of work is held: nobody may write there until the lock is gone, everybody may read.
GATES = ("curation_vote", "curation_image", "curation_mediarecord", "curation_release", "curation_export")
WAITING = """
SELECT count(DISTINCT l.relation) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE NOT l.granted AND l.relation::regclass::text = ANY(%s) AND a.datname = current_database()
"""


@dataclass
class Round:
    """One round of work: an ingest, an import of records, a freeze and an export."""

    number: int
    ingest: Batch
    imported: Batch
    freeze: Job
    export: Export

    def jobs(self) -> list[int]:
        found = [self.ingest.job_id, self.imported.job_id, self.freeze.pk, self.export.job_id]
        return [pk for pk in found if pk is not None]

    def ended(self) -> bool:
        return not Job.objects.filter(pk__in=self.jobs(), state__in=Job.ACTIVE).exists()


def begin(number: int, folder: Path, garden: Garden, release: Release) -> Round:
    pictures = folder / f"pictures-{number}"
    pictures.mkdir()
    for n in range(PICTURES):
        (pictures / f"{n:02}.jpg").write_bytes(jpeg(1000 * number + n))
    (pictures / "torn.jpg").write_bytes(jpeg(1000 * number)[:500])
    # A licence that nobody knows: the rows wait for a person, and nothing is fetched.
    rows = [row(1000 * number + n, license=f"ask us {number}") for n in range(ROWS)]
    delivery = deliveries.receive(
        write_list(folder, rows, f"list-{number}.tsv"), project=garden.project, source=make_source("I")
    )
    deliveries.check(delivery)
    deliveries.request_import(delivery)
    delivery.refresh_from_db()
    sizes = {"train": 2, "test": 1, "validate": 1}
    return Round(
        number,
        request_ingest(pictures, source=make_source("P"), licence=make_licence()),
        delivery,
        request_freeze(garden.project, seed=number, name=f"round-{number}", **sizes),
        request_export(release, "dryad", acknowledged=True),
    )


@contextmanager
def held_in_the_middle() -> Iterator[None]:
    """All work waits where it writes, inside its transactions and with files half way, until the block ends.

    A server that is killed within the block takes the lock with it.
    """
    other = psycopg.connect(database_address())
    try:
        # One after the other, since one that is waited for must not keep the others from working.
        for table in GATES:
            other.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield
        other.rollback()
    except psycopg.OperationalError:
        pass  # killed with its server
    finally:
        other.close()


def wait_at_the_gates(gates: int) -> None:
    """Until somebody waits at so many of them."""

    def waiting() -> bool:
        with psycopg.connect(database_address(), autocommit=True) as other:
            found = other.execute(WAITING, [list(GATES)]).fetchone()
            return found is not None and found[0] >= gates

    wait_for(waiting, 60)


def check_round(done: Round) -> None:
    """All four ended well, each did its work once, and nothing half made is left."""
    for pk in done.jobs():
        job = Job.objects.get(pk=pk)
        log = "\n".join(job.log.values_list("line", flat=True))
        assert (job.state, job.error) == ("done", ""), f"{job}: {job.error}\n{log}"
    ingest, imported = (Batch.objects.get(pk=one.pk) for one in (done.ingest, done.imported))
    assert (ingest.added, ingest.refused, ingest.duplicates) == (PICTURES, 1, 0)
    assert BatchProblem.objects.filter(batch=ingest).count() == 1
    assert MediaRecord.objects.filter(batch=imported).count() == ROWS
    assert (imported.state, imported.seen) == ("done", ROWS)
    frozen = Release.objects.get(name=f"round-{done.number}")
    assert frozen.manifest_sha256 and frozen.members.count() == 12
    export = Export.objects.get(pk=done.export.pk)
    assert export.finished_at and export.job is not None and export.job.result["verified"]["ok"]
    assert {path.name for path in export_folder(export).iterdir()} == {file["name"] for file in export.files}
    check_files()


def check_files() -> None:
    """No file under a temporary name is left, and every original is what its name says."""
    for root in (Path(settings.MEDIA_ROOT), Path(settings.EXPORTS_DIR)):
        left = [path for path in root.rglob("*") if path.name.startswith(".")]
        assert not left, left
    for image in Image.objects.exclude(batch__origin="tests").exclude(batch__origin="open"):
        path = Path(settings.MEDIA_ROOT) / image.file_name(Image.Rendition.ORIGINAL)
        assert path.stat().st_size == image.bytes


def check_books(curators: list[Curator], project: int) -> int:
    """Votes are those that were taken, and states and decisions are what they add up to; how many votes."""
    votes = check_votes(curators)
    decided = Candidate.objects.filter(project=project, state="decided")
    assert decided.count() == votes == Decision.objects.filter(candidate__project=project).count()
    assert not decided.exclude(votes=1).exists()
    assert not Candidate.objects.filter(project=project, state="open").exclude(votes=0).exists()
    return votes
