"""One benchmark as a process of its own, ended with all that it started when it takes too long."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.suite import Benchmark
from benchmarks.timing import ROOT

GRACE_SECONDS = 20  # for stopping a database and a browser


@dataclass(frozen=True)
class Row:
    """What a benchmark came to. ratios: above 1 where ours is the better one. problem: why there are none."""

    name: str
    against: str
    arguments: str
    seconds: float
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
    begun = time.perf_counter()
    status, out, err = _ended(command, limit)
    seconds, load = time.perf_counter() - begun, os.getloadavg()[0]
    row = partial(Row, one.name, one.against, words, seconds, load)
    if status is None:
        return row(problem=f"did not end within {limit:g} seconds")
    said = err.strip().splitlines()
    try:
        found = json.loads(out)
        ratios = dict(one.ratios(found))
    except (ValueError, KeyError, TypeError, IndexError, ZeroDivisionError) as error:
        why = said[-1] if said and status else f"what it printed cannot be read: {error!r}"
        return row(problem=f"failed with status {status}: {why[:200]}")
    (keep / scale).mkdir(parents=True, exist_ok=True)
    (keep / scale / f"{one.name}.json").write_text(json.dumps(found, indent=1))
    return row(ratios=ratios, problem=f"status {status}: its limit is not reached" if status else "")


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
