"""A run in a process of its own, to be killed.

python -m tests.curation.fetching.killed FOLDER IP:PORT [KEY]

Fetches 60 files from three hosts. Each settled key is appended to FOLDER/settled.jsonl, synced, before
settle returns; KEY is the one whose settling never ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from pathlib import Path

from curation.fetching import Outcome, Result, Target, fetch_all, forget, recover
from tests.curation.fetching.work import ListWork, quick


class LoggedWork(ListWork):
    log: Path
    hangs = -1

    async def settle(self, result: Result) -> None:
        if result.key == self.hangs:
            await asyncio.sleep(3_600)
        write(self.log, result)


def write(log: Path, result: Result) -> None:
    if result.outcome is not Outcome.OK or result.path is None:
        raise SystemExit(f"{result.key}: {result.failure} {result.message}")
    if hashlib.sha256(result.path.read_bytes()).hexdigest() != result.sha256:
        raise SystemExit(f"{result.key}: another content than its SHA-256 says")
    with log.open("a") as file:
        file.write(json.dumps({"key": result.key, "sha256": result.sha256}) + "\n")
        file.flush()
        os.fsync(file.fileno())


def main(folder: Path, address: str, hangs: int) -> None:
    log = folder / "settled.jsonl"
    log.touch()
    settings = quick(folder, address)
    settled = {json.loads(line)["key"] for line in log.read_text().splitlines()}
    for result in recover(settings.folder):
        if result.key not in settled:
            write(log, result)
            settled.add(result.key)
        forget(settings.folder, result)
    targets = [Target(n, f"http://h{n % 3}.test/{n}.jpg") for n in range(60)]
    work = LoggedWork([target for target in targets if target.key not in settled])
    work.log, work.hangs = log, hangs
    asyncio.run(fetch_all(work, settings))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else -1)
