"""What is tidied away, and above all what is not."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from curation.models import AuditEntry, Export, Job
from curation.services.retention import tidy
from tests.factories import make_image

pytestmark = pytest.mark.django_db
LOST = "ab" * 32


def aged(path: Path, days: float = 100, *, folder: bool = False) -> Path:
    """A file, or a folder with one, that was changed last so long ago."""
    file = path / "inside" if folder else path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"12345")
    then = time.time() - days * 24 * 3600
    for each in (file, path):
        os.utime(each, (then, then))
    return path


@pytest.fixture
def var(tmp_path: Path, settings: Any) -> Path:
    for name, folder in {
        "VAR_DIR": "",
        "MEDIA_ROOT": "media",
        "EXPORTS_DIR": "exports",
        "RUNS_DIR": "runs",
        "RUNS_DATA_DIR": "runs-data",
        "MODELS_DIR": "models",
        "FEATURES_DIR": "features",
        "SCREENINGS_DIR": "screenings",
    }.items():
        setattr(settings, name, tmp_path / folder)
    return tmp_path


def test_what_goes_and_what_stays(var: Path, release: Any) -> None:
    known = make_image()
    export = Export.objects.create(release=release, format="tfrecord", folder="first/tfrecord-900")
    waiting = Export.objects.create(release=release, format="tfrecord")
    Job.objects.create(kind=Job.Kind.EXPORT, title="x", params={"export": waiting.pk}, state=Job.State.FAILED)
    goes = [
        aged(var / "media/thumb/ab" / f"{LOST}.webp"),
        aged(var / "media/review/ab" / f"{LOST}.webp"),
        aged(var / f"models/.model.{'0' * 16}.keras"),
        aged(var / "features/.set.abcd_123", folder=True),
        aged(var / "uploads/incoming/0123", folder=True),
        aged(var / "deliveries/99999", folder=True),
        aged(var / "runs-data/first-tfrecord", folder=True),
        aged(var / "exports/first/.tfrecord-999.part", folder=True),
        aged(var / "exports/first/tfrecord-998", folder=True),
    ]
    stays = [
        aged(var / "media/original/ab" / f"{LOST}.jpg"),
        aged(var / "media" / known.file_name("thumb")),
        aged(var / "media/thumb/cd" / f"{'cd' * 32}.webp", days=1),
        aged(var / "exports" / export.folder, folder=True),
        aged(var / f"exports/first/.tfrecord-{waiting.pk}.part", folder=True),
        aged(var / "exports/somebody-s-own/tfrecord-7", folder=True),
        aged(var / "models/old", folder=True),
        aged(var / "runs/old", folder=True),
        aged(var / "runs/old/.hidden"),
        aged(var / "uploads/handed-in", folder=True),
        aged(var / f"models/.model.{'1' * 16}.keras", days=1),
        aged(var / "runs-data/second-tfrecord", days=5, folder=True),
    ]
    said = StringIO()
    call_command("tidy", dry_run=True, stdout=said)
    assert all(str(path) in said.getvalue() for path in goes) and "Nothing was removed." in said.getvalue()
    assert all(path.exists() for path in goes) and not AuditEntry.objects.filter(action="site.tidy").exists()

    found = tidy()
    assert [path for path in goes if path.exists()] == []
    assert [path for path in stays if not path.exists()] == []
    assert sum(one.count for one in found) == len(goes) and sum(one.bytes for one in found) == 5 * len(goes)
    entry = AuditEntry.objects.get(action="site.tidy")
    assert entry.detail["renditions"] == {"count": 2, "bytes": 10}
    tidy()
    assert AuditEntry.objects.filter(action="site.tidy").count() == 1  # nothing found, nothing said


def test_training_data_stays_while_a_run_is_under_way(var: Path) -> None:
    data = aged(var / "runs-data/first-tfrecord", folder=True)
    job = Job.objects.create(kind=Job.Kind.TRAIN, title="Training")
    tidy()
    assert data.exists()
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
    tidy()
    assert not data.exists()


def test_an_age_of_0_keeps_for_good(var: Path, settings: Any) -> None:
    lost = aged(var / "media/thumb/ab" / f"{LOST}.webp")
    settings.KEEP_DAYS = site.KEEP_DAYS | {"renditions": 0}
    tidy()
    assert lost.exists()


def test_expired_sign_ins_go(var: Path) -> None:
    now = timezone.now()
    Session.objects.create(session_key="old", session_data="", expire_date=now - timedelta(days=1))
    Session.objects.create(session_key="new", session_data="", expire_date=now + timedelta(days=1))
    tidy()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]


def test_the_scheduler_tidies_once_a_day() -> None:
    entry = site.CELERY_BEAT_SCHEDULE["tidy"]
    assert entry["task"] == "curation.tasks.tidy"
    # By the clock and not by a span: a scheduler that is started anew every day would never come to it.
    assert entry["schedule"].hour == {3} and entry["schedule"].minute == {17}
