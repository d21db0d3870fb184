"""What admins do about webhooks. Each act stands in the audit trail, none of them with a secret."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.fetching.addresses import is_public, literal, parse
from curation.fetching.failures import FetchFailure
from curation.models import Event, Role, User, Webhook, WebhookDelivery
from curation.services import audit
from curation.services.webhooks.events import write
from curation.services.webhooks.places import networks

START = "whk_"
MOST = 50


def secret_of(hook: Webhook) -> str:
    """The key of its signatures. Another SECRET_KEY gives other ones."""
    return START + salted_hmac("curation.webhooks", hook.salt, algorithm="sha256").hexdigest()


@transaction.atomic
def add(by: User, url: str, events: Collection[str]) -> Webhook:
    """Raises Refused for people below admins, addresses where nothing may be sent, and unknown events."""
    _admin(by)
    url, chosen = checked_url(url), checked_events(events)
    if Webhook.objects.count() >= MOST:
        raise Refused(_("There are %(most)s webhooks. Remove one first.") % {"most": MOST})
    hook = Webhook.objects.create(url=url, events=chosen, salt=secrets.token_urlsafe(32), created_by=by)
    audit.record(by, "webhook.add", url, events=chosen)
    return hook


@transaction.atomic
def change(
    by: User, hook: Webhook, *, events: Collection[str] | None = None, active: bool | None = None
) -> None:
    """Other events, or on and off. What waits for one that is switched off is given up."""
    _admin(by)
    before = {"events": hook.events, "active": hook.active}
    if events is not None:
        hook.events = checked_events(events)
    if active is not None:
        hook.active = active
        hook.stopped_why = ""
    hook.save(update_fields=["events", "active", "stopped_why"])
    if not hook.active:
        give_up(hook, _("The webhook was switched off."))
    after = {"events": hook.events, "active": hook.active}
    if before != after:
        audit.record(by, "webhook.change", hook.url, before=before, after=after)


@transaction.atomic
def renew_secret(by: User, hook: Webhook) -> str:
    """The new secret; from now on nothing is signed with the old one."""
    _admin(by)
    hook.salt = secrets.token_urlsafe(32)
    hook.save(update_fields=["salt"])
    audit.record(by, "webhook.renew", hook.url)
    return secret_of(hook)


@transaction.atomic
def remove(by: User, hook: Webhook) -> None:
    """It goes with its log."""
    _admin(by)
    audit.record(by, "webhook.remove", hook.url, events=hook.events)
    hook.delete()


@transaction.atomic
def ping(by: User, hook: Webhook) -> None:
    """Send it a message that tells of nothing."""
    _admin(by)
    if not hook.active:
        raise Refused(_("The webhook is switched off. Switch it on to test it."))
    write(Event.PING, [hook], {"by": by.username})
    audit.record(by, "webhook.ping", hook.url)


@transaction.atomic
def again(by: User, delivery: WebhookDelivery) -> None:
    """Send a message that was given up once more, with all its tries before it."""
    _admin(by)
    changed = WebhookDelivery.objects.filter(
        pk=delivery.pk, state=WebhookDelivery.State.FAILED, webhook__active=True
    ).update(state=WebhookDelivery.State.WAITING, attempts=0, ended_at=None, next_at=timezone.now(), error="")
    if not changed:
        raise Refused(_("Only a message that was given up, to a webhook that is on, is sent again."))
    audit.record(by, "webhook.again", delivery.webhook.url, event=delivery.event, delivery=str(delivery.pk))


def give_up(hook: Webhook, why: str) -> None:
    waiting = hook.deliveries.filter(state=WebhookDelivery.State.WAITING)
    waiting.update(state=WebhookDelivery.State.FAILED, error=why[:500], ended_at=timezone.now())


def checked_url(text: str) -> str:
    """Raises Refused. Where its name leads to is looked at again each time something is sent."""
    try:
        url = parse(text)
    except FetchFailure as failure:
        raise Refused(failure.message) from failure
    if url.scheme != "https" and not settings.WEBHOOK_HTTP:
        raise Refused(_("%(url)s: webhooks go to https addresses only.") % {"url": text[:200]})
    if url.fragment or len(str(url)) > 500:
        raise Refused(_("The address has more than 500 characters."))
    address = literal(url.host)
    internal = address is not None and not is_public(address, networks())
    if internal or url.host == "localhost":
        raise Refused(_("%(host)s is not a public address.") % {"host": url.host})
    return str(url)


def checked_events(events: Collection[str]) -> list[str]:
    known = [event for event in Event if event != Event.PING]
    unknown = sorted(set(events) - set(known))
    if unknown or not events:
        raise Refused(
            _("events must be one or more of %(known)s, got %(got)s.")
            % {"known": ", ".join(known), "got": ", ".join(unknown) or _("none")}
        )
    return [str(event) for event in known if event in events]


def _admin(by: User) -> None:
    if not by.has_role(Role.ADMIN):
        raise Refused(_("Webhooks are for admins."))
