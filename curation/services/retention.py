"""What nobody needs any more, and when it goes: leftovers, copies that can be made again, old logs.

Never touched: original pictures, renditions of pictures that the database knows, releases, finished exports,
models, runs, votes, the audit. Each rule says what it finds; `tidy` removes it and writes one audit row.
"""

from __future__ import annotations

import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

from curation.models import Batch, Export, Image, Job, KeptAnswer, Release, WebhookDelivery
from curation.services import audit, uploads
from curation.services.backup.places import in_bucket, stores
from curation.services.kept_answers import KEPT
from curation.services.leftovers import Object, lost_in_bucket, old_exports, old_renditions, working_copies

DAY = 24 * 3600
# Names of inference.files (whole_file, whole_folder), of uploads and of readiness probes.
TEMPORARY = re.compile(
    r"\.(?:.+\.[0-9a-f]{16}(?:\.\w+)?|.+\.[a-z0-9_]{8}|part-\w+|ready-[0-9a-f]{32}|from-storage-\w+)"
)
PICTURE = re.compile(r"([0-9a-f]{64})\.\w{1,5}")
RUNNING_ON_DATA = [Job.Kind.TRAIN, Job.Kind.DISTILL, Job.Kind.SOUP, Job.Kind.EVALUATE, Job.Kind.ENCODE]
RUNNING_ON_DATA += [Job.Kind.TILES, Job.Kind.SHEETS]
AT_ONCE = 1_000


@dataclass
class Found:
    """What one rule found: paths (or objects of the bucket) with their bytes, or a number of rows."""

    rule: str
    paths: list[tuple[Path | Object, int]] = field(default_factory=list)
    rows: int = 0

    @property
    def bytes(self) -> int:
        return sum(size for _path, size in self.paths)

    @property
    def count(self) -> int:
        return len(self.paths) + self.rows


def tidy(*, dry_run: bool = False) -> list[Found]:
    """Apply every rule whose age is not 0; returns what went, or with dry_run what would."""
    found = []
    for rule, find in FILES.items():
        if days := settings.KEEP_DAYS.get(rule, 0):
            one = Found(rule, [(path, _size(path)) for path in find(time.time() - days * DAY)])
            if not dry_run:
                one.paths = [(path, size) for path, size in one.paths if _remove(path)]
            found.append(one)
    for rule, clear in ROWS.items():
        found.append(Found(rule, rows=clear(dry_run)))
    if not dry_run and any(one.count for one in found):
        detail: dict[str, Any] = {
            one.rule: {"count": one.count, "bytes": one.bytes} for one in found if one.count
        }
        audit.record(None, "site.tidy", "leftovers", **detail)
    return found


def temporary(before: float) -> Iterator[Path | Object]:
    """What processes that were killed left under way, in any store; abandoned uploads and their like.

    With a bucket, also objects that no row names, and what was worked on here and is known to all machines.
    """
    yield from lost_in_bucket(before)
    yield from (place for place in working_copies() if _newest(place) < before)
    for store in [*stores().values(), Path(settings.RUNS_DATA_DIR)]:
        for path in _below(store):
            if TEMPORARY.fullmatch(path.name) and _newest(path) < before:
                yield path
    var = Path(settings.VAR_DIR)
    for folder in _children(var / "uploads" / "incoming"):
        if _newest(folder) < min(before, time.time() - uploads.ABANDONED_AFTER):
            yield folder
    ended = [Batch.State.DONE, Batch.State.UNDONE, Batch.State.DISCARDED]
    open_batches = set(Batch.objects.exclude(state__in=ended).values_list("pk", flat=True))
    for folder in _children(var / "deliveries"):
        if folder.name.isdecimal() and int(folder.name) not in open_batches and _newest(folder) < before:
            yield folder


def training_data(before: float) -> Iterator[Path]:
    """Records, pictures and sheets that runs were trained on: made again from the release by the next run.

    Nothing goes while any run is under way, since several share them.
    """
    if Job.objects.filter(kind__in=RUNNING_ON_DATA, state__in=Job.ACTIVE).exists():
        return
    for folder in _children(Path(settings.RUNS_DATA_DIR)):
        if folder.is_dir() and not folder.name.startswith(".") and _newest(folder) < before:
            yield folder


def lost_renditions(before: float) -> Iterator[Path | Object]:
    """Renditions of pictures that the database does not know: their intake was undone, or never ended.

    Originals stay even then: they may be the only copy.
    """
    for rendition in Image.Rendition:
        if rendition == Image.Rendition.ORIGINAL:
            continue
        old: Iterator[Path | Object]
        if in_bucket():
            old = old_renditions(rendition.value, before)
        else:
            old = (
                path
                for path in _below(Path(settings.MEDIA_ROOT) / rendition.value)
                if path.is_file() and path.stat().st_mtime < before
            )
        pictures = (one for one in old if PICTURE.fullmatch(one.name))
        while some := list(islice(pictures, AT_ONCE)):
            names = {one.name.partition(".")[0] for one in some}
            known = set(Image.objects.filter(sha256__in=names).values_list("sha256", flat=True))
            yield from (one for one in some if one.name.partition(".")[0] not in known)


def lost_exports(before: float) -> Iterator[Path | Object]:
    """Half-written exports that nobody goes on with, and folders that no export of the database is in."""
    root = Path(settings.EXPORTS_DIR)
    used = set(Export.objects.exclude(folder="").values_list("folder", flat=True))
    under_way = Job.objects.filter(kind=Job.Kind.EXPORT).exclude(state=Job.State.DONE)
    keep = {str(job["params"].get("export")) for job in under_way.values("params")}
    releases = set(Release.objects.values_list("name", flat=True))
    for release in _children(root):
        if release.name not in releases or not release.is_dir():
            continue  # not ours: somebody's own folder
        for folder in _children(release):
            name = folder.name.removeprefix(".").removesuffix(".part")
            number = name.rpartition("-")[2]
            if f"{release.name}/{folder.name}" in used or number in keep or not number.isdecimal():
                continue
            if folder.is_dir() and _newest(folder) < before:
                yield folder
    if in_bucket():
        yield from old_exports(before, used, keep, releases)


def sessions(dry_run: bool) -> int:
    """Sign-ins that have expired."""
    old = Session.objects.filter(expire_date__lt=Now())
    return old.count() if dry_run else old.delete()[0]


def webhook_log(dry_run: bool) -> int:
    """Messages to webhooks that have ended long ago; what waits stays."""
    days = settings.KEEP_DAYS.get("webhook-log", 0)
    old = WebhookDelivery.objects.filter(ended_at__lt=Now() - timedelta(days=days))
    if not days:
        return 0
    return old.count() if dry_run else old.delete()[0]


def kept_answers(dry_run: bool) -> int:
    """Answers to requests of the API whose keys count no longer."""
    old = KeptAnswer.objects.filter(created_at__lt=Now() - KEPT)
    return old.count() if dry_run else old.delete()[0]


FILES: dict[str, Callable[[float], Iterator[Path | Object]]] = {
    "temporary": temporary,
    "training-data": training_data,
    "renditions": lost_renditions,
    "exports": lost_exports,
}
ROWS: dict[str, Callable[[bool], int]] = {
    "sessions": sessions,
    "webhook-log": webhook_log,
    "kept-answers": kept_answers,
}


def _below(root: Path) -> Iterator[Path]:
    """Everything below a folder, but nothing inside of what is temporary itself."""
    for path in _children(root):
        yield path
        if path.is_dir() and not path.is_symlink() and not TEMPORARY.fullmatch(path.name):
            yield from _below(path)


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _newest(path: Path) -> float:
    """When anything in it was changed last; now, where it is going away at this moment."""
    try:
        times = [path.lstat().st_mtime]
        if path.is_dir() and not path.is_symlink():
            times += [inner.lstat().st_mtime for inner in path.rglob("*")]
    except FileNotFoundError:
        return time.time()
    return max(times)


def _size(path: Path | Object) -> int:
    if isinstance(path, Object):
        return path.bytes
    if not path.is_dir() or path.is_symlink():
        return path.lstat().st_size
    return sum(inner.lstat().st_size for inner in path.rglob("*") if inner.is_file())


def _remove(path: Path | Object) -> bool:
    if isinstance(path, Object):
        return path.remove()
    try:
        if path.is_dir() and not path.is_symlink():
            # Of two that tidy at once one has it; should that one die, the name is a leftover's.
            going = path.with_name(f".{path.name}.{uuid.uuid4().hex[:16]}")
            path.rename(going)
            shutil.rmtree(going, ignore_errors=True)
        else:
            path.unlink()
    except FileNotFoundError:
        return False
    return True
