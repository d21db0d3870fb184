"""A folder with a database of its own, in which commands of the docs are typed as they are written."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.docs.commands import ROOT, Command, Key, commands

LINKED = ("training", "inference", "curation", "benchmarks", "manage.py", "Makefile")  # named in commands


class Sandbox:
    """work: the current folder. done: keys of the commands that were run."""

    def __init__(self, work: Path, environment: dict[str, str]) -> None:
        self.work, self.done = work, set[Key]()
        self.environment = environment | {"HOME": str(work / "home"), "COLUMNS": "200"}
        for name in LINKED:
            (work / name).symlink_to(ROOT / name)
        (work / "home").mkdir()
        self.written = list(commands())
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("driver.py"))],
            cwd=work, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def type(self, page: str, begins: str, put: dict[str, Any] | None = None) -> str:
        """Run the command of a page that begins so behind its program; its output.

        put: what stands in the place of a word, or of the word behind an option.
        """
        command = self._written(page, begins)
        words, given = self._filled(command, put or {}), ""
        if "<" in words:
            given = (self.work / words.pop()).read_text()
            words.remove("<")
        done = self._ask({"words": words, "input": given})
        self.done.add(command.key)
        assert done["status"] == 0, f"{page}: {command.text} {command.adds}\n{done['output']}"
        return str(done["output"])

    def manage(self, words: str) -> str:
        """What the docs take as given, at a size that suits a test."""
        done = self._ask({"words": ["manage.py", *shlex.split(words)]})
        self.done.add(Command("", f"manage.py {words}", True).key)
        assert done["status"] == 0, f"{words}\n{done['output']}"
        return str(done["output"])

    def python(self, text: str) -> str:
        done = self._ask({"python": text})
        assert done["status"] == 0, f"{text}\n{done['output']}"
        return str(done["output"])

    def _ask(self, one: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(one), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, f"the process ended over {one}"
        found: dict[str, Any] = json.loads(answer)
        return found

    def _written(self, page: str, begins: str) -> Command:
        found = [one for one in self.written if one.page == page and " ".join(one.words).startswith(begins)]
        assert found, f"{page} has no command that begins with {begins}"
        return min(found, key=lambda one: " ".join(one.words) != begins)  # the whole of it, else the first

    def _filled(self, command: Command, put: dict[str, Any]) -> list[str]:
        program = ["manage.py"] if command.program == "manage" else ["-m", command.program]
        words, before = [], ""
        for word in command.words:
            option = before if before.startswith("--") and before in put else word
            word, before = word if word.startswith("--") else str(put.get(option, word)), word
            words.append(word.replace("~", str(self.work / "home"), 1) if word.startswith("~") else word)
        return [*program, *words, *shlex.split(command.adds)]
