"""Which addresses may be asked. URLs come from strangers: each is checked, and each hop of a redirect.

Two checks: the URL itself (`parse`), and every IP address its name stands for (`is_public`), made by
`transport` at the moment of connecting.
"""

from __future__ import annotations

import re
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpx

from curation.fetching.failures import FetchFailure

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
# Special blocks (IANA's registries) that Python 3.11's is_global or is_reserved do not all know of.
_REFUSED = tuple(
    ip_network(block)
    for block in (
        "192.0.0.0/24",  # protocol assignments, RFC 6890
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "64:ff9b:1::/48",  # local NAT64, RFC 8215
        "100::/64",  # discard, RFC 6666
        "2001::/23",  # protocol assignments with Teredo and ORCHID, RFC 2928
        "2001:db8::/32",
        "3fff::/20",  # documentation, RFC 9637
        "5f00::/16",  # segment routing, RFC 9602
    )
)
_STAND_IN = re.compile(
    r"(^|[/_.-])(log-?in|sign-?in|sso|placeholder|hot-?link(ing|ed)?|forbidden|access-?denied|no-?image"
    r"|image-?not-?(available|found)|not-?available|captcha|challenge)([/_.-]|$)",
    re.IGNORECASE,
)


def parse(text: str, lowest_port: int = 1024) -> httpx.URL:
    """The URL, percent-encoded and with its host in lower-case ASCII, without a fragment.

    Raises FetchFailure: bad-address or credentials.
    """
    try:
        url = httpx.URL(text.strip())
        host = url.host  # decodes IDNA: may raise
    except (httpx.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise FetchFailure("bad-address", f"{_short(text)} cannot be read as an address: {error}.") from error
    if url.scheme not in ("http", "https"):
        raise FetchFailure("bad-address", f"{_short(text)}: only http and https addresses are fetched.")
    if not host or host.strip(".") == "":
        raise FetchFailure("bad-address", f"{_short(text)} names no host.")
    if url.userinfo:
        raise FetchFailure("credentials", f"An address at {host} carries a user name or password.")
    port = url.port
    if port is not None and port not in (80, 443) and not lowest_port <= port <= 65_535:
        raise FetchFailure("bad-address", f"{_short(text)}: port {port} is not one for web servers.")
    return url.copy_with(fragment=None) if url.fragment else url


def host_of(text: str) -> str:
    """The name under which an address's host is kept: lower case, ASCII, no port; "" if there is none.

    Two addresses with the same name share one host's waits and connections.
    """
    try:
        return host_name(parse(text))
    except FetchFailure:
        return ""


def host_name(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").rstrip(".").lower()


def is_public(address: Address, allowed: tuple[Network, ...] = ()) -> bool:
    """Whether an address is one of the public Internet, or in `allowed`.

    An IPv6 address that carries an IPv4 one (mapped, 6to4, NAT64) is judged by that one.
    """
    if any(address in network for network in allowed if network.version == address.version):
        return True
    if isinstance(address, IPv6Address) and (inner := _embedded(address)) is not None:
        return is_public(inner, allowed)
    if any(address in network for network in _REFUSED if network.version == address.version):
        return False
    if address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback:
        return False
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not address.is_link_local


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def literal(host: str) -> Address | None:
    """The IP address that a host's name is, None for a real name."""
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def looks_like_stand_in(before: httpx.URL, after: httpx.URL) -> bool:
    """Whether a redirect leads to a log-in, placeholder or "no hot-linking" page or picture."""
    return bool(_STAND_IN.search(after.path)) and not _STAND_IN.search(before.path)


def _short(text: str) -> str:
    shown = text if len(text) <= 200 else text[:200] + "…"
    return repr(shown)
