"""How polite we are to one host: its own wait and number of connections, or the defaults again."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

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
            _("The wait of %(name)s was not set: %(wait_seconds)s s is not within %(wait)s and %(wait_2)s.")
            % {
                "name": name,
                "wait_seconds": f"{wait_seconds:g}",
                "wait": f"{WAIT[0]:g}",
                "wait_2": f"{WAIT[1]:g}",
            },
            fields={
                "wait_seconds": [
                    _("%(wait)s to %(wait_2)s seconds.") % {"wait": f"{WAIT[0]:g}", "wait_2": f"{WAIT[1]:g}"}
                ]
            },
        )
    if connections is not None and not CONNECTIONS[0] <= connections <= CONNECTIONS[1]:
        raise Refused(
            _(
                "The connections to %(name)s were not set: %(connections)s is not within %(connections_2)s "
                "and %(connections_3)s."
            )
            % {
                "name": name,
                "connections": connections,
                "connections_2": CONNECTIONS[0],
                "connections_3": CONNECTIONS[1],
            },
            fields={
                "connections": [
                    _("%(connections)s to %(connections_2)s.")
                    % {"connections": CONNECTIONS[0], "connections_2": CONNECTIONS[1]}
                ]
            },
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
        raise Refused(_("%(name)s is not paused.") % {"name": name})
    audit.record(by, "host.unpause", host, failures=host.failures)
    host.paused_until, host.failures = None, 0
    host.save(update_fields=["paused_until", "failures"])
    return host


def _locked(name: str) -> Host:
    Host.objects.get_or_create(name=name)
    return Host.objects.select_for_update().get(name=name)
