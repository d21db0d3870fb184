"""Machines that share a database and a bucket, and no folder: in this process by turns, or as processes.

Use it in a folder's conftest or a test: `from tests.machines import bucket_server, machines  # noqa: F401`.
"""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages

from curation.settings import in_bucket
from curation.storage_s3 import Bucket
from tests.browser.site import Site
from tests.curation.releases.s3_server import KEYS, Line, Server
from tests.worker import RealWorker

FOLDERS = {
    "VAR_DIR": "",
    "MEDIA_ROOT": "media",
    "MODELS_DIR": "models",
    "EXPORTS_DIR": "exports",
    "RUNS_DIR": "runs",
    "RUNS_DATA_DIR": "runs-data",
    "FEATURES_DIR": "features",
    "SCREENINGS_DIR": "screenings",
}


class Machines:
    """`on("a")` makes this process one of them; `environment` has another process reach the same bucket."""

    def __init__(self, root: Path, settings: Any, line: Line) -> None:
        self.root, self.line = root, line
        self._settings = settings
        self.bucket = f"machines-{uuid.uuid4().hex[:12]}"
        settings.S3_BUCKET = self.bucket
        settings.STORAGES = settings.STORAGES | {
            "default": in_bucket("media", self.bucket, line.url),
            "exports": in_bucket("exports", self.bucket, line.url),
            "folders": in_bucket("stored", self.bucket, line.url),
        }
        self.stored.client.create_bucket(Bucket=self.bucket)
        self.on("a")

    @property
    def stored(self) -> Bucket:
        found = storages["folders"]
        assert isinstance(found, Bucket)
        return found

    def var(self, name: str) -> Path:
        place = self.root / name
        place.mkdir(exist_ok=True)
        return place

    def on(self, name: str) -> Path:
        place = self.var(name)
        for setting, folder in FOLDERS.items():
            setattr(self._settings, setting, place / folder)
        return place

    @property
    def environment(self) -> dict[str, str]:
        return {**KEYS, "VASCULUM_S3_BUCKET": self.bucket, "AWS_S3_ENDPOINT_URL": self.line.url}

    def worker(self, name: str) -> RealWorker:
        """A machine of its own that takes jobs; not started."""
        return Elsewhere(self, name)

    def site(self, name: str) -> Site:
        """A machine of its own with a web server; not started. All have one secret key."""
        return Site(self.var(name), VASCULUM_SECRET_KEY=self._settings.SECRET_KEY, **self.environment)

    def keys(self, folder: str = "stored") -> list[str]:
        """What the bucket holds."""
        found = self.stored.client.get_paginator("list_objects_v2")
        pages = found.paginate(Bucket=self.bucket, Prefix=f"{folder}/")
        return [one["Key"] for page in pages for one in page.get("Contents", ())]


class Elsewhere(RealWorker):
    """`celery worker` on a machine that shares nothing but the database, Redis and the bucket."""

    def __init__(self, machines: Machines, name: str) -> None:
        super().__init__(machines.var(name))
        self.name, self._machines = name, machines

    def environment(self) -> dict[str, str]:
        return super().environment() | self._machines.environment

    def _spawn(self, *words: str) -> subprocess.Popen[bytes]:
        return super()._spawn(*words, *(["-n", f"{self.name}@%h"] if words[0] == "worker" else []))

    def start_scheduler(self) -> None:
        self.beat = self._spawn("beat", "-s", str(self.var / "beat"), "--pidfile=")


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[Server]:
    made = Server()
    yield made
    made.stop()


@pytest.fixture
def machines(
    bucket_server: Server,
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Machines]:
    """After `own_media`, whose folders these replace."""
    request.getfixturevalue("own_media")
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    line = Line(bucket_server.port)
    yield Machines(tmp_path, settings, line)
    line.close()
