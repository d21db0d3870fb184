"""Work kept in lists, with what became of it."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from curation.fetching import FetchSettings, HostPolicy, Result, Target, fetch_all, host_of


@dataclass
class ListWork:
    """Targets in memory. Files are read in settle, as they are deleted afterwards."""

    targets: list[Target]
    policies: dict[str, HostPolicy] = field(default_factory=dict)
    results: dict[int, Result] = field(default_factory=dict)
    files: dict[int, bytes] = field(default_factory=dict)
    settled: Counter[int] = field(default_factory=Counter)
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    settle_seconds: float = 0.0

    def __post_init__(self) -> None:
        self._waiting: dict[str, deque[Target]] = {}
        for target in self.targets:
            self.add(target)

    def add(self, target: Target) -> None:
        self._waiting.setdefault(host_of(target.url), deque()).append(target)

    async def hosts(self, exclude: Collection[str]) -> list[HostPolicy]:
        return [
            self.policies.get(name, HostPolicy(name))
            for name, targets in self._waiting.items()
            if targets and name not in exclude
        ]

    async def take(self, host: str, n: int) -> list[Target]:
        waiting = self._waiting[host]
        return [waiting.popleft() for _ in range(min(n, len(waiting)))]

    async def settle(self, result: Result) -> None:
        self.settled[result.key] += 1
        self.results[result.key] = result
        if result.path is not None:
            content = result.path.read_bytes()
            assert hashlib.sha256(content).hexdigest() == result.sha256
            assert len(content) == result.bytes
            self.files[result.key] = content
        await asyncio.sleep(self.settle_seconds)

    async def host_note(
        self, name: str, *, failures: int, paused_until: datetime | None, last_request_at: datetime | None
    ) -> None:
        note = {"failures": failures, "paused_until": paused_until, "last_request_at": last_request_at}
        self.notes.append((name, note))


def quick(folder: Path, address: str = "", **changes: Any) -> FetchSettings:
    """Settings for tests: every name leads to `address`, no waits, one try."""
    settings = FetchSettings(
        folder=folder / "fetching",
        version="0.0.0",
        info_url="https://example.org/about",
        contact="curator@example.org",
        host_map={"*": address} if address else {},
        wait_seconds=0.0,
        attempts=1,
        backoff_seconds=0.01,
        pause_seconds=0.01,
        ask_again_seconds=0.05,
    )
    return replace(settings, **changes)


def fetch(work: ListWork, settings: FetchSettings) -> ListWork:
    """Run to the end. Every target is settled exactly once, and nothing is left in the folder."""
    asyncio.run(asyncio.wait_for(fetch_all(work, settings), 60))
    assert work.settled == Counter(target.key for target in work.targets)
    assert not list(settings.folder.iterdir())
    return work


def fetch_one(url: str, settings: FetchSettings, **target: Any) -> Result:
    return fetch(ListWork([Target(1, url, **target)]), settings).results[1]


def jpeg(seed: int = 0, side: int = 64) -> bytes:
    """A real JPEG of noise: about a byte a pixel."""
    pixels = np.random.default_rng(seed).integers(0, 255, (side, side, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
