"""Whether an address may be asked for a picture, as far as its text tells.

Addresses in deliveries are written by strangers. What a host's name resolves to is checked once more where
the connection is made; here literal addresses and names of the own network are refused early and in words.
"""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import urlsplit

LOCAL_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "localdomain", "arpa")
_USUAL_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
MOST_HOSTS = 10_000  # of which the answer is remembered


class AddressProblem(NamedTuple):
    """rule: bad-address, credentials, file-address, internal-address. reason: ends a sentence on it."""

    rule: str
    reason: str


class AddressCheck:
    """Checks addresses and remembers hosts: a list of 200,000 rows names few of them."""

    def __init__(self) -> None:
        self._good: set[str] = set()

    def __call__(self, text: str) -> str | AddressProblem:
        """The address without white space around it, or why it is none that can be asked."""
        text = text.strip()
        scheme, _, rest = text.partition("://")
        host, _, _ = rest.partition("/")
        if host in self._good and scheme in ("http", "https") and not _CONTROL.search(text):
            return text
        found = check_address(text)
        usual = scheme in ("http", "https") and _USUAL_HOST.fullmatch(host)
        if isinstance(found, str) and usual and len(self._good) < MOST_HOSTS:
            self._good.add(host)
        return found


def check_address(text: str) -> str | AddressProblem:
    """The address without white space around it, or what is wrong with it. Hosts may be written in any
    script; an address without a scheme, or with another than http and https, is refused."""
    text = text.strip()
    if _CONTROL.search(text):
        return AddressProblem("bad-address", "it holds control characters")
    scheme, separator, _ = text.partition(":")
    if scheme.casefold() == "file" or text.startswith(("\\\\", "//")) or re.match(r"[A-Za-z]:[\\/]", text):
        return AddressProblem("file-address", "it names a file on a computer, not a picture on the web")
    if not separator or scheme.casefold() not in ("http", "https") or "://" not in text[: len(scheme) + 3]:
        return AddressProblem("bad-address", "it does not begin with http:// or https://")
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError as error:
        return AddressProblem("bad-address", f"it is no address ({error})")
    if "@" in parts.netloc:
        return AddressProblem("credentials", "it holds a user name or password; nobody else may use those")
    return _check_host(host) or text


def _check_host(host: str) -> AddressProblem | None:
    if not host or any(character.isspace() for character in host) or host.strip(".") == "":
        return AddressProblem("bad-address", "it names no host")
    plain = host.rstrip(".").casefold()
    number = _literal(plain)
    if number is not None:
        return _check_number(number)
    try:
        # Full-width and other look-alike characters become plain ones when the name is asked for.
        ascii_name = plain if plain.isascii() else plain.encode("idna").decode("ascii")
    except UnicodeError:
        return AddressProblem("bad-address", f"{host!r} is no name of a host")
    if (number := _literal(ascii_name)) is not None:
        return _check_number(number)
    labels = ascii_name.split(".")
    if labels[-1] in LOCAL_NAMES:
        return AddressProblem("internal-address", f"{host} is a name of an own network")
    if not _HOST.fullmatch(ascii_name) or len(ascii_name) > 253 or any(len(each) > 63 for each in labels):
        return AddressProblem("bad-address", f"{host!r} is no name of a host")
    if len(labels) == 1:
        return AddressProblem("internal-address", f"{host} is no full name of a host, as on an own network")
    return None


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The number that a host is written as, also the short, octal and hexadecimal ways that systems take."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    parts = host.split(".")
    if not 1 <= len(parts) <= 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    try:
        numbers = [_number(part) for part in parts]
    except ValueError:
        return None
    *first, last = numbers
    value = last
    for at, each in enumerate(first):
        value += (each & 0xFF) << (24 - 8 * at)
    return ipaddress.IPv4Address(value & 0xFFFFFFFF)


def _number(part: str) -> int:
    if part[:2] in ("0x", "0X"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") and part != "0" else int(part)


def _check_number(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> AddressProblem | None:
    if isinstance(number, ipaddress.IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour or (number.teredo[1] if number.teredo else None)
        low = int(number) & 0xFFFFFFFF
        if inner is None and int(number) >> 32 in (0, 0x0064FF9B << 64):
            inner = ipaddress.IPv4Address(low)  # "compatible" and NAT64 forms of an IPv4 address
        if inner is not None and (wrong := _check_number(inner)):
            return wrong
    if not number.is_global or number.is_multicast:
        return AddressProblem("internal-address", f"{number} is no public address")
    return None
