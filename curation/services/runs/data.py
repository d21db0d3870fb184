"""The data of a release that runs train on, on this machine: made once, checked, shared by all runs.

Records (`tfrecord`) for classifiers; pictures (`imagefolder`) for encoders, which see more than 96 pixels.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from curation.models import Release
from curation.services.export import write_export
from curation.services.exports.content import RELEASE_FILE
from curation.services.exports.folder import CHECKSUMS_FILE, read_checksums
from curation.services.progress import Progress
from inference.files import sha256_of

PAUSE = 0.5  # seconds between two looks at whether another job has finished them
RECORDS, PICTURES = "tfrecord", "imagefolder"
WORDS = {RECORDS: "training records", PICTURES: "training pictures"}


def data_folder(release: Release, format: str = RECORDS) -> Path:
    return Path(settings.RUNS_DATA_DIR) / f"{release.name}-{format}"


def ready_data(release: Release, progress: Progress, format: str = RECORDS) -> Path:
    """The folder of the release's records, or pictures. Made where it is missing or not as it was written.

    Goes on where an earlier start was stopped; where another job makes it, waits for that one. Raises
    Refused as exports do.
    """
    folder, words = data_folder(release, format), WORDS[format]
    with _alone(folder, progress, words):
        problem = fault(folder, release)
        if problem is None:
            progress.log(f"The {words} of {release} are there and as they were written.")
            return folder
        if folder.exists():
            progress.log(f"The {words} of {release} are made anew: {problem}.")
            shutil.rmtree(folder)
        else:
            progress.log(f"Making the {words} of {release}; later runs share them.")
        write_export(release, format, folder, progress=progress)
    return folder


def fault(folder: Path, release: Release) -> str | None:
    """What is wrong with such a folder; None for nothing. Every file is read."""
    try:
        facts = json.loads((folder / RELEASE_FILE).read_bytes())
        if facts["manifest_sha256"] != release.manifest_sha256:
            return f"{RELEASE_FILE} is of another release"
        names = read_checksums((folder / CHECKSUMS_FILE).read_text())
        for name, expected in names.items():
            if sha256_of(folder / name) != expected:
                return f"{name} is not as it was written"
    except (OSError, ValueError, LookupError, TypeError) as error:
        return " ".join(str(error).split()) or type(error).__name__
    return None if RELEASE_FILE in names else f"{CHECKSUMS_FILE} does not name {RELEASE_FILE}"


@contextmanager
def _alone(folder: Path, progress: Progress, words: str) -> Iterator[None]:
    """One job at a time; it can be cancelled while it waits."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f".{folder.name}.lock").open("a") as file:
        said = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not said:
                    progress.log(f"Another run makes the {words} of this release; waiting for it.")
                    said = True
                progress.check()
                time.sleep(PAUSE)
        yield
