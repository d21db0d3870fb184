"""What a benchmark prints: the spread of each program's runs and the ratio between two programs."""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.timing import Run


def spread(values: Sequence[float]) -> dict[str, float]:
    """min, median and max, to four significant digits."""
    shown = {"min": min(values), "median": statistics.median(values), "max": max(values)}
    return {name: float(f"{value:.4g}") for name, value in shown.items()}


def number(text: str) -> int:
    """A whole number of at least 1, for argparse."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


def summarise(runs: Mapping[str, Sequence[Run]], pictures: int) -> dict[str, Any]:
    """What is printed: for each program its seconds, rate, CPU seconds and peak memory; then the ratio.

    ratio: seconds of the second program over those of the first, pair by pair: how many times faster the
    first one is. load: what else the machine was doing, as the one-minute load average at the end.
    """
    ours, baseline = runs.values()
    programs = {
        name: {
            "seconds": spread([one.seconds for one in series]),
            "pictures_per_second": float(
                f"{pictures / statistics.median([one.seconds for one in series]):.4g}"
            ),
            "cpu_seconds": spread([one.cpu_seconds for one in series]),
            "peak_mib": round(max(one.peak_mib for one in series)),
        }
        for name, series in runs.items()
    }
    ratios = [b.seconds / a.seconds for a, b in zip(ours, baseline, strict=True)]
    machine = {"cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    return {"pictures": pictures, "rounds": len(ours), **machine, **programs, "ratio": spread(ratios)}


def as_text(title: str, summary: Mapping[str, Any], names: Sequence[str]) -> str:
    """A table for people: one line a program, seconds as median (min-max), then the ratio."""
    lines = [
        f"{title}: {summary['pictures']:,} pictures, rounds in turn: {summary['rounds']}, "
        f"{summary['cpus']} CPUs, load {summary['load']}",
        f"{'':<10}{'seconds (min-max)':>24}{'pictures/s':>12}{'CPU s':>9}{'peak MiB':>10}",
    ]
    for name in names:
        one = summary[name]
        seconds = f"{one['seconds']['median']} ({one['seconds']['min']}-{one['seconds']['max']})"
        rate, cpu = one["pictures_per_second"], one["cpu_seconds"]["median"]
        lines.append(f"{name:<10}{seconds:>24}{rate:>12}{cpu:>9}{one['peak_mib']:>10}")
    ratio = summary["ratio"]
    lines.append(
        f"{names[0]} is {ratio['median']} times as fast as {names[1]} ({ratio['min']}-{ratio['max']})"
    )
    return "\n".join(lines)
