"""Finding, recognising and ending processes. Nothing here ends a process it has not recognised."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil


def birth(pid: int) -> str | None:
    """What tells this process from a later one with the same number, or None when it is gone.

    On Linux the start tick since boot with the boot's id (field 22 of proc(5) stat): unlike the
    wall-clock start time it does not move when the clock is set.
    """
    stat = Path(f"/proc/{pid}/stat")
    try:
        if stat.parent.is_dir():
            fields = stat.read_text().rpartition(")")[2].split()
            if fields[0] in "ZX":
                return None
            boot = Path("/proc/sys/kernel/random/boot_id")
            return f"{boot.read_text()[:8] if boot.exists() else 'boot'}-{fields[19]}"
        return f"{psutil.Process(pid).create_time():.0f}"
    except (OSError, psutil.Error):
        return None


def runs_in(pid: int, folder: Path, name: str) -> bool:
    """Whether `pid` is a living process called `name` (or `name`-something) that works in `folder`.

    Servers change into their data folder, which a recycled process number does not.
    """
    try:
        process = psutil.Process(pid)
        return alive(process) and process.name().startswith(name) and Path(process.cwd()) == folder
    except psutil.Error:
        return False


def all_in(folder: Path, name: str) -> list[psutil.Process]:
    """Every process called `name` that works in `folder`, or in a removed folder of that path."""
    return [
        process
        for process in psutil.process_iter(["name"])
        if (process.info["name"] or "").startswith(name) and runs_in(process.pid, folder, name)
    ]


def with_environment(key: str, value: str) -> Iterator[psutil.Process]:
    """Every other process that was started with `key=value` in its environment."""
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(key) == value:
                yield process
        except psutil.Error:
            continue  # gone meanwhile, or another user's: not ours


def alive(process: psutil.Process) -> bool:
    """Whether it still runs. One that ended and was not yet collected by its parent does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def finish(processes: list[psutil.Process], seconds: float, signals: tuple[int, ...]) -> None:
    """Send the signals one after the other, waiting up to `seconds` after each, until all are gone.

    psutil compares start times before it sends, so a number that was given to a new process
    between finding and ending is left alone.
    """
    for number in signals:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        deadline = time.monotonic() + seconds
        while (processes := [one for one in processes if alive(one)]) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not processes:
            return


def answers(path: Path) -> bool:
    """Whether something accepts connections on the unix socket `path`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(2)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True
