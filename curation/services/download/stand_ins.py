"""Hosts that serve one picture for everything (hot-link images): what came in as one is taken out again."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from curation.fetching import Result
from curation.models import Image, MediaRecord, Vote
from curation.services.dedupe import lock_groups
from curation.services.undo import delete_files, remove_images

State = MediaRecord.State


def take_back_stand_ins(result: Result) -> None:
    """Records settled before it was clear that the host sends the same picture for all fail like `result`.

    A picture that somebody has voted on stays; its records fail all the same.
    """
    with transaction.atomic():
        lock_groups()
        records = MediaRecord.objects.select_for_update().filter(
            pk__in=result.also, state__in=[State.ADDED, State.DUPLICATE]
        )
        images = {record.image_id for record in records if record.image_id and record.state == State.ADDED}
        MediaRecord.objects.filter(pk__in=[record.pk for record in records]).update(
            state=State.FAILED, rule=result.failure, message=result.message[:1000], image=None
        )
        wanted = Image.objects.filter(pk__in=images, records__isnull=True, derived__isnull=True)
        voted = Vote.objects.filter(candidate__image__in=images).values("candidate__image")
        gone = list(wanted.exclude(pk__in=voted).exclude(memberships__isnull=False))
        remove_images(gone)
        transaction.on_commit(partial(delete_files, gone))
