"""Cases of a target one after the other, each within a time; what breaks is kept with its input, shrunk."""

from __future__ import annotations

import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.strategies import SearchStrategy

CASE_SECONDS = 10.0  # a case that takes longer hangs


class Hangs(Exception):
    """A case did not end within its time."""


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
    name: str
    cases: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    problem: str = ""


def attack(target: Target, cases: int, number: int = 89) -> Result:
    """Give the target `cases` inputs, the same ones for the same number; stop at the first that breaks."""
    result = Result(target.name)
    begun = time.perf_counter()

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
        started = time.perf_counter()
        try:
            with within(CASE_SECONDS):
                target.check(case)
        except Exception as error:
            error.add_note(f"input: {case!r:.600}")
            raise
        finally:
            result.cases += 1
            result.slowest = max(result.slowest, time.perf_counter() - started)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            one()
    except Exception as error:
        notes = "; ".join(note for note in getattr(error, "__notes__", []) if note.startswith("input: "))
        result.problem = f"{type(error).__name__}: {error!s:.400} ({notes})"
    result.seconds = time.perf_counter() - begun
    return result


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise Hangs in here after that time. In the main thread only, as signals are."""

    def stop(*_: object) -> None:
        raise Hangs(f"it did not end within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
