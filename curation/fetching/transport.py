"""Connections to exactly the addresses that were checked.

A name is resolved here, refused unless every one of its addresses is allowed, and the connection is made
to one of those very addresses. A name that changes its address between the check and the connection (DNS
rebinding) gains nothing, as there is only one look-up. TLS checks the certificate against the name.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address, ip_network

import certifi

from curation.fetching.addresses import is_public, literal
from curation.fetching.failures import FetchFailure
from curation.fetching.settings import FetchSettings, FetchSettingsError

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

READ_BYTES = 256 * 1024  # at once
_TRIED = 4  # addresses of a name


class Dialer:
    """Resolves, checks, connects."""

    def __init__(self, settings: FetchSettings) -> None:
        self._seconds = settings.connect_seconds
        self._tls = tls_context(settings)
        self._map = {name.lower(): _endpoint(value) for name, value in settings.host_map.items()}
        try:
            self._allowed = tuple(ip_network(text) for text in settings.allowed_networks)
        except ValueError as error:
            raise FetchSettingsError(
                f"allowed_networks holds something else than a network: {error}"
            ) from error
        # An executor of its own: slow name servers must not hold up the disk.
        self._threads = ThreadPoolExecutor(settings.dns_threads, thread_name_prefix="dns")
        self._resolve = settings.resolve or self._ask_system

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def connect(self, host: str, port: int, secure: bool) -> Streams:
        """Raises FetchFailure: dns, internal-address, connect, timeout or tls."""
        addresses, port = await self._addresses(host, port)
        failure: FetchFailure | None = None
        for address in addresses[:_TRIED]:
            try:
                # Each gets its share of the time, so that a dead first address leaves some for the next.
                async with asyncio.timeout(self._seconds / min(len(addresses), _TRIED)):
                    plug = await _plug(address, port)
            except TimeoutError:
                failure = FetchFailure("timeout", f"{host} did not accept a connection in time.")
            except OSError as error:
                words = error.strerror or str(error)
                failure = FetchFailure("connect", f"{host} accepts no connection: {words}.")
            else:
                return await self._streams(plug, host, secure)
        assert failure is not None
        raise failure

    async def _streams(self, plug: socket.socket, host: str, secure: bool) -> Streams:
        # From here on asyncio owns the socket and closes it, whatever happens.
        try:
            if not secure:
                return await asyncio.open_connection(sock=plug, limit=READ_BYTES)
            return await asyncio.open_connection(
                sock=plug,
                ssl=self._tls,
                server_hostname=host,
                ssl_handshake_timeout=self._seconds,
                limit=READ_BYTES,
            )
        except (OSError, asyncio.IncompleteReadError) as error:  # ssl.SSLError is an OSError
            words = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
            raise FetchFailure("tls", f"No secure connection to {host}: {words or 'it hung up'}.") from error

    async def _addresses(self, host: str, port: int) -> tuple[list[str], int]:
        fixed = literal(host)
        for name in (f"{host}:{port}", host, "" if fixed else "*"):
            if name in self._map:
                address, port = self._map[name]
                return [address], port
        try:
            async with asyncio.timeout(self._seconds):
                found = [str(fixed)] if fixed else list(await self._resolve(host, port))
        except TimeoutError as error:
            raise FetchFailure("dns", f"No answer in time about the name {host}.") from error
        except (OSError, UnicodeError) as error:
            raise FetchFailure("dns", f"The name {host} has no address: {error}.") from error
        if not found:
            raise FetchFailure("dns", f"The name {host} has no address.")
        for text in found:
            if not is_public(ip_address(text.partition("%")[0]), self._allowed):
                raise FetchFailure(
                    "internal-address", f"{host} stands for {text}, which is not a public address."
                )
        return found, port

    async def _ask_system(self, host: str, port: int) -> Sequence[str]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def _plug(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    plug = socket.socket(family, socket.SOCK_STREAM)
    try:
        plug.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plug, (address, port))
    except BaseException:
        plug.close()
        raise
    return plug


def tls_context(settings: FetchSettings) -> ssl.SSLContext:
    """Certificates are always checked: against Mozilla's list, the system's, and `ca_file`."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    if settings.ca_file is not None:
        try:
            context.load_verify_locations(settings.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise FetchSettingsError(f"ca_file {settings.ca_file} cannot be used: {error}") from error
    return context


def _endpoint(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    if literal(address) is None or not port.isdigit():
        raise FetchSettingsError(f"host_map needs values like 127.0.0.1:8080 or [::1]:8080, got {text!r}")
    return address.strip("[]"), int(port)
