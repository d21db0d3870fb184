"""Runs what a person would type, one after the other in one process: Django and TensorFlow start once.

Reads a JSON object a line: `words` (manage.py …, or -m module …) or `python` (a text), and `input`. Each goes
through the entry point that the shell would reach, in the current folder. Answers a line: status and output.
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """The pipes are kept aside: what is run finds files in the place of 0, 1 and 2."""
    asked = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    sys.path.insert(0, str(ROOT))
    space: dict[str, Any] = {"__name__": "docs"}  # a block of Python may go on with what the last one made
    for line in asked:
        print(json.dumps(run(json.loads(line), space)), file=answers, flush=True)


def run(one: dict[str, Any], space: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as given:
        given.write(one.get("input", "").encode())
        given.seek(0)
        with standing_in(given, out):
            status = call(one, space)
        out.seek(0)
        return {"status": status, "output": out.read().decode(errors="replace")}


@contextlib.contextmanager
def standing_in(given: BinaryIO, out: BinaryIO) -> Iterator[None]:
    """These files as 0, 1 and 2, for what is written past Python, too."""
    kept = [os.dup(number) for number in (0, 1, 2)]
    try:
        for number, file in ((0, given), (1, out), (2, out)):
            os.dup2(file.fileno(), number)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, before in enumerate(kept):
            os.dup2(before, number)
            os.close(before)


def call(one: dict[str, Any], space: dict[str, Any]) -> int:
    try:
        if "python" in one:
            exec(compile(one["python"], "docs", "exec"), space)
            return 0
        words = one["words"]
        if words[0] == "-m":
            sys.argv = words[1:]
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = words
            runpy.run_path(str(ROOT / words[0]), run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
            return 1
        return int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main()
