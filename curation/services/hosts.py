"""How polite we are to one host: its own wait and number of connections, or the defaults again."""

from __future__ import annotations

from django.db import transaction

from curation.errors import Refused
from curation.models import Host, User
from curation.services import audit

WAIT = (0.0, 3600.0)  # seconds; the database keeps to the same
CONNECTIONS = (1, 8)


@transaction.atomic
def be_polite(name: str, *, wait_seconds: float | None, connections: int | None, by: User | None) -> Host:
    """Set a host's numbers; None is the default of the installation. Raises Refused for one out of bounds."""
    if wait_seconds is not None and not WAIT[0] <= wait_seconds <= WAIT[1]:
        raise Refused(
            f"The wait of {name} was not set: {wait_seconds:g} s is not within {WAIT[0]:g} and {WAIT[1]:g}.",
            fields={"wait_seconds": [f"{WAIT[0]:g} to {WAIT[1]:g} seconds."]},
        )
    if connections is not None and not CONNECTIONS[0] <= connections <= CONNECTIONS[1]:
        raise Refused(
            f"The connections to {name} were not set: {connections} is not within {CONNECTIONS[0]} and "
            f"{CONNECTIONS[1]}.",
            fields={"connections": [f"{CONNECTIONS[0]} to {CONNECTIONS[1]}."]},
        )
    host = _locked(name)
    before = {"wait_seconds": host.wait_seconds, "connections": host.connections}
    after = {"wait_seconds": wait_seconds, "connections": connections}
    if before != after:
        host.wait_seconds, host.connections = wait_seconds, connections
        host.save(update_fields=["wait_seconds", "connections"])
        audit.record(by, "host.polite", host, before=before, after=after)
    return host


@transaction.atomic
def unpause(name: str, by: User | None) -> Host:
    """Ask a paused host again: its failures are forgotten. Raises Refused where it is not paused."""
    host = _locked(name)
    if host.paused_until is None and not host.failures:
        raise Refused(f"{name} is not paused.")
    audit.record(by, "host.unpause", host, failures=host.failures)
    host.paused_until, host.failures = None, 0
    host.save(update_fields=["paused_until", "failures"])
    return host


def _locked(name: str) -> Host:
    Host.objects.get_or_create(name=name)
    return Host.objects.select_for_update().get(name=name)
