"""Connections to exactly the addresses that were checked.

httpcore opens connections through a backend; ours resolves the name itself, refuses unless every address
is allowed, and connects to one of those very addresses. A name that changes its address between the check
and the connection (DNS rebinding) gains nothing, as there is only one look-up. TLS still checks the
certificate against the name.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address, ip_network
from typing import Any

import certifi
import httpcore

from curation.fetching.addresses import is_public, literal
from curation.fetching.failures import FetchFailure
from curation.fetching.settings import FetchSettings, FetchSettingsError


class DnsFailed(httpcore.ConnectError):
    """The name has no address."""


class TlsFailed(httpcore.ConnectError):
    """The server was reached, but not securely."""


class Backend(httpcore.AsyncNetworkBackend):
    """Resolves, checks, connects."""

    def __init__(self, settings: FetchSettings) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._threads = ThreadPoolExecutor(settings.dns_threads, thread_name_prefix="dns")
        self._resolve = settings.resolve or self._ask_system
        self._map = {name.lower(): _endpoint(value) for name, value in settings.host_map.items()}
        try:
            self._allowed = tuple(ip_network(text) for text in settings.allowed_networks)
        except ValueError as error:
            raise FetchSettingsError(
                f"allowed_networks holds something else than a network: {error}"
            ) from error

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses, port = await self._addresses(host, port, timeout)
        refused: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        # Each gets its share of the time, so that a dead first address leaves some for the next.
        share = timeout / min(len(addresses), 4) if timeout else timeout
        for address in addresses[:4]:
            try:
                return _Stream(await self._inner.connect_tcp(address, port, timeout=share))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refused = error
        assert refused is not None
        raise refused

    async def _addresses(self, host: str, port: int, timeout: float | None) -> tuple[list[str], int]:
        host = host.rstrip(".").lower()
        fixed = literal(host)
        for name in (f"{host}:{port}", host, "" if fixed else "*"):
            if name in self._map:
                address, port = self._map[name]
                return [address], port
        try:
            async with asyncio.timeout(timeout):
                found = [str(fixed)] if fixed else list(await self._resolve(host, port))
        except TimeoutError as error:
            raise DnsFailed(f"no answer about the name {host} within {timeout:g} seconds") from error
        except (OSError, UnicodeError) as error:
            raise DnsFailed(f"the name {host} has no address: {error}") from error
        if not found:
            raise DnsFailed(f"the name {host} has no address")
        for text in found:
            if not is_public(ip_address(text.partition("%")[0]), self._allowed):
                raise FetchFailure(
                    "internal-address", f"{host} stands for {text}, which is not a public address."
                )
        return found, port

    async def _ask_system(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        # An executor of its own: slow name servers must not hold up the disk.
        found = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Stream(httpcore.AsyncNetworkStream):
    """A connection whose failed TLS handshake can be told from a failed connection."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except (httpcore.ConnectError, ssl.CertificateError) as error:
            raise TlsFailed(str(error) or "the connection closed during the handshake") from error


def tls_context(settings: FetchSettings) -> ssl.SSLContext:
    """Certificates are always checked: against Mozilla's list, the system's, and `ca_file`."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
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
