"""One request: the host's turn, the connection, the limits, and failures in our own words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore
import httpx

from curation.fetching.addresses import host_name
from curation.fetching.failures import FetchFailure
from curation.fetching.politeness import Host, Note, Room
from curation.fetching.results import now
from curation.fetching.settings import FetchSettings
from curation.fetching.transport import Backend, DnsFailed, TlsFailed, tls_context

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SMALL = 64 * 1024  # a body that is not wanted is read up to here to keep the connection
_LONGEST_ETAG = 300
_MANY_HOSTS = 1_000
_IDLE_SECONDS = 30.0

Headers = Sequence[tuple[bytes, bytes]]


class Answer:
    """An HTTP answer whose body was not read yet."""

    def __init__(self, response: httpcore.Response, url: httpx.URL) -> None:
        self.response = response
        self.status = response.status
        self.url = url

    def header(self, name: str) -> str:
        """The first header of that name; "" if absent."""
        wanted = name.lower().encode()
        for key, value in self.response.headers:
            if key.lower() == wanted:
                return value.decode("latin-1").strip()
        return ""

    @property
    def etag(self) -> str:
        """As the host wrote it, weak ones too; "" if absent or unreasonably long."""
        found = self.header("etag")
        return found if len(found) <= _LONGEST_ETAG else ""

    @property
    def last_modified(self) -> str:
        return self.header("last-modified")[:100]

    async def body(self) -> AsyncGenerator[bytes, None]:
        """Pieces as they come. To be closed by whoever leaves early."""
        async for piece in self.response.aiter_stream():
            yield piece

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
        self.room = Room(settings.files_at_once)
        self._hosts: dict[str, Host] = {}
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}
        self._backend = Backend(settings)
        self._tls = tls_context(settings)
        self._timeout = {
            "connect": settings.connect_seconds,
            "read": settings.read_seconds,
            "write": settings.read_seconds,
            "pool": None,
        }
        self._headers = (
            (b"User-Agent", settings.user_agent.encode()),
            (b"Accept", b"image/*, */*;q=0.5"),
            (b"Accept-Encoding", b"identity"),
        )

    def host(self, name: str) -> Host:
        if name not in self._hosts:
            self._hosts[name] = Host(name, self._settings, self._note, self.room)
        return self._hosts[name]

    @asynccontextmanager
    async def ask(self, url: httpx.URL, headers: Headers = ()) -> AsyncIterator[Answer]:
        """GET, in the host's turn. The host counts as asked until the body was read inside the block.

        Raises FetchFailure, also for what goes wrong with the body inside the block.
        """
        host = self.host(host_name(url))
        async with host.turn() as pauses:
            try:
                with in_our_words(url):
                    answer = Answer(await self._send(url, headers), url)
                    try:
                        yield answer
                    finally:
                        await answer.response.aclose()
            except FetchFailure as failure:
                failure.host = failure.host or host.name
                failure.url = failure.url or str(url)
                await (host.went_badly(pauses) if failure.kind.trips else host.went_well(pauses))
                raise
            await host.went_well(pauses)

    async def _send(self, url: httpx.URL, headers: Headers) -> httpcore.Response:
        request = httpcore.Request(
            b"GET",
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=[(b"Host", url.netloc), *self._headers, *headers],
            extensions={"timeout": self._timeout},
        )
        # The headers as a whole have a limit too: a server may drip them byte by byte.
        async with asyncio.timeout(self._settings.header_seconds):
            return await self._pool(host_name(url)).handle_async_request(request)

    def _pool(self, name: str) -> httpcore.AsyncConnectionPool:
        if name not in self._pools:
            self._pools[name] = httpcore.AsyncConnectionPool(
                ssl_context=self._tls,
                max_connections=self.host(name).connections,
                keepalive_expiry=_IDLE_SECONDS,
                network_backend=self._backend,
            )
        return self._pools[name]

    async def tidy(self) -> None:
        """Close connections that were idle for long, and forget hosts seen in passing if they are many."""
        for name in list(self._pools):
            # Looked at one by one: while one pool closes, another may be used again.
            if self.host(name).idle_seconds > _IDLE_SECONDS:
                await self._pools.pop(name).aclose()
        if len(self._hosts) > _MANY_HOSTS:
            for name in [one for one, host in self._hosts.items() if host.forgettable]:
                del self._hosts[name]

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        self._backend.close()


@contextmanager
def in_our_words(url: httpx.URL) -> Iterator[None]:
    """Turns what httpcore and the clock raise into FetchFailure."""
    try:
        yield
    except DnsFailed as error:
        raise FetchFailure("dns", f"{_sentence(error)}.") from error
    except TlsFailed as error:
        raise FetchFailure("tls", f"No secure connection to {url.host}: {error}.") from error
    except httpcore.ConnectError as error:
        raise FetchFailure("connect", f"{url.host} accepts no connection: {error}.") from error
    except httpcore.ConnectTimeout as error:
        raise FetchFailure("timeout", f"{url.host} did not accept a connection in time.") from error
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise FetchFailure("timeout", f"{url.host} did not answer in time.") from error
    except (httpcore.ReadError, httpcore.WriteError) as error:
        raise FetchFailure("reset", f"The connection to {url.host} broke.") from error
    except httpcore.RemoteProtocolError as error:
        text = str(error)
        if "without sending complete message body" in text:
            raise FetchFailure("incomplete", f"{url.host} ended the answer too early: {text}.") from error
        if "without sending a response" in text:
            raise FetchFailure("reset", f"{url.host} closed the connection without an answer.") from error
        raise FetchFailure(
            "bad-http", f"The answer of {url.host} breaks the rules of HTTP: {text}."
        ) from error
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
        raise FetchFailure("bad-address", f"{url.host} cannot be asked for this address: {error}.") from error


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


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
