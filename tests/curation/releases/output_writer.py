"""A program that writes three units into an export folder, slowly: for tests that kill it.

python -m tests.curation.releases.output_writer FOLDER PLAN PAUSE
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import django

UNITS = ("a.bin", "folder/b", "c.bin")
PICTURES = 30


def write(out: Path, plan: str, pause: float = 0.0, size: int = 100, log: list[str] | None = None) -> None:
    """a.bin and c.bin are files, folder/b is a folder of files. log: gets the names of units written."""
    from curation.services.exports.output import output
    from curation.services.progress import NullProgress

    with output(out, {"plan": plan}) as place:
        for name in UNITS:
            unit = partial(_unit, name, plan, pause, size, [] if log is None else log)
            assert place.make(name, unit, NullProgress()) == PICTURES
        lines = "".join("\t".join(line) + "\n" for line in place.lines())
        (place.folder / "labels.tsv").write_text(lines)


def _unit(name: str, plan: str, pause: float, size: int, log: list[str], path: Path) -> Iterator[list[str]]:
    log.append(name)
    sys.stdout.write(f"{name}\n")
    sys.stdout.flush()
    if name == "folder/b":
        path.mkdir()
    for number in range(PICTURES):
        sha256 = hashlib.sha256(f"{plan} {name} {number}".encode()).hexdigest()
        content = sha256.encode() * (size // 64 + 1)
        if name == "folder/b":
            (path / f"{number}.bin").write_bytes(content)
        else:
            with path.open("ab") as file:
                file.write(content)
        yield [sha256, name, str(number)]
        time.sleep(pause)


if __name__ == "__main__":
    django.setup()
    write(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
