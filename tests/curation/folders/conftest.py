"""Folders that machines share through a bucket: a real S3-compatible server."""

from __future__ import annotations

from tests.curation.releases.conftest import drawn, garden, make_garden, quick_hash, release  # noqa: F401
from tests.machines import bucket_server, machines  # noqa: F401
