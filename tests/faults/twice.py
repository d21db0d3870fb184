"""What a second delivery must leave as it is: every row and every file; and the delivery itself."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models

from curation.models import Job, JobLog
from curation.services.jobs import execute
from curation.services.progress import NullProgress

# When something happened, and what was counted or measured then, may be told anew.
UNTOLD = (models.DateTimeField, models.JSONField)
STORES = (
    *("MEDIA_ROOT", "MODELS_DIR", "EXPORTS_DIR", "RUNS_DIR", "RUNS_DATA_DIR", "FEATURES_DIR"),
    "SCREENINGS_DIR",
)


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the database but jobs and their logs."""
    found = {}
    for model in apps.get_app_config("curation").get_models():
        if model in (Job, JobLog):
            continue
        fields = [field for field in model._meta.concrete_fields if not isinstance(field, UNTOLD)]
        # Nor by which number: what is computed anew takes the place of the same.
        names = [field.attname for field in fields if not isinstance(field, models.AutoField)]
        found[model.__name__] = sorted(model._default_manager.values_list(*names), key=repr)
    return found


def files() -> dict[str, str]:
    """Every file of every store -> its SHA-256."""
    roots = [Path(getattr(settings, name)) for name in STORES]
    paths = [path for root in roots for path in root.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def changed(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """What is not as it was: name -> (before, now)."""
    names = before.keys() | now.keys()
    return {name: (before.get(name), now.get(name)) for name in names if before.get(name) != now.get(name)}


class SecondDelivery(NullProgress):
    """Hears a job's progress, and at its first word has the same message delivered to another process.

    state: the job's when it came; ran: whether it was run for it.
    """

    def __init__(self, job: Job) -> None:
        self.job, self.state, self.ran = job, "", True
        self._thread = threading.Thread(target=self._deliver, name="second-delivery")

    def begin(self, total: int | None, done: int = 0, unit: str = "pictures") -> None:
        self._once()

    def advance(self, n: int = 1) -> None:
        self._once()

    def log(self, line: str) -> None:
        self._once()

    def over(self) -> bool:
        """Whether it came and was answered."""
        self._thread.join(60)
        return not self._thread.is_alive()

    def _once(self) -> None:
        if self._thread.ident is None:
            self._thread.start()
            # Not for long: the runner may hold rows that the other one waits for.
            self._thread.join(2)

    def _deliver(self) -> None:
        try:
            self.state = Job.objects.values_list("state", flat=True).get(pk=self.job.pk)
            self.ran = execute(self.job.pk)
        finally:
            connection.close()
