"""Where messages may go: where pictures may be fetched from, too (settings.FETCH)."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network

from django.conf import settings

from curation import __version__
from curation.fetching.settings import FetchSettings

CONNECT, ANSWER = 5.0, 10.0  # seconds


def networks() -> tuple[IPv4Network | IPv6Network, ...]:
    """That are not public, but allowed."""
    return tuple(ip_network(text) for text in settings.FETCH["allowed_networks"])


def sending() -> FetchSettings:
    """Raises FetchSettingsError where a setting can't be used."""
    chosen = {key: settings.FETCH[key] for key in ("allowed_networks", "host_map", "ca_file", "info_url")}
    return FetchSettings(
        folder=settings.VAR_DIR,
        version=__version__,
        contact=settings.FETCH["contact"],
        allow_no_contact=True,
        connect_seconds=CONNECT,
        read_seconds=ANSWER,
        dns_threads=2,
        **chosen,
    )
