"""One benchmark as a process of its own, ended with all that it started when it takes too long."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.suite import Benchmark
from benchmarks.timing import ROOT

GRACE_SECONDS = 20  # for stopping a database and a browser


@dataclass(frozen=True)
class Row:
    """What a benchmark came to. ratios: above 1 where ours is the better one. problem: why there are none.

    cpu: seconds of the benchmark and of the programs that it waited for, without its database. load: of the
    machine when it ended. day: UTC.
    """

    name: str
    against: str
    scale: str
    arguments: str
    day: str
    seconds: float
    cpu: float
    load: float
    ratios: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""

    @property
    def done(self) -> bool:
        return not self.problem

    def in_words(self) -> str:
        """The ratios, then what went wrong."""
        told = ", ".join(f"{name} {ratio:,.2f}" for name, ratio in self.ratios.items())
        return "; ".join(part for part in (told, self.problem) if part) or "done"


def measured(one: Benchmark, scale: str, limit: float, keep: Path) -> Row:
    """Run it with --json, for `limit` seconds at most; keep what it printed as keep/SCALE/NAME.json."""
    words = one.small if scale == "small" else one.full
    command = [sys.executable, "-m", f"benchmarks.{one.name}", *words.split(), "--json"]
    begun, cpu = time.perf_counter(), _cpu_of_children()
    status, out, err = _ended(command, limit)
    seconds, cpu = time.perf_counter() - begun, _cpu_of_children() - cpu
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    row = partial(Row, one.name, one.against, scale, words, day, seconds, cpu, os.getloadavg()[0])
    if status is None:
        return row(problem=f"did not end within {limit:g} seconds")
    said = err.strip().splitlines()
    try:
        found = json.loads(out)
        ratios = dict(one.ratios(found))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, ZeroDivisionError) as error:
        why = said[-1] if said and status else f"what it printed cannot be read: {error!r}"
        return row(problem=f"failed with status {status}: {why[:200]}")
    (keep / scale).mkdir(parents=True, exist_ok=True)
    (keep / scale / f"{one.name}.json").write_text(json.dumps(found, indent=1))
    return row(ratios=ratios, problem=f"status {status}: its limit is not reached" if status else "")


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _ended(command: list[str], limit: float) -> tuple[int | None, str, str]:
    """Status, standard output and error; None for the status where it took too long."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        # A session of its own: what it started ends with it.
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
        status: int | None = None
        try:
            status = process.wait(limit)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # it may stop its database itself
        finally:
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            _end_group(process.pid)
            process.wait()
        out.seek(0)
        err.seek(0)
        return status, out.read().decode(errors="replace"), err.read().decode(errors="replace")


def _end_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
