"""robots.txt (RFC 9309), asked once for each host, scheme and port.

2xx: its rules count. 4xx, or redirected in vain: no rules. 5xx and 429: nothing may be fetched now.
No answer at all is a failure of the host and reported as such.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import httpx
from protego import Protego

from curation.fetching.addresses import host_name, parse
from curation.fetching.client import REDIRECTS, Answer, Client
from curation.fetching.failures import FetchFailure
from curation.fetching.settings import ROBOTS_NAME, FetchSettings

_READ_BYTES = 512 * 1024  # RFC 9309, section 2.5: at least 500 kibibytes
_REDIRECTS = 5  # section 2.3.1.2
_KEPT = 5_000
_NETWORK = frozenset({"dns", "connect", "tls", "timeout", "reset", "incomplete", "host-down"})


@dataclass(frozen=True, slots=True)
class _Rules:
    parser: Protego | None  # None: everything is allowed
    until: float  # monotonic


class Robots:
    """What each host's robots.txt allows, kept for a day."""

    def __init__(self, client: Client, settings: FetchSettings) -> None:
        self._client = client
        self._settings = settings
        self._rules: dict[str, _Rules] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def check(self, url: httpx.URL) -> None:
        """Raises FetchFailure where the URL must not be fetched (robots) or nobody knows (others)."""
        rules = await self._of(url)
        if rules.parser is None:
            return
        delay = rules.parser.crawl_delay(ROBOTS_NAME) or 0.0
        if delay > self._settings.longest_crawl_delay:
            raise FetchFailure(
                "robots", f"{url.host} asks in robots.txt for {delay:g} seconds between requests."
            )
        host = self._client.host(host_name(url))
        host.crawl_delay = max(host.crawl_delay, delay)
        if not rules.parser.can_fetch(str(url), ROBOTS_NAME):
            raise FetchFailure("robots", f"robots.txt of {url.host} does not allow {url.path}.")

    async def _of(self, url: httpx.URL) -> _Rules:
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        if (known := self._fresh(origin)) is not None:
            return known
        async with self._asking.setdefault(origin, asyncio.Lock()):
            if (known := self._fresh(origin)) is not None:
                return known
            parser = await self._read(url.copy_with(raw_path=b"/robots.txt"))
            if len(self._rules) >= _KEPT:
                oldest = next(iter(self._rules))
                del self._rules[oldest]
            rules = _Rules(parser, time.monotonic() + self._settings.robots_lifetime)
            self._rules[origin] = rules
        self._asking.pop(origin, None)
        return rules

    def _fresh(self, origin: str) -> _Rules | None:
        known = self._rules.get(origin)
        if known is not None and known.until < time.monotonic():
            del self._rules[origin]
            return None
        return known

    async def _read(self, url: httpx.URL) -> Protego | None:
        for hop in range(_REDIRECTS + 1):
            try:
                async with self._client.ask(url) as answer:
                    found = await self._judge(answer)
            except FetchFailure as failure:
                if hop and failure.slug not in _NETWORK and failure.slug != "robots-unreachable":
                    return None  # redirected to where nothing can be read
                raise
            if not isinstance(found, str):
                return found
            try:
                url = parse(str(url.join(found)), self._settings.lowest_port)
            except (FetchFailure, httpx.InvalidURL, ValueError):
                return None
        return None

    async def _judge(self, answer: Answer) -> Protego | str | None:
        """Rules, or a place to look instead, or None: there are no rules."""
        if answer.status in REDIRECTS:
            await answer.drain()
            return answer.header("location") or None
        if answer.status == 429 or answer.status >= 500:
            raise FetchFailure(
                "robots-unreachable",
                f"robots.txt of {answer.url.host} answered {answer.status}: nothing may be fetched now.",
                status=answer.status,
                retry_after=answer.retry_after,
            )
        if 200 <= answer.status < 300:
            text = (await answer.beginning(_READ_BYTES)).decode("utf-8", "replace")
            return Protego.parse(text.removeprefix("\ufeff"))
        await answer.drain()
        return None
