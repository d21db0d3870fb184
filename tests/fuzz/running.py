"""Cases of a target one after the other, each within a time and a memory; what breaks is kept with its input,
shrunk."""

from __future__ import annotations

import math
import os
import resource
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from unittest import mock

import psutil
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.internal.conjecture import providers
from hypothesis.strategies import SearchStrategy

CASE_SECONDS = 10.0  # a case that takes longer hangs
CASE_MIB = 512  # a case that needs more is too large
_SELF = psutil.Process()


class Hangs(Exception):
    """A case ended after its time."""


@dataclass(frozen=True)
class Target:
    """name: what is read. cases: strategy of its input. check: reads one, and raises where a promise breaks.

    weight: its share of all cases.
    """

    name: str
    cases: SearchStrategy[Any]
    check: Callable[[Any], None]
    weight: int = 1


@dataclass
class Result:
    """slowest: seconds of a case. largest: MiB by which a case raised the peak of the process, at most."""

    name: str
    cases: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    largest: float = 0.0
    problem: str = ""


def attack(target: Target, cases: int, number: int = 89, watch: Watch | None = None) -> Result:
    """Give the target `cases` inputs, the same ones for the same number; stop at the first that breaks.

    watch: ends the process where a case does not end; without one, a case that ends too late breaks the rule.
    """
    result = Result(target.name)
    begun, large = time.perf_counter(), [""]

    @seed(number)
    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        verbosity=Verbosity.quiet,
        print_blob=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(target.cases)
    def one(case: Any) -> None:
        started, grown = time.perf_counter(), growth()
        try:
            with watch.over(target.name, case) if watch else nullcontext():
                target.check(case)
            if (took := time.perf_counter() - started) > CASE_SECONDS:
                raise Hangs(f"it ended after {took:.1f} s, and {CASE_SECONDS:g} are allowed")
        except Exception as error:
            error.add_note(f"input: {case!r:.600}")
            raise
        finally:
            if (mib := grown()) > result.largest:
                result.largest, large[0] = mib, f"input: {case!r:.600}"
            result.cases += 1
            result.slowest = max(result.slowest, time.perf_counter() - started)

    try:
        with warnings.catch_warnings(), same_constants():
            warnings.simplefilter("ignore")
            one()
    except Exception as error:
        notes = "; ".join(note for note in getattr(error, "__notes__", []) if note.startswith("input: "))
        result.problem = f"{type(error).__name__}: {error!s:.400} ({notes})"
    # Not raised in the case: the peak of a process is told once, so that it could not be shrunk.
    if not result.problem and result.largest > CASE_MIB:
        result.problem = f"it took {result.largest:,.0f} MiB, and {CASE_MIB} are allowed ({large[0]})"
    result.seconds = time.perf_counter() - begun
    return result


@contextmanager
def same_constants() -> Iterator[None]:
    """Hypothesis also draws constants of whatever modules are loaded, so that the cases would depend on what
    ran before. Here it draws only its own."""
    none = providers.Constants()
    providers.CONSTANTS_CACHE.cache.clear()
    try:
        with mock.patch.object(providers, "_get_local_constants", lambda: none):
            yield
    finally:
        providers.CONSTANTS_CACHE.cache.clear()


class Watch:
    """Ends the process where a case takes longer than it may, and says which one and where it was.

    A thread and no alarm: an alarm can be caught by what is tried, and harms whoever comes late. What keeps
    Python's lock is not seen by it.
    """

    def __init__(self, ended: Callable[[str], None]) -> None:
        """ended: is given the words about the case before the process ends with status 1."""
        self._ended, self._changed = ended, threading.Condition()
        self._until = math.inf
        self._case: tuple[str, object] = ("", None)  # put into words only where it hangs: some are large
        threading.Thread(target=self._wait, daemon=True, name="watch").start()

    @contextmanager
    def over(self, target: str, case: object) -> Iterator[None]:
        self._set(time.monotonic() + CASE_SECONDS, (target, case))
        try:
            yield
        finally:
            self._set(math.inf, ("", None))

    def _set(self, until: float, case: tuple[str, object]) -> None:
        with self._changed:
            self._until, self._case = until, case
            self._changed.notify()

    def _wait(self) -> None:
        main = threading.main_thread().ident or 0
        with self._changed:
            while (left := self._until - time.monotonic()) > 0:
                self._changed.wait(min(left, 3600))
            place = "".join(traceback.format_stack(sys._current_frames()[main])[-6:])
            target, case = self._case
            words = f"{target} (input: {case!r:.600}): it did not end within {CASE_SECONDS:g} s"
            self._ended(f"{words}\n{place}")
            os._exit(1)


def growth() -> Callable[[], float]:
    """A function for the MiB by which the process has grown at its peak since this call.

    0 where it has been as large before: the peak is that of its whole life.
    """
    before, highest = _SELF.memory_info().rss / 2**20, peak()
    return lambda: peak() - before if peak() > highest else 0.0


def peak() -> float:
    """MiB."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
