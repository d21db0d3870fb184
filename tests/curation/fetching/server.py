"""A real web server on a loopback port that behaves as badly as told, and remembers what it was asked.

    with Server() as server:
        server.on("/a.jpg", picture(jpeg, etag='"1"'))
        server.on("slow.test/a.jpg", drip(jpeg))        # for one host name only
        settings = FetchSettings(host_map={"*": server.address}, …)
        …
        server.log                 every request: when, host, path, headers, what was sent
        server.asked("/a.jpg")     the requests for a path
        server.most_at_once("a.test")

`Server(tls=context)` speaks TLS. Handlers are `async def handler(request: Asked, out: Out)` and write raw
bytes, so that they can break any rule; the makers below cover the usual ways. What has no handler is
answered 404, robots.txt too. The server runs in a thread with its own event loop.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from types import TracebackType
from typing import Self

CLIENT_GONE = (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError, TimeoutError)


@dataclass
class Asked:
    """One request. at, ended: time.monotonic(). sent: bytes of body handed to the connection.
    whole: the handler came to its end while the client was there."""

    at: float
    method: str
    host: str
    path: str
    headers: dict[str, str]
    connection: int
    sent: int = 0
    status: int = 0
    ended: float | None = None
    whole: bool = False
    first_byte: int = 0  # of the file, in an answer to Range


@dataclass
class Out:
    """The client's connection. `close` ends it after the handler."""

    writer: asyncio.StreamWriter
    asked: Asked
    close: bool = False

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int, headers: dict[str, str], version: str = "1.1") -> None:
        self.asked.status = status
        lines = [f"HTTP/{version} {status} Said", *(f"{name}: {value}" for name, value in headers.items())]
        await self.raw(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    async def body(self, data: bytes) -> None:
        await self.raw(data)
        self.asked.sent += len(data)

    async def answer(
        self, status: int, body: bytes = b"", content_type: str = "text/plain", **headers: str
    ) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await self.head(status, {"Content-Type": content_type, "Content-Length": str(len(body)), **named})
        await self.body(body)


Handler = Callable[[Asked, Out], Awaitable[None]]


@dataclass
class Server:
    tls: ssl.SSLContext | None = None
    log: list[Asked] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self._routes: dict[str, Handler] = {}
        self._started = threading.Event()
        self._now: Counter[str] = Counter()
        self._most: Counter[str] = Counter()
        self._connections = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def on(self, place: str, handler: Handler) -> None:
        """place: "/path", or "host/path" for that host name only; the path with its query."""
        self._routes[place] = handler

    def asked(self, place: str) -> list[Asked]:
        """Requests for "/path" or "host/path", in order."""
        return [one for one in self.log if place in (one.path, one.host + one.path)]

    def starts(self, host: str) -> list[float]:
        return [one.at for one in self.log if one.host == host]

    def gaps(self, host: str) -> list[float]:
        """Seconds between the starts of requests to a host name."""
        starts = self.starts(host)
        return [after - before for before, after in zip(starts, starts[1:], strict=False)]

    def most_at_once(self, host: str) -> int:
        return self._most[host]

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        number = self._connections
        try:
            while (asked := await self._read(reader, number)) is not None:
                out = Out(writer, asked)
                await self._handle(asked, out)
                if out.close or asked.headers.get("connection", "").lower() == "close":
                    break
        except CLIENT_GONE:
            pass
        except asyncio.CancelledError:
            pass
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, number: int) -> Asked | None:
        try:
            first = await reader.readexactly(1)
            if first == b"\x16":
                return None  # a TLS handshake on a plain port
            head = first + await reader.readuntil(b"\r\n\r\n")
        except CLIENT_GONE:
            return None
        start, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = start.split(" ")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
        }
        host = headers.get("host", "").partition(":")[0]
        asked = Asked(time.monotonic(), method, host, path, headers, number)
        self.log.append(asked)
        return asked

    async def _handle(self, asked: Asked, out: Out) -> None:
        self._now[asked.host] += 1
        self._most[asked.host] = max(self._most[asked.host], self._now[asked.host])
        try:
            handler = self._routes.get(asked.host + asked.path) or self._routes.get(asked.path) or missing
            await handler(asked, out)
            asked.whole = True
        finally:
            self._now[asked.host] -= 1
            asked.ended = time.monotonic()


async def missing(asked: Asked, out: Out) -> None:
    await out.answer(404, b"nothing here")


def status(code: int, body: bytes = b"no", content_type: str = "text/plain", **headers: str) -> Handler:
    async def handler(asked: Asked, out: Out) -> None:
        await out.answer(code, body, content_type, **headers)

    return handler


def page(text: str, content_type: str = "text/plain") -> Handler:
    return status(200, text.encode(), content_type)


def in_turn(*handlers: Handler) -> Handler:
    """The first request gets the first, and so on; the last one stays."""
    left = list(handlers)

    async def handler(asked: Asked, out: Out) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(asked, out)

    return handler


def delayed(handler: Handler, seconds: float) -> Handler:
    async def later(asked: Asked, out: Out) -> None:
        await asyncio.sleep(seconds)
        await handler(asked, out)

    return later


def redirect(to: str, code: int = 302) -> Handler:
    return status(code, b"", Location=to)


def picture(
    data: bytes,
    *,
    etag: str = "",
    modified: str = "",
    content_type: str = "image/jpeg",
    piece: int = 1 << 20,
    pause: float = 0.0,
    gate: Callable[[Asked, int], Awaitable[None]] | None = None,
) -> Handler:
    """Serves `data` properly, with 304 and Range. In pieces of `piece` bytes with `pause` seconds between;
    `gate` is awaited before each piece with the number of bytes sent so far."""

    async def handler(asked: Asked, out: Out) -> None:
        headers = {"Content-Type": content_type, "Date": formatdate(usegmt=True), "Accept-Ranges": "bytes"}
        if etag:
            headers["ETag"] = etag
        if modified:
            headers["Last-Modified"] = modified
        if (etag and asked.headers.get("if-none-match") == etag) or (
            modified and asked.headers.get("if-modified-since") == modified
        ):
            await out.head(304, headers)
            return
        code, rest = 200, data
        unchanged = asked.headers.get("if-range") in (etag, modified)
        if (wanted := asked.headers.get("range", "")) and unchanged:
            asked.first_byte = int(wanted.removeprefix("bytes=").rstrip("-"))
            if asked.first_byte >= len(data):
                await out.head(416, {"Content-Range": f"bytes */{len(data)}", "Content-Length": "0"})
                return
            code, rest = 206, data[asked.first_byte :]
            headers["Content-Range"] = f"bytes {asked.first_byte}-{len(data) - 1}/{len(data)}"
        await out.head(code, {**headers, "Content-Length": str(len(rest))})
        for start in range(0, len(rest), piece):
            if gate is not None:
                await gate(asked, start)
            await out.body(rest[start : start + piece])
            if pause:
                await asyncio.sleep(pause)

    return handler


def cut(
    data: bytes, after: int, declared: int | None = None, headers: dict[str, str] | None = None
) -> Handler:
    """Declares all of `data` (or `declared` bytes), sends `after` bytes and hangs up."""

    async def handler(asked: Asked, out: Out) -> None:
        length = str(len(data) if declared is None else declared)
        await out.head(200, {"Content-Type": "image/jpeg", "Content-Length": length, **(headers or {})})
        await out.body(data[:after])
        out.close = True

    return handler


def drip(data: bytes, piece: int = 1, pause: float = 0.05) -> Handler:
    """Sends a body so slowly that nobody should wait for it."""
    return picture(data, piece=piece, pause=pause)


def slow_headers(pause: float = 0.05) -> Handler:
    """Sends headers for ever, a byte at a time."""

    async def handler(asked: Asked, out: Out) -> None:
        await out.raw(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            await out.raw(b"x")
            await asyncio.sleep(pause)

    return handler


def raw(*pieces: bytes) -> Handler:
    """Sends exactly this and hangs up."""

    async def handler(asked: Asked, out: Out) -> None:
        for one in pieces:
            await out.raw(one)
        out.close = True

    return handler


def hang_up() -> Handler:
    return raw()


def endless(head: bytes, filler: bytes = b"\0" * 65_536) -> Handler:
    """No Content-Length, no end."""

    async def handler(asked: Asked, out: Out) -> None:
        await out.head(200, {"Content-Type": "image/jpeg", "Connection": "close"})
        await out.body(head)
        while True:
            await out.body(filler)

    return handler


def bomb(head: bytes, megabytes: int) -> Handler:
    """A small gzip stream that unpacks to `head` and many megabytes of zeros."""
    packed = gzip.compress(head + b"\0" * (megabytes << 20))
    return status(200, packed, "image/jpeg", Content_Encoding="gzip")


def chunked(pieces: Iterable[bytes], end: bytes = b"0\r\n\r\n") -> Handler:
    async def handler(asked: Asked, out: Out) -> None:
        await out.head(200, {"Content-Type": "image/jpeg", "Transfer-Encoding": "chunked"})
        for one in pieces:
            await out.raw(b"%x\r\n%s\r\n" % (len(one), one))
        await out.raw(end)
        out.close = not end.endswith(b"0\r\n\r\n")

    return handler
