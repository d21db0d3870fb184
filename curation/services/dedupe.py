"""Groups of pictures that must not stand in two splits: near-duplicates, and pictures of one specimen.

The rules are those of curation.imaging.neighbours, at a distance of settings.NEAR_BITS. Pictures made from
others are left out: they share a split with their parent through it (curation.services.leak_groups), and what
they look like could only tie their parent to strangers. What persons have settled stays as it is
(curation.services.duplicates).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse

from curation.imaging.neighbours import Marked, Names, Pictures, affected, grouped
from curation.models import Image, Job
from curation.services.dedupe_rows import Rows, read_rows, write_groups
from curation.services.progress import Progress

LOCK = 0x76617363  # one grouping at a time: two at once could each miss the other's new pictures


def lock_groups() -> None:
    """Until the transaction ends, nobody else changes groups. Take it before deleting or moving pictures."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@transaction.atomic
def group_images(images: Sequence[Image]) -> int:
    """Look at the groups of these images anew, and at all that hangs together with them.

    Returns the number of groups that are there no longer, mostly because they were merged into others.
    """
    if not images:
        return 0
    lock_groups()
    rows = read_rows()
    return _regroup(rows, np.isin(rows.ids, [image.pk for image in images]))


@transaction.atomic
def forget(images: Sequence[Image]) -> int:
    """After the rows of these images were deleted: what only they held together falls apart.

    Returns the number of groups that are there no longer.
    """
    groups = sorted({image.group for image in images})
    if not groups or not _any_in(groups):
        return 0
    lock_groups()
    rows = read_rows()
    return _regroup(rows, np.isin(rows.groups, np.array(groups, "S64")))


def regroup_all(progress: Progress) -> dict[str, int]:
    """Group all pictures anew, as after a change of the distance. Settled groups stay.

    Returns how many pictures and groups there are, how many groups of two and more, and how many pictures
    changed their group.
    """
    progress.begin(total=None, done=0, unit="pictures")
    progress.result_url = reverse("duplicates")
    before, after = _group_all()
    _, sizes = np.unique(after, return_counts=True)
    progress.advance(len(after))
    return {
        "pictures": len(after),
        "groups": len(sizes),
        "of two and more": int((sizes > 1).sum()),
        "moved": int((before != after).sum()),
    }


@transaction.atomic
def _group_all() -> tuple[Names, Names]:
    """The groups of all pictures before and after."""
    lock_groups()
    Image.objects.filter(parent__isnull=False, group_settled=False).exclude(group=F("sha256")).update(
        group=F("sha256"), representative=False
    )
    rows = read_rows()
    before = rows.groups.copy()
    _regroup(rows, np.ones(len(rows.ids), bool))
    return before, rows.groups


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job that groups all pictures anew."""
    return {"within": settings.NEAR_BITS, **regroup_all(progress)}


def _regroup(rows: Rows, seeds: Marked) -> int:
    if not seeds.any():
        return 0
    ties = [rows.group_marks, rows.occurrences, rows.catalogue]
    chosen = np.flatnonzero(affected(rows.hashes, seeds, ties, settings.NEAR_BITS))
    before = rows.groups[chosen]
    made = grouped(
        Pictures(
            rows.names[chosen],
            rows.hashes[chosen],
            [rows.occurrences[chosen], rows.catalogue[chosen]],
            np.where(rows.settled[chosen], before, b""),
        ),
        settings.NEAR_BITS,
    )
    changed = before != made
    write_groups(rows.ids[chosen[changed]], made[changed])
    rows.groups[chosen] = made
    return len(np.setdiff1d(before, made))


def _any_in(groups: list[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute('SELECT EXISTS (SELECT FROM curation_image WHERE "group" = ANY(%s))', [groups])
        return bool(cursor.fetchone()[0])
