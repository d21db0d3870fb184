"""Runs programs as whole processes in turn (A B A B), with time and peak memory of each run.

In turn, because a machine gets slower and faster by itself: a ratio is taken pair by pair, from two runs
next to each other. Keep the process that measures small: on Linux a child's peak memory begins at that of
its parent.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes on macOS, KiB on Linux
_MIB = 1024 * 1024
LIMIT_SECONDS = 900


class ProgramFailed(Exception):
    """A measured program ended with another status than 0."""


@dataclass(frozen=True)
class Program:
    """Something to measure. name: one word. command: the words of its command line."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Run:
    """One run of a program, with the children it waited for.

    seconds: from start to end. cpu_seconds: user and system, over all threads. peak_mib: the largest
    resident memory of one process. output: what it wrote to standard output.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float
    output: str


def python(module: str, *arguments: object) -> list[str]:
    """The command line that runs a module of this project with this Python."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def run(program: Program, limit: float = LIMIT_SECONDS) -> Run:
    """Run a program in the project's folder to its end, or to `limit` seconds.

    Raises ProgramFailed with what it said.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            program.command,
            cwd=ROOT,
            env={**os.environ, **(program.environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
        clock = threading.Timer(limit, os.kill, (process.pid, signal.SIGKILL))
        clock.daemon = True
        clock.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            clock.cancel()
        seconds = time.perf_counter() - started
        # Popen did not see the end: wait4 is what gives the memory of this one child.
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            said = err.read().decode(errors="replace").strip()[-2000:] or "it said nothing"
            how = f"ended with status {process.returncode}"
            if seconds >= limit:
                how = f"did not end within {limit:g} seconds"
            raise ProgramFailed(f"{program.name}: {' '.join(program.command)} {how}: {said}")
        return Run(
            seconds,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * _RSS_UNIT / _MIB,
            out.read().decode(errors="replace"),
        )


def run_in_turn(
    programs: Sequence[Program], rounds: int, limit: float = LIMIT_SECONDS
) -> dict[str, list[Run]]:
    """Every program once, then every program again, `rounds` times; the runs by name, in order."""
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, got {rounds}")
    runs: dict[str, list[Run]] = {program.name: [] for program in programs}
    if len(runs) != len(programs):
        raise ValueError(f"programs must have distinct names, got {[one.name for one in programs]}")
    for _ in range(rounds):
        for program in programs:
            runs[program.name].append(run(program, limit))
    return runs
