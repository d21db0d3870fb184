"""Sending what is due: signed, tried again later and later, each try written down.

A message may come twice: where this process dies after the other side has taken it, it is sent again, with
the same `id` and the same bytes. None is lost: it is a row until it is taken or given up.
"""

from __future__ import annotations

import logging
import random
import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from curation.client.signatures import HEADER, signature
from curation.models import Webhook, WebhookDelivery
from curation.services.webhooks.hooks import give_up, secret_of

logger = logging.getLogger(__name__)

WAITS = (10, 60, 300, 1_800, 7_200, 21_600, 43_200)  # seconds after each try but the last: 21 hours in all
LEASE = timedelta(minutes=2)  # longer than one try can take
ROUND_SECONDS = 60.0
GONE = 410
State = WebhookDelivery.State


def deliver_due(seconds: float = ROUND_SECONDS) -> int:
    """Send what is due; how many were taken. Any number of workers may do so at once.

    seconds: nothing new is begun after. An address that has just failed is left alone for this round, so that
    one dead host does not hold up the others.
    """
    until, taken, failed = time.monotonic() + seconds, 0, set[int]()
    while time.monotonic() < until and (delivery := _claim(failed)) is not None:
        if _send(delivery):
            taken += 1
        else:
            failed.add(delivery.webhook_id)
    return taken


def _claim(besides: set[int]) -> WebhookDelivery | None:
    """The message that is due longest, counted as tried and kept from others while this one is at it."""
    now = timezone.now()
    with transaction.atomic():
        due = WebhookDelivery.objects.filter(state=State.WAITING, next_at__lte=now, webhook__active=True)
        rows = due.exclude(webhook__in=besides).select_for_update(skip_locked=True, of=("self",))
        found = rows.select_related("webhook").order_by("next_at").first()
        if found is None:
            return None
        found.attempts += 1
        found.next_at = now + LEASE
        found.save(update_fields=["attempts", "next_at"])
    return found


def _send(delivery: WebhookDelivery) -> bool:
    from curation.services.webhooks.send import post  # brings the HTTP client

    hook, body, at = delivery.webhook, delivery.body.encode(), int(time.time())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Vasculum-Event": delivery.event,
        "X-Vasculum-Delivery": str(delivery.pk),
        "X-Vasculum-Attempt": str(delivery.attempts),
        HEADER: signature(secret_of(hook), at, body),
    }
    status, error = post(hook.url, body, headers)
    ours = WebhookDelivery.objects.filter(pk=delivery.pk, state=State.WAITING, attempts=delivery.attempts)
    if status is not None and 200 <= status < 300:
        ours.update(state=State.DELIVERED, status_code=status, error="", ended_at=timezone.now())
        return True
    logger.warning("Webhook %s: try %s of %s: %s", hook.pk, delivery.attempts, delivery.pk, error)
    told = {"status_code": status, "error": error[:500]}
    if status == GONE:
        _stop(hook, error)
        ours.update(state=State.FAILED, ended_at=timezone.now(), **told)
    elif delivery.attempts > len(WAITS):
        ours.update(state=State.FAILED, ended_at=timezone.now(), **told)
    else:
        wait = WAITS[delivery.attempts - 1] * random.uniform(0.9, 1.1)  # not all at the same moment
        ours.update(next_at=timezone.now() + timedelta(seconds=wait), **told)
    return False


@transaction.atomic
def _stop(hook: Webhook, why: str) -> None:
    """The other side says that it wants nothing any more."""
    if Webhook.objects.filter(pk=hook.pk, active=True).update(active=False, stopped_why=why[:300]):
        give_up(hook, why)
