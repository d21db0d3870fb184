"""A database and broker of a benchmark's own, in a temporary folder."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.timing import ROOT


@contextmanager
def own_database() -> Iterator[Path]:
    """The folder; settings, DATABASE_URL and REDIS_URL are in the environment, and the tables are made."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        work = Path(folder)
        os.environ |= {"VASCULUM_VAR": str(work / "var"), "DJANGO_SETTINGS_MODULE": "curation.settings"}
        from curation import embedded

        try:  # an interrupted start has to be stopped, too
            services = embedded.ensure()
            os.environ |= {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
            yield work
        finally:
            embedded.stop()
