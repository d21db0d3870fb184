"""One request: the host's turn, a connection, the limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import h11
import httpx

from curation.fetching.addresses import host_name
from curation.fetching.connection import Connection, Headers
from curation.fetching.failures import FetchFailure
from curation.fetching.politeness import Host, Note, Room
from curation.fetching.results import now
from curation.fetching.settings import FetchSettings
from curation.fetching.transport import Dialer

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SMALL = 64 * 1024  # a body that is not wanted is read up to here to keep the connection
_LONGEST_ETAG = 300
_MANY_HOSTS = 1_000
_IDLE_SECONDS = 30.0


class Answer:
    """An HTTP answer whose body was not read yet."""

    def __init__(self, head: h11.Response, connection: Connection, url: httpx.URL) -> None:
        # h11 gives names in lower case; of several headers of a name the first one counts.
        self._headers = dict(reversed(list(head.headers)))
        self._connection = connection
        self.status = head.status_code
        self.url = url

    def header(self, name: str) -> str:
        """By its name in lower case; "" if absent."""
        return self._headers.get(name.encode(), b"").decode("latin-1").strip()

    @property
    def etag(self) -> str:
        """As the host wrote it, weak ones too; "" if absent or unreasonably long."""
        found = self.header("etag")
        return found if len(found) <= _LONGEST_ETAG else ""

    @property
    def last_modified(self) -> str:
        return self.header("last-modified")[:100]

    def body(self) -> AsyncGenerator[bytes, None]:
        """Pieces as they come. To be closed by whoever leaves early."""
        return self._connection.body()

    @property
    def declared(self) -> int | None:
        """Content-Length."""
        text = self.header("content-length")
        return int(text) if text.isdigit() else None

    @property
    def retry_after(self) -> float | None:
        return retry_after(self.header("retry-after"), now())

    async def beginning(self, limit: int = _SMALL) -> bytes:
        """The body, at most its first `limit` bytes."""
        read = bytearray()
        async with aclosing(self.body()) as body:
            async for piece in body:
                read += piece
                if len(read) >= limit:
                    break
        return bytes(read[:limit])

    async def drain(self) -> None:
        """Read a small body to its end, so that the connection can be used again."""
        if (self.declared or 0) <= _SMALL:
            await self.beginning()


class Client:
    """Hosts and their connections, for one run."""

    def __init__(self, settings: FetchSettings, note: Note) -> None:
        self._settings = settings
        self._note = note
        self._dialer = Dialer(settings)
        self._hosts: dict[str, Host] = {}
        self._idle: dict[str, list[Connection]] = {}  # by host, the longest idle first
        self._headers = (
            (b"User-Agent", settings.user_agent.encode()),
            (b"Accept", b"image/*, */*;q=0.5"),
            (b"Accept-Encoding", b"identity"),
        )
        self.room = Room(settings.files_at_once)

    def host(self, name: str) -> Host:
        if name not in self._hosts:
            self._hosts[name] = Host(name, self._settings, self._note, self.room)
        return self._hosts[name]

    @asynccontextmanager
    async def ask(
        self, url: httpx.URL, headers: Headers = (), starting: Callable[[], None] | None = None
    ) -> AsyncIterator[Answer]:
        """GET, in the host's turn. The host counts as asked until the body was read inside the block.

        starting: called when the turn has come. Raises FetchFailure, also for what goes wrong with the body
        inside the block.
        """
        host = self.host(host_name(url))
        async with host.turn() as pauses:
            if starting is not None:
                starting()
            try:
                async with self._answer(host, url, headers) as answer:
                    yield answer
            except FetchFailure as failure:
                failure.host = failure.host or host.name
                failure.url = failure.url or str(url)
                await (host.went_badly(pauses) if failure.kind.trips else host.went_well(pauses))
                raise
            await host.went_well(pauses)

    @asynccontextmanager
    async def _answer(self, host: Host, url: httpx.URL, headers: Headers) -> AsyncIterator[Answer]:
        connection: Connection | None = None
        again = False
        try:
            # From the name to the end of the headers there is one limit: headers may be dripped as well.
            async with asyncio.timeout(self._settings.header_seconds):
                connection = await self._connection(host, url)
                named = [(b"Host", url.netloc), *self._headers, *headers]
                head = await connection.get(url.raw_path, named)
            yield Answer(head, connection, url)
            again = connection.ready_again()
        except TimeoutError as error:
            raise FetchFailure("timeout", f"{url.host} did not answer in time.") from error
        except FetchFailure:
            # The answer may have been read to its end and still be no good: the connection is.
            again = connection is not None and connection.ready_again()
            raise
        finally:
            if connection is not None and again:
                self._idle.setdefault(host.name, []).append(connection)
            elif connection is not None:
                connection.close()

    async def _connection(self, host: Host, url: httpx.URL) -> Connection:
        secure = url.scheme == "https"
        port = url.port or (443 if secure else 80)
        origin = f"{url.scheme}:{port}"
        idle = self._idle.get(host.name, [])
        while idle:
            # The newest of this origin; others make place, as a host has so many connections in all.
            connection = idle.pop()
            if connection.usable(origin, _IDLE_SECONDS):
                return connection
            connection.close()
        streams = await self._dialer.connect(host.name, port, secure)
        return Connection(streams, url.host, origin, self._settings.read_seconds)

    def tidy(self) -> None:
        """Close connections that were idle for long, and forget hosts seen in passing if they are many."""
        for name in [one for one in self._idle if self.host(one).idle_seconds > _IDLE_SECONDS]:
            for connection in self._idle.pop(name):
                connection.close()
        if len(self._hosts) > _MANY_HOSTS:
            for name in [one for one, host in self._hosts.items() if host.forgettable]:
                del self._hosts[name]

    def close(self) -> None:
        for idle in self._idle.values():
            for connection in idle:
                connection.close()
        self._dialer.close()


def retry_after(text: str, at: datetime) -> float | None:
    """Seconds from a Retry-After header (RFC 9110, section 10.2.3): a number or a date; None if neither."""
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - at).total_seconds())
