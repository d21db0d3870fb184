"""The database's clock was set back: what was to last for seconds would last until it is where it was.

Whoever lives writes a new time within seconds. What lies ahead until then is told from now on, so that what
belongs to somebody who is gone is held no longer than a lease or a claim lasts.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from curation.models import Claim, Job

TOLERANCE = timedelta(seconds=1)  # by which two statements may disagree


def tell_from_now() -> None:
    """Leases, messages and claims whose time lies further ahead than it can. Any number of times."""
    ahead = Now() + TOLERANCE
    Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__gt=ahead).update(heartbeat_at=Now())
    Job.objects.filter(state__in=Job.ACTIVE, dispatched_at__gt=ahead).update(dispatched_at=Now())
    held = timedelta(seconds=settings.CLAIM_SECONDS)
    claims = Claim.objects.filter(expires_at__gt=ahead + held)
    claims.update(claimed_at=Now(), expires_at=Now() + held)
