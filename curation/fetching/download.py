"""One target, from its address to a whole file or a reason why not."""

from __future__ import annotations

import asyncio
import random
import re
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx

from curation.fetching.addresses import host_name, looks_like_stand_in, parse
from curation.fetching.body import Pace, Unpacker, judge
from curation.fetching.client import REDIRECTS, Answer, Client
from curation.fetching.disk import Store
from curation.fetching.failures import FetchFailure, of_status
from curation.fetching.part import Half, Part
from curation.fetching.results import Outcome, Result, Target, now
from curation.fetching.robots import Robots
from curation.fetching.settings import FetchSettings
from curation.fetching.stand_ins import StandIns
from curation.fetching.validators import conditions, continues_at, half_of
from curation.imaging.signatures import sniff

_HOT_LINK = re.compile(rb"hot-?\s?link", re.IGNORECASE)
_MESSAGE = 500  # characters


@dataclass(slots=True)
class _Try:
    """A target and what was done for it."""

    target: Target
    url: httpx.URL | None = None  # of the target, once it is known to be one
    asked: int = 0

    def count(self) -> None:
        self.asked += 1


class Downloader:
    """Fetches targets; shared by all hosts of a run."""

    def __init__(self, client: Client, robots: Robots, store: Store, settings: FetchSettings) -> None:
        self._client = client
        self._robots = robots
        self._store = store
        self._settings = settings
        self.stand_ins = StandIns(settings.same_bytes)

    async def fetch(self, target: Target) -> Result:
        """Try up to `settings.attempts` times. Always a result, never FetchFailure."""
        work = _Try(target)
        if (done := self._store.finished(target.key)) is not None:
            self._client.room.keep()
            return await self._checked(work, done)
        for count in range(1, self._settings.attempts + 1):
            try:
                return await self._checked(work, await self._attempt(work))
            except FetchFailure as failure:
                last = failure
            last.retry_at = await self._back_off(last, count) or last.retry_at
            if not last.passing or last.retry_at is not None:
                break
        await self._store.drop(target.key)
        return self._failed(work, last)

    async def _back_off(self, failure: FetchFailure, count: int) -> datetime | None:
        """Hold the host that failed; the time of the next try where that is too far off for this run."""
        if not failure.host or not failure.passing:
            return None
        host = self._client.host(failure.host)
        if failure.retry_after is None:
            if count < self._settings.attempts:
                pause = self._settings.backoff_seconds * 2 ** (count - 1)
                host.hold(min(pause, self._settings.longest_backoff) * random.uniform(1, 1.25))
            return None
        await host.pause(failure.retry_after)
        if failure.retry_after <= self._settings.longest_wait:
            return None
        return now() + timedelta(seconds=failure.retry_after)

    async def _attempt(self, work: _Try) -> Result:
        """Follow redirects by hand: every hop is checked and waits like any other request."""
        target = work.target
        first = url = work.url = parse(target.url, self._settings.lowest_port)
        half = self._store.half(target.key, target.url)
        if half is not None and half.length == self._store.part_size(target.key):
            return await self._complete(work, half)
        seen = {str(url)}
        for hop in range(self._settings.max_redirects + 1):
            try:
                await self._robots.check(url)
                usable = half if half is not None and half.url == str(url) else None
                size = self._store.part_size(target.key) if usable else 0
                async with self._client.ask(url, conditions(target, usable, size), work.count) as answer:
                    if answer.status not in REDIRECTS:
                        return await self._take(work, answer, usable)
                    await answer.drain()
                    place = answer.header("location")
            except FetchFailure as failure:
                if failure.slug == "internal-address" and hop:
                    raise FetchFailure(
                        "redirect-internal", f"Redirected from {first.host}: {failure.message}"
                    ) from failure
                failure.url = failure.url or str(url)
                raise
            url = self._follow(first, url, place, seen)
        raise FetchFailure(
            "too-many-redirects",
            f"Redirected more than {self._settings.max_redirects} times, last to {url.host}.",
        )

    def _follow(self, first: httpx.URL, url: httpx.URL, place: str, seen: set[str]) -> httpx.URL:
        if not place:
            raise FetchFailure("http-other", f"{url.host} redirects without saying where to.")
        try:
            after = parse(str(url.join(place)), self._settings.lowest_port)
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise FetchFailure("bad-address", f"{url.host} redirects to {place[:200]!r}: {error}.") from error
        if str(after) in seen:
            raise FetchFailure(
                "redirect-loop", f"{url.host} redirects in a circle, by way of {after.path[:200]}."
            )
        if looks_like_stand_in(first, after):
            raise FetchFailure(
                "hot-link", f"{url.host} redirects to {after.path[:200]} instead of a picture."
            )
        seen.add(str(after))
        return after

    async def _take(self, work: _Try, answer: Answer, half: Half | None) -> Result:
        status, target = answer.status, work.target
        if status == 304 and (target.etag or target.last_modified) and half is None:
            return self._result(work, answer, Outcome.UNCHANGED)
        going_on = half is not None and status == 206
        if not going_on and (not 200 <= status < 300 or status in (204, 205, 206)):
            await self._refuse(target, answer, half)
        limit = self._settings.max_bytes
        if target.expect == "iiif":
            limit = min(limit, self._settings.max_document_bytes)
        if (answer.declared or 0) > limit:
            raise FetchFailure(
                "too-large", f"{answer.declared:,} bytes are declared, {limit:,} are allowed.", status=status
            )
        try:
            sniffed, part = await self._receive(target, answer, half if going_on else None, limit)
        except FetchFailure as failure:
            failure.status = failure.status or status
            raise
        result = replace(self._result(work, answer, Outcome.OK), sniffed=sniffed)
        return await self._finish(part, result)

    async def _finish(self, part: Part, result: Result) -> Result:
        whole = await part.finish(result)
        self._client.room.keep()  # before the request gives its own place back
        return whole

    async def _refuse(self, target: Target, answer: Answer, half: Half | None) -> None:
        """Raises the failure that the answer's status means."""
        status = answer.status
        if status == 416 and half is not None:
            await self._store.drop(target.key)
            raise FetchFailure("incomplete", "The file changed while it was fetched.", status=status)
        if status == 403:
            body = await answer.beginning(4_096)
            if sniff(body) or _HOT_LINK.search(body):
                raise FetchFailure("hot-link", "The host forbids links from outside (403).", status=status)
        else:
            await answer.drain()
        wait = answer.retry_after if status == 429 or status >= 500 else None
        raise of_status(status, wait)

    async def _receive(
        self, target: Target, answer: Answer, half: Half | None, limit: int
    ) -> tuple[str, Part]:
        """The format and the file, not finished yet."""
        unpacker = Unpacker(answer.header("content-encoding"))
        part = self._store.new(target.key)
        whole: int | None = None
        if half is not None:
            await part.resume(half)
            start, whole = continues_at(answer.header("content-range"))
            if start != part.size or not unpacker.plain:
                await part.close()
                await self._store.drop(target.key)
                raise FetchFailure("incomplete", "The host went on at another place than asked.")
        elif unpacker.plain:
            part.half = half_of(target, answer)
        pace = Pace(self._settings)
        try:
            sniffed = judge(part.head, False, target.expect)
            async with asyncio.timeout(self._settings.total_seconds), aclosing(answer.body()) as body:
                async for raw in body:
                    pace.got(len(raw))
                    for piece in unpacker.feed(raw):
                        await part.add(piece)
                        if part.size > limit:
                            raise FetchFailure("too-large", f"More than the {limit:,} bytes allowed came.")
                    sniffed = sniffed or judge(part.head, False, target.expect)
            unpacker.end()
            sniffed = sniffed or judge(part.head, True, target.expect)
            if whole is not None and whole != part.size:
                raise FetchFailure("incomplete", f"{part.size:,} bytes of {whole:,} came.")
        except BaseException:
            await part.close()
            raise
        return sniffed, part

    async def _complete(self, work: _Try, half: Half) -> Result:
        """All bytes came before an interruption; only the end was missing."""
        part = self._store.new(work.target.key)
        await part.resume(half)
        sniffed = judge(part.head, True, work.target.expect)
        result = Result(
            key=work.target.key,
            outcome=Outcome.OK,
            fetched_at=now(),
            status=half.status,
            url=half.url,
            etag=half.etag,
            last_modified=half.last_modified,
            content_type=half.content_type,
            sniffed=sniffed,
            attempts=work.asked,
        )
        return await self._finish(part, result)

    async def _checked(self, work: _Try, result: Result) -> Result:
        """Refuse a picture that several addresses of the host gave."""
        if result.outcome is not Outcome.OK or result.sniffed == "JSON":
            return result
        url = work.url or parse(work.target.url, self._settings.lowest_port)
        also = self.stand_ins.seen(host_name(url), result.sha256, str(url), result.key)
        if also is None:
            return result
        await self._store.clean(result)
        self._client.room.leave()
        message = f"{url.host} serves this same picture for several addresses."
        return replace(
            result, outcome=Outcome.FAILED, failure="hot-link", message=message, path=None, also=also
        )

    def _result(self, work: _Try, answer: Answer, outcome: Outcome) -> Result:
        target, unchanged = work.target, outcome is Outcome.UNCHANGED
        return Result(
            key=target.key,
            outcome=outcome,
            fetched_at=now(),
            status=answer.status,
            url=str(answer.url),
            etag=answer.etag or (target.etag if unchanged else ""),
            last_modified=answer.last_modified or (target.last_modified if unchanged else ""),
            content_type=answer.header("content-type")[:100],
            attempts=work.asked,
        )

    def _failed(self, work: _Try, failure: FetchFailure) -> Result:
        return Result(
            key=work.target.key,
            outcome=Outcome.FAILED,
            fetched_at=now(),
            failure=failure.slug,
            status=failure.status,
            message=failure.message[:_MESSAGE],
            url=failure.url or work.target.url,
            attempts=work.asked,
            retry_at=failure.retry_at,
        )
