"""Web servers, workers and schedulers beside each other, as on several machines with one database."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from tests.browser.site import Site
from tests.worker import RealWorker


class Worker(RealWorker):
    """One worker of several; with a log and a schedule of its own."""

    def __init__(self, var: Path, name: str, at_once: int) -> None:
        super().__init__(var)
        self.name, self.at_once = name, at_once
        self.log = var / f"{name}.log"

    def start_scheduler(self) -> None:
        self.beat = self._spawn("beat", "-s", str(self.var / f"{self.name}-beat"), "--pidfile=")

    def _spawn(self, *words: str) -> object:  # type: ignore[override]
        if words[0] == "worker":
            words = (*words, "-n", f"{self.name}@%h")
        return super()._spawn(*words)


class Workshop:
    """`start(...)`, then use `sites` and `workers`; `stop` ends them all."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.sites: list[Site] = []
        self.workers: list[Worker] = []

    def start(self, *, sites: int = 1, workers: int = 1, at_once: int = 1, schedulers: int = 1) -> None:
        """All at the same time: each takes seconds."""
        for n in range(sites):
            # Machines of one site have one secret key, else none knows the sessions of the others.
            site = Site(self.var, VASCULUM_SECRET_KEY=settings.SECRET_KEY)
            site.log = self.var / f"site-{n}.log"
            self.sites.append(site)
        self.workers = [Worker(self.var, f"worker-{n}", at_once) for n in range(workers)]
        for worker in self.workers:
            worker.begin_worker()
        for site in self.sites:
            site.start()
        for worker in self.workers:
            worker.wait_until_ready()
        for worker in self.workers[:schedulers]:
            worker.start_scheduler()

    @property
    def addresses(self) -> list[str]:
        return [site.url for site in self.sites]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """No worker does anything until the block ends."""
        groups = [worker.process.pid for worker in self.workers if worker.process is not None]
        for group in groups:
            os.killpg(group, signal.SIGSTOP)
        try:
            yield
        finally:
            for group in groups:
                os.killpg(group, signal.SIGCONT)

    def stop(self) -> None:
        with ThreadPoolExecutor(max(1, len(self.sites) + len(self.workers))) as pool:
            for one in [*self.sites, *self.workers]:
                pool.submit(one.stop)
