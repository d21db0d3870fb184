"""One HTTP/1.1 connection, for one request after the other. h11 keeps the rules, asyncio moves the bytes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence

import h11

from curation.fetching.failures import FetchFailure
from curation.fetching.transport import READ_BYTES, Streams

Headers = Sequence[tuple[bytes, bytes]]

_HEADER_BYTES = 100 * 1024  # more is refused as bad-http


class Connection:
    """To one origin. host: for messages."""

    def __init__(self, streams: Streams, host: str, origin: str, read_seconds: float) -> None:
        self._reader, self._writer = streams
        self._host = host
        self._read_seconds = read_seconds
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEADER_BYTES)
        self._idle_since = 0.0
        self.origin = origin

    async def get(self, target: bytes, headers: Headers) -> h11.Response:
        """Send a request and wait for the head of the answer. Raises FetchFailure."""
        return await self.ask(b"GET", target, headers)

    async def ask(self, method: bytes, target: bytes, headers: Headers, body: bytes = b"") -> h11.Response:
        """The same by any method, with a body whose length the headers tell."""
        try:
            request = h11.Request(method=method, target=target, headers=list(headers))
        except h11.LocalProtocolError as error:
            raise FetchFailure("bad-address", f"{self._host} cannot be asked for this: {error}.") from error
        events = [request, *([h11.Data(data=body)] if body else []), h11.EndOfMessage()]
        self._writer.write(b"".join(self._http.send(event) or b"" for event in events))
        while True:
            event = await self._next()
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise FetchFailure("bad-http", f"{self._host} answered out of turn.")

    async def body(self) -> AsyncGenerator[bytes, None]:
        """Pieces as they come. Raises FetchFailure."""
        while not isinstance(event := await self._next(), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                yield event.data

    async def _next(self) -> object:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                async with asyncio.timeout(self._read_seconds):
                    data = await self._reader.read(READ_BYTES)
                if not data and self._http.their_state is h11.SEND_RESPONSE:
                    raise FetchFailure("reset", f"{self._host} closed the connection without an answer.")
                self._http.receive_data(data)
        except TimeoutError as error:
            raise FetchFailure("timeout", f"{self._host} did not answer in time.") from error
        except OSError as error:
            raise FetchFailure("reset", f"The connection to {self._host} broke.") from error
        except h11.RemoteProtocolError as error:
            if "without sending complete message body" in str(error):
                raise FetchFailure("incomplete", f"{self._host} ended the answer early: {error}.") from error
            raise FetchFailure("bad-http", f"{self._host} breaks the rules of HTTP: {error}.") from error
        return event

    def ready_again(self) -> bool:
        """After an answer: whether another request can be sent. If not, the connection is to be closed."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self._idle_since = time.monotonic()
        return True

    def usable(self, origin: str, idle_seconds: float) -> bool:
        """Whether it leads to `origin` and the other side has not hung up meanwhile."""
        return (
            self.origin == origin
            and not self._reader.at_eof()
            and not self._writer.is_closing()
            and time.monotonic() - self._idle_since < idle_seconds
        )

    def close(self) -> None:
        """At once: nothing is waited for, not even a TLS farewell."""
        self._writer.transport.abort()
