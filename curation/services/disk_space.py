"""Room on the disk: who fills it is refused before it is full, since a full disk also stops votes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Job
from curation.services.folders import cache

# What writes many files. The rest (votes, freezing, figures, searches) may go on while people make room.
FILLS = {
    Job.Kind.INGEST,
    Job.Kind.IMPORT,
    Job.Kind.DOWNLOAD,
    Job.Kind.DERIVE,
    Job.Kind.EXPORT,
    Job.Kind.TRAIN,
    Job.Kind.DISTILL,
    Job.Kind.SOUP,
    Job.Kind.ENCODE,
    Job.Kind.TILES,
    Job.Kind.SHEETS,
    Job.Kind.FEATURES,
    Job.Kind.MAP,
    Job.Kind.SCREEN,
}
# Asked for by the clock, too, where nobody would hear the refusal: refused when it runs.
LATER = {Job.Kind.DOWNLOAD}
GB = 1e9


@dataclass(frozen=True)
class Room:
    """Bytes of the disk that VASCULUM_VAR lies on."""

    free: int
    total: int
    keep: int

    @property
    def short(self) -> bool:
        return self.free < self.keep

    @property
    def words(self) -> str:
        """For people who may do something about it."""
        return _("%(free)s GB are free on the disk of this server, and %(keep)s GB are kept free.") % {
            "free": f"{self.free / GB:.1f}",
            "keep": f"{self.keep / GB:.1f}",
        }


def room() -> Room:
    """What there is now."""
    place = Path(settings.VAR_DIR)
    place.mkdir(parents=True, exist_ok=True)
    found = shutil.disk_usage(place)
    return Room(found.free, found.total, settings.KEEP_FREE_MIB << 20)


def check(kind: str) -> None:
    """Raises Refused where a job of this kind would fill a disk that is short of room."""
    if kind in FILLS and room().short:
        cache.evict()  # what can be fetched again goes before anybody is refused
    if kind in FILLS and (found := room()).short:
        raise Refused(
            _("%(job)s cannot start. %(words)s Make room, then try again; what is there already is safe.")
            % {"job": Job.Kind(kind).label, "words": found.words}
        )


def check_request(kind: str) -> None:
    """The same, before the job is made, so that the page says so at once. Raises Refused."""
    if kind not in LATER:
        check(kind)
