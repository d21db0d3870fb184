"""How long work tells what it has done: to a job's row, to a terminal, to nobody.

Library code takes a `Progress` and knows neither jobs nor terminals.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars


class WorkStopped(Exception):
    """The work must end now; what is committed stays."""


class JobCancelled(WorkStopped):
    """A person asked for the end."""


class LeaseLost(WorkStopped):
    """Another process has taken the job over, or may have: nothing more may be written for it."""


class Progress(Protocol):
    """What long work calls. `result_url` may be set to the page of what was made."""

    result_url: str

    def begin(self, total: int | None, done: int = 0, unit: str = "pictures") -> None:
        """Say how much there is, and how much of it an earlier run has already done."""

    def advance(self, n: int = 1) -> None:
        """`n` more are done and safe. Raises what `check` raises."""

    def log(self, line: str) -> None:
        """One line for the people who look at the job."""

    def check(self) -> None:
        """Raises JobCancelled or LeaseLost where the work must end; call it where stopping is clean."""


class NullProgress:
    """Tells nobody."""

    result_url = ""

    def begin(self, total: int | None, done: int = 0, unit: str = "pictures") -> None:
        pass

    def advance(self, n: int = 1) -> None:
        pass

    def log(self, line: str) -> None:
        pass

    def check(self) -> None:
        pass


class RichProgress:
    """A bar and log lines on standard error; use it as a context manager.

    Without a terminal there is no bar, only the lines. `quiet` shows neither.
    """

    def __init__(self, title: str, *, quiet: bool = False) -> None:
        self.result_url = ""
        self._quiet = quiet
        self._console = Console(file=sys.stderr, quiet=quiet)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._task = self._bars.add_task(title, total=None, unit="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def begin(self, total: int | None, done: int = 0, unit: str = "pictures") -> None:
        # A fresh start of the clock: what an earlier run has done says nothing about the rate now.
        self._bars.reset(self._task, total=total, completed=done, unit=unit)

    def advance(self, n: int = 1) -> None:
        self._bars.advance(self._task, n)

    def log(self, line: str) -> None:
        # soft_wrap: a line in a file or pipe stays one line.
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def check(self) -> None:
        pass
