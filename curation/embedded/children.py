"""The processes beside the servers: web, worker, scheduler. One Child each, restarted when it dies."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from curation.embedded.errors import ServiceError
from curation.embedded.files import last_line, rotate
from curation.embedded.places import REPOSITORY, Places
from curation.embedded.processes import finish, with_environment

# In the environment of everything that `up` starts, with the var folder as value: by this mark a
# later `up` knows what a killed one has left behind.
MARK = "VASCULUM_UP"
PR_SET_PDEATHSIG = 1  # prctl(2)
STEADY_SECONDS = 60.0
LONGEST_PAUSE = 30.0


def environment(places: Places) -> dict[str, str]:
    """The environment of a child: ours, the var folder, the mark, output not held back."""
    return {**os.environ, "VASCULUM_VAR": str(places.var), MARK: str(places.var), "PYTHONUNBUFFERED": "1"}


def leave_with(parent: int) -> Callable[[], None] | None:
    """A preexec function by which the kernel ends the child when `parent` dies (Linux), else None."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died before the call
            os._exit(1)

    return tie


def clear_orphans(places: Places) -> int:
    """End what a killed `up` of the same var folder has left behind; returns how many those were."""
    orphans = list(with_environment(MARK, str(places.var)))
    finish(orphans, 3, (signal.SIGTERM, signal.SIGKILL))
    return len(orphans)


class Child:
    """One process in a session of its own (Ctrl-C in the terminal reaches only the supervisor)."""

    def __init__(self, name: str, words: list[str], places: Places) -> None:
        self.name = name
        self.words = words
        self.places = places
        self.log: Path = places.log / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.deaths = 0
        self.due: float | None = None  # when to start again

    def start(self) -> None:
        rotate(self.log)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=REPOSITORY,
                env=environment(self.places),
                start_new_session=True,
                preexec_fn=leave_with(os.getpid()),
            )
        self.started = time.monotonic()
        self.due = None

    def watch(self) -> str | None:
        """Notice a death, start again after a pause that doubles; returns a line to say, or None."""
        if self.process is None:
            return None
        if self.due is not None:
            if time.monotonic() >= self.due:
                self.start()
            return None
        status = self.process.poll()
        if status is None:
            return None
        self.finish_group()
        steady = time.monotonic() - self.started > STEADY_SECONDS
        self.deaths = 1 if steady else self.deaths + 1
        pause = min(2.0 ** (self.deaths - 1), LONGEST_PAUSE)
        self.due = time.monotonic() + pause
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return (
            f"{self.name} ended ({how}: {last_line(self.log)}); "
            f"starting it again in {pause:.0f} s, see {self.log}"
        )

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for its orderly end until `deadline` (monotonic seconds), then end its whole session."""
        if self.process is not None:
            try:
                self.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.finish_group()

    def finish_group(self) -> None:
        """End what the dead process has left in its session."""
        left = []
        for process in with_environment(MARK, str(self.places.var)):
            try:
                if self.process is not None and os.getsid(process.pid) == self.process.pid:
                    left.append(process)
            except (OSError, psutil.Error):
                continue
        finish(left, 1, (signal.SIGTERM, signal.SIGKILL))


def web_words(host: str, port: int) -> list[str]:
    """The command of the web server: two processes of four threads where there are cores for two.

    Python runs one thread of a process at a time, so with one process a vote waits for whatever else is being
    answered. Nothing is kept in the memory of one process that another would need.
    """
    processes = os.environ.get("VASCULUM_WEB_PROCESSES") or str(min(2, cores()))
    if not processes.isdecimal() or int(processes) < 1:
        raise ServiceError(f"VASCULUM_WEB_PROCESSES={processes!r}: expected a number from 1 on")
    threads = str(max(4, 8 // int(processes)))
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    return [*granian, "--workers", processes, "--blocking-threads", threads, "curation.wsgi:application"]


def cores() -> int:
    """Those that this process may use, which may be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def programs(places: Places, host: str, port: int, worker: bool) -> list[Child]:
    """The children of `up`: the web server and, unless `worker` is off, worker and scheduler."""
    found = [Child("web", web_words(host, port), places)]
    if worker:
        celery = [sys.executable, "-m", "celery", "-A", "curation"]
        queues = ["-Q", "default,gpu", "-c", "2", "--prefetch-multiplier=1"]
        found.append(
            Child("worker", [*celery, "worker", *queues, "--without-gossip", "--without-mingle"], places)
        )
        schedule = ["-s", str(places.run / "beat"), "--pidfile="]
        found.append(Child("beat", [*celery, "beat", *schedule], places))
    return found
