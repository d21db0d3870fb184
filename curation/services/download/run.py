"""The download job: fetch what waits until nothing does, then group and finish the batches."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, F, OuterRef

from curation import __version__
from curation.errors import Refused
from curation.fetching import FetchSettings, FetchSettingsError, fetch_all, forget, recover
from curation.models import Batch, Job, MediaRecord
from curation.services.dedupe import group_images
from curation.services.download.settle import settle
from curation.services.download.work import DatabaseWork
from curation.services.ingest import finish_batch
from curation.services.progress import Progress

State = MediaRecord.State
GROUP_EVERY = 300.0  # seconds, in downloads that take days


def run(job: Job, progress: Progress) -> dict[str, int]:
    """Fetch all that waits. Goes on where a killed run was: whole files that it left are taken in first."""
    folder = settings.VAR_DIR / "fetch"
    folder.mkdir(parents=True, exist_ok=True)
    chosen = fetch_settings(folder)
    waiting = MediaRecord.objects.filter(state=State.WAITING)
    progress.begin(total=waiting.count() + job.done, done=job.done, unit="pictures")
    settled = _settle_left(folder, progress)
    while waiting.exists():  # also what was asked for while the last of the rest came in
        n = asyncio.run(_fetch(chosen, progress))
        finish_batches()
        if not n:
            raise Refused(f"{waiting.count():,} pictures wait, but none could be asked for.")
        settled += n
    finish_batches()
    for half in folder.iterdir():  # of records that were taken back before they had arrived
        half.unlink()
    return {"settled": settled}


def fetch_settings(folder: Path) -> FetchSettings:
    """How this installation fetches. Raises Refused where hosts could not tell who asks, or a setting is
    unusable."""
    if not settings.FETCH["contact"]:
        raise Refused(
            "Nothing was fetched: hosts could not tell who asks. Set VASCULUM_FETCH_CONTACT to an e-mail "
            "address that is read, start again and resume this job."
        )
    try:
        return FetchSettings(folder=folder, version=__version__, **settings.FETCH)
    except FetchSettingsError as error:
        raise Refused(f"Nothing was fetched: a VASCULUM_FETCH_ setting cannot be used: {error}") from error


def _settle_left(folder: Path, progress: Progress) -> int:
    """Take in what a killed run had fetched whole."""
    left = recover(folder)
    for result in left:
        settle(result)
        forget(folder, result)
        progress.advance()
    return len(left)


async def _fetch(chosen: FetchSettings, progress: Progress) -> int:
    stop = asyncio.Event()
    with DatabaseWork(progress, stop) as work:
        others = [asyncio.create_task(work.watch()), asyncio.create_task(_group_now_and_then())]
        try:
            await fetch_all(work, chosen, stop=stop)
        finally:
            for task in others:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
    if work.stopped:
        raise work.stopped
    return work.settled


async def _group_now_and_then() -> None:
    begun = time.time()
    while True:
        await asyncio.sleep(GROUP_EVERY)
        await asyncio.to_thread(_group_since, begun)
        begun = time.time()


def _group_since(when: float) -> None:
    fresh = datetime.fromtimestamp(when - 5, UTC)
    running = Batch.objects.filter(state=Batch.State.RUNNING, records__isnull=False).distinct()
    for batch in running:
        group_images(list(batch.images.filter(created_at__gte=fresh, group=F("sha256"))))


def finish_batches() -> None:
    """Group the pictures of batches with nothing left to fetch, and write their counts."""
    own = MediaRecord.objects.filter(batch=OuterRef("pk"))
    for batch in Batch.objects.filter(
        Exists(own), ~Exists(own.filter(state=State.WAITING)), state=Batch.State.RUNNING
    ):
        finish_batch(batch)
