"""Work for all cores, in processes of their own: `python -m curation.services.exports.crew MODULE:FUNCTION`.

Not multiprocessing: a Celery worker's processes are daemons, which it gives no children. These are plain
programs that read tasks from their standard input and end when it ends, so none is left behind by a process
that is killed. They are in its process group and hold neither database connections nor locks of its.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from itertools import chain, islice
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[3]
PIPE = 1 << 20  # bytes that wait in a pipe
AHEAD = 2  # pieces of work a process has before it


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class CrewLost(OSError):
    """A process of the crew ended before its work did, as one does that is killed for memory."""


class Crew:
    """Calls one function in as many processes as there are cores. A context manager.

    function: MODULE:NAME; takes and gives what can be pickled, and may be called in any process.
    """

    def __init__(self, function: str, size: int | None = None) -> None:
        self._function = function
        self._size = size or cores()
        self._members: list[_Member] = []
        self._idle: SimpleQueue[_Member] = SimpleQueue()
        self._threads = ThreadPoolExecutor(self._size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in self._members:
            member.kill()
        self._threads.shutdown(cancel_futures=True)
        for member in self._members:
            member.close()

    def work(self, items: Iterable[T], task: Callable[[T], Any]) -> Iterator[tuple[T, Any]]:
        """Each item with what the function gives for `task(item)`, in order; a few are worked on ahead.

        `task` is called in threads of this process. Raises what either of the two raises.
        """
        items = iter(items)
        first = list(islice(items, 2))
        if len(first) < 2:  # not worth the start of a process
            call = found(self._function)
            yield from ((item, call(task(item))) for item in first)
            return
        self._start()
        ahead: deque[tuple[T, Future[Any]]] = deque()
        for item in chain(first, items):
            ahead.append((item, self._threads.submit(self._one, task, item)))
            if len(ahead) >= AHEAD * self._size:
                done, future = ahead.popleft()
                yield done, future.result()
        for done, future in ahead:
            yield done, future.result()

    def _start(self) -> None:
        while len(self._members) < self._size:
            member = _Member(self._function)
            self._members.append(member)
            self._idle.put(member)

    def _one(self, task: Callable[[T], Any], item: T) -> Any:
        given = task(item)
        member = self._idle.get()  # there is one for each thread
        try:
            return member.call(given)
        finally:
            self._idle.put(member)


class _Member:
    """One process, and the two pipes to it."""

    def __init__(self, function: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, function],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        for pipe in (self._process.stdin, self._process.stdout):
            _widen(pipe.fileno())
        self._tasks = Connection(os.dup(self._process.stdin.fileno()), readable=False)
        self._results = Connection(os.dup(self._process.stdout.fileno()), writable=False)
        self._process.stdin.close()
        self._process.stdout.close()

    def call(self, given: Any) -> Any:
        try:
            self._tasks.send(given)
            error, result = self._results.recv()
        except (OSError, EOFError) as lost:
            status = self._process.wait()
            raise CrewLost(f"a process that was given a part of the work ended, status {status}") from lost
        if error is not None:
            raise error
        return result

    def kill(self) -> None:
        """At once: it holds nothing that would be lost. Who waits for an answer then gets CrewLost."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self._tasks.close()
        self._results.close()


def _widen(pipe: int) -> None:
    """A piece of work passes at once, not in turns of 64 KiB between two processes."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux
        with suppress(OSError):  # one user's pipes may hold so much together, and no more
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def found(function: str) -> Callable[[Any], Any]:
    module, _, name = function.partition(":")
    call: Callable[[Any], Any] = getattr(import_module(module), name)
    return call


def serve(function: str) -> None:
    """What a process of the crew does: one task after the other, until there is nobody to give one."""
    # Ctrl-C reaches the whole process group; who gives the tasks decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks, results = Connection(os.dup(0), writable=False), Connection(os.dup(1), readable=False)
    os.dup2(2, 1)  # whatever a library prints must not get between the results
    call = found(function)
    while True:
        try:
            given = tasks.recv()
        except EOFError:
            return
        try:
            answer: tuple[Exception | None, Any] = (None, call(given))
        except Exception as error:
            answer = (error, None)
        try:
            results.send(answer)
        except BrokenPipeError:
            return


if __name__ == "__main__":
    serve(sys.argv[1])
