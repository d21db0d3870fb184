"""Messages, as rows. Importing this brings no HTTP client along."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse
from django.utils import timezone

from curation.models import Event, Export, Job, Webhook, WebhookDelivery


def tell(event: Event, **data: Any) -> int:
    """Write a message for each webhook that wants this event; how many. One query where there is none.

    In the caller's transaction: what is rolled back is not told of. data must be JSON.
    """
    return write(event, Webhook.objects.filter(active=True, events__contains=[event]), data)


def write(event: Event, hooks: Iterable[Webhook], data: dict[str, Any]) -> int:
    now = timezone.now()
    rows = []
    for hook in hooks:
        pk = uuid.uuid4()
        message = {"id": str(pk), "event": str(event), "at": now, "data": data}
        body = json.dumps(message, cls=DjangoJSONEncoder, ensure_ascii=False)
        rows.append(WebhookDelivery(id=pk, webhook=hook, event=event, body=body, next_at=now))
    return len(WebhookDelivery.objects.bulk_create(rows))


OF_STATE = {
    Job.State.DONE: Event.JOB_DONE,
    Job.State.FAILED: Event.JOB_FAILED,
    Job.State.CANCELLED: Event.JOB_CANCELLED,
}


def tell_of_job(pk: int, state: str, error: str = "") -> None:
    """A job has ended so. Of an export that is written also export.done."""
    event = OF_STATE.get(Job.State(state))
    if event is None or not Webhook.objects.filter(active=True).exists():
        return
    job = Job.objects.only("kind", "title", "params").get(pk=pk)
    address = reverse("api_job", args=[pk])
    tell(event, job=pk, kind=job.kind, title=job.title, state=str(state), error=error, address=address)
    if event == Event.JOB_DONE and job.kind == Job.Kind.EXPORT and job.params.get("do") != "verify":
        export = Export.objects.select_related("release").defer("files").get(pk=job.params["export"])
        tell(
            Event.EXPORT_DONE,
            export=export.pk,
            release=export.release.name,
            format=export.format,
            address=reverse("api_export", args=[export.pk]),
        )
