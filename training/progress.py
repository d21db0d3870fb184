"""How training tells what it has done: to a terminal, to a job's page, to nobody.

Library code takes a ``Progress`` and knows neither terminals nor jobs.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console as RichConsole
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars


class Progress(Protocol):
    """What long work calls."""

    def begin(self, total: int | None, unit: str = "pictures", *, done: int = 0) -> None:
        """Say how much there is, and how much of it an earlier run has already done."""

    def advance(self, n: int = 1) -> None:
        """`n` more are done."""

    def show(self, **figures: float) -> None:
        """The newest figures (loss, learning rate), shown beside the bar and kept nowhere."""

    def log(self, line: str) -> None:
        """One line for the people who watch."""

    def check(self) -> None:
        """Raises where the work must end now; called where stopping is clean."""


class Silent(Progress):
    """Tells nobody."""

    def begin(self, total: int | None, unit: str = "pictures", *, done: int = 0) -> None:
        pass

    def advance(self, n: int = 1) -> None:
        pass

    def show(self, **figures: float) -> None:
        pass

    def log(self, line: str) -> None:
        pass

    def check(self) -> None:
        pass


class Console(Progress):
    """A bar and log lines on standard error; use it as a context manager.

    Without a terminal there is no bar, only the lines. `quiet` shows neither.
    """

    def __init__(self, title: str, *, quiet: bool = False) -> None:
        self._console = RichConsole(file=sys.stderr, quiet=quiet)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._task = self._bars.add_task(title, total=None, unit="", figures="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def begin(self, total: int | None, unit: str = "pictures", *, done: int = 0) -> None:
        # A fresh start of the clock: what an earlier run has done says nothing about the rate now.
        self._bars.reset(self._task, total=total, completed=done, unit=unit, figures="")

    def advance(self, n: int = 1) -> None:
        self._bars.advance(self._task, n)

    def show(self, **figures: float) -> None:
        words = "  ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in figures.items())
        self._bars.update(self._task, figures=words)

    def log(self, line: str) -> None:
        # soft_wrap: a line in a file or pipe stays one line.
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def check(self) -> None:
        pass
