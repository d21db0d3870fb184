"""Commands in README and docs, found and given to the parsers of the programs that they are for."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from django.core.management import CommandError, get_commands, load_command_class

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "benchmarks" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
_FENCE = re.compile(
    r"(?P<notes>(?:^<!-- test adds to .*-->\n)*)^```\w*\n(?P<block>.*?)^```", re.MULTILINE | re.DOTALL
)
_NOTE = re.compile(r"<!-- test adds to (.+?): (.*?) *-->")
_SPAN = re.compile(r"`([^`\n]+)`")
_START = re.compile(
    r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\S*python3? (?P<manage>manage\.py)|(?P<bare>manage\.py)"
    r"|\S*python3? -m (?P<module>training|inference|benchmarks|tests\.fuzz)(?P<part>\.\w+)?"
    r"|(?P<make>make))(?= |$)"
)
_PLACEHOLDER = re.compile(r"[A-Z][A-Z_]*|<[^>]+>")


Key = tuple[str, str, frozenset[str]]  # program, verb, options


@dataclass(frozen=True)
class Command:
    """page: where it stands. text: as written. whole: of a block, so it must be complete.

    adds: what a comment before its block, `<!-- test adds to BEGINNING: … -->`, puts in to make it small.
    """

    page: str
    text: str
    whole: bool
    adds: str = ""

    @property
    def program(self) -> str:
        """manage, make, training, inference, benchmarks.queue, tests.fuzz …"""
        match = _START.match(self.text)
        assert match is not None
        if match["manage"] or match["bare"]:
            return "manage"
        return "make" if match["make"] else f"{match['module']}{match['part'] or ''}"

    @property
    def words(self) -> list[str]:
        """What is typed behind the program."""
        match = _START.match(self.text)
        assert match is not None
        return words_of(self.text[match.end() :])

    @property
    def verb(self) -> str:
        words = self.words
        return words[0] if words and re.fullmatch(r"[a-z][a-z_-]*", words[0]) else ""

    @property
    def options(self) -> frozenset[str]:
        return frozenset(word.split("=")[0] for word in self.words if word.startswith("--"))

    @property
    def key(self) -> Key:
        """The same for commands that do the same with other values."""
        return self.program, self.verb, self.options


def commands() -> Iterator[Command]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        name = page.relative_to(ROOT).as_posix()
        for fence in _FENCE.finditer(text):
            notes = _NOTE.findall(fence["notes"])
            for line in fence["block"].replace("\\\n", " ").splitlines():
                for part in line.strip().split(" && "):
                    if _START.match(part):
                        typed = " ".join(Command(name, part, True).words)
                        adds = " ".join(more for begins, more in notes if typed.startswith(begins))
                        yield Command(name, part, True, adds)
        for span in _SPAN.findall(_FENCE.sub("", text)):
            if _START.match(span):
                yield Command(name, span, False)


def words_of(text: str) -> list[str]:
    """What a person types: without what stands behind it for the reader, options in brackets put in, the
    first of several alternatives, and numbers for placeholders that stand for them."""
    text = re.split(r"\s{3,}|\s#\s", text)[0].strip()
    text = text.replace("[", " ").replace("]", " ").replace("…", " ").replace("...", " ").replace("; ", " ")
    try:
        found = shlex.split(text)
    except ValueError:
        found = text.split()
    if "|" in found:
        found = found[: found.index("|")]
    if ">" in found:
        found = found[: found.index(">")]
    return [word.split("|")[0] if not word.startswith(("'", '"')) else word for word in found]


def problem_with(command: Command) -> str:
    """Why it cannot be typed as it stands; "" where it can."""
    match = _START.match(command.text)
    assert match is not None
    words = words_of(command.text[match.end() :])
    if match["make"]:
        return _make(words)
    try:
        if match["manage"] or match["bare"]:
            return _manage(words, command.whole)
        return _module(match["module"], (match["part"] or "")[1:], words, command.whole)
    except CommandError as error:
        return str(error)


def _make(words: list[str]) -> str:
    makefile = (ROOT / "Makefile").read_text()
    for word in words:
        if re.fullmatch(r"[a-z][a-z-]*", word) and not re.search(rf"^{word}:", makefile, re.MULTILINE):
            return f"make has no target {word}"
        if (set_ := re.fullmatch(r"([A-Z_]+)=.*", word)) and set_[1] not in makefile:
            return f"the Makefile knows no {set_[1]}"
    return ""


def _manage(words: list[str], whole: bool) -> str:
    if not words or not re.fullmatch(r"[a-z_]+", words[0]):
        return ""
    known = get_commands()
    if words[0] not in known:
        return f"manage.py has no command {words[0]}"
    app = known[words[0]]
    command = load_command_class(app, words[0]) if isinstance(app, str) else app
    return _parsed(command.create_parser("manage.py", words[0]), words[1:], whole)


def _module(module: str, part: str, words: list[str], whole: bool) -> str:
    if module in ("benchmarks", "tests.fuzz"):
        return _script(f"{module}.{part}" if part else f"{module}.__main__", words)
    if not words or not re.fullmatch(r"[a-z][a-z_-]*", words[0]):
        return ""
    verbs = importlib.import_module(f"{module}.commands").COMMANDS
    if words[0] not in verbs:
        return f"python -m {module} has no verb {words[0]}"
    name = verbs[words[0]] if isinstance(verbs, dict) else words[0]
    parser = argparse.ArgumentParser(prog=f"python -m {module} {words[0]}")
    importlib.import_module(f"{module}.commands.{name}").add_arguments(parser)
    return _parsed(parser, words[1:], whole)


def _parsed(parser: argparse.ArgumentParser, words: list[str], whole: bool) -> str:
    """Options by name everywhere; a command of a block as a whole, with 1 for a placeholder of a number."""
    known = {option for action in parser._actions for option in action.option_strings}
    for word in words:
        if word.startswith("--") and word.split("=")[0] not in known:
            return f"no option {word}"
    if not whole:
        return ""
    fitting = {"N": "1", "NUMBER": "1"}
    options = {option: action for action in parser._actions for option in action.option_strings}
    typed = []
    for before, word in zip(["", *words], words, strict=False):
        action = options.get(before)
        if action is not None and _PLACEHOLDER.fullmatch(word):
            if action.choices:
                word = str(next(iter(action.choices)))
            elif action.type is not None and action.type is not str:
                word = "1"
        typed.append(fitting.get(word, word))
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            parser.parse_args(typed)
    except SystemExit as end:
        return said.getvalue().strip().splitlines()[-1] if end.code else ""  # --help ends well
    return ""


class _Parsed(Exception):
    """The arguments are good; the program is not to begin."""


def _script(name: str, words: list[str]) -> str:
    module = importlib.import_module(name)
    real, said = argparse.ArgumentParser.parse_args, io.StringIO()

    def stop(parser: argparse.ArgumentParser) -> None:
        real(parser)
        raise _Parsed

    with (
        mock.patch.object(argparse.ArgumentParser, "parse_args", stop),
        mock.patch.object(sys, "argv", [name, *words]),
        contextlib.redirect_stderr(said),
    ):
        try:
            module.main()
        except _Parsed:
            return ""
        except SystemExit:
            return said.getvalue().strip().splitlines()[-1]
    return f"{name} reads no arguments"
