"""A few cases of every target of `make fuzz`, and proof that it notices what it is there to notice."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.fuzz import parsers, running
from tests.fuzz.__main__ import tell
from tests.fuzz.running import Result, Target, attack
from tests.fuzz.site import PAGES, Site

CASES = 12  # a target and weight: 1,000 in all


@pytest.mark.parametrize("target", parsers.targets(), ids=lambda one: one.name)
def test_a_parser(target: Target) -> None:
    found = attack(target, CASES * target.weight)
    assert found.problem == ""
    assert found.cases >= CASES


@pytest.mark.django_db
def test_the_site(settings: Any) -> None:
    settings.API_SESSION_RATE = 0
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    site = Site()
    for page in PAGES:  # they are there: what is asked of them is not all 404
        assert site.clients["admin"].get(page.format("plain")).status_code == 200, page
    for target in site.targets():
        found = attack(target, CASES * target.weight)
        assert found.problem == "", target.name


def test_what_breaks_is_told_with_its_input() -> None:
    def fragile(case: int) -> None:
        assert case < 100, "too large for it"

    found = attack(Target("fragile", st.integers(0, 1000), fragile), 200)
    assert "too large for it" in found.problem and "input: 100" in found.problem  # shrunk to the least


def test_what_ends_too_late_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CASE_SECONDS", 0.05)
    found = attack(Target("slow", st.just(1), lambda _: time.sleep(0.1)), 3)
    assert found.problem.startswith("Hangs: it ended after 0.") and "input: 1" in found.problem


HANGS = """
import time
from hypothesis import strategies as st
from tests.fuzz import running
from tests.fuzz.__main__ import ended

def stubborn(case):
    while case == 7:
        try:
            time.sleep(30)
        except BaseException:
            continue

running.CASE_SECONDS = 0.5
watch = running.Watch(lambda words: ended(words, [running.Result("before", cases=3)]))
print(running.attack(running.Target("quick", st.just(1), stubborn), 3, watch=watch).problem or "fine")
running.attack(running.Target("slow", st.just(7), stubborn), 3, watch=watch)
"""


def test_what_hangs_ends_the_run_with_its_input_and_place() -> None:
    """In a process of its own, which it ends."""
    command = [sys.executable, "-c", HANGS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2])
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("fine") and "before                       3" in done.stdout
    assert "BROKEN: slow (input: 7): it did not end within 0.5 s" in done.stdout
    assert "in stubborn" in done.stdout


def test_what_grows_too_large_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def hungry(megabytes: int) -> None:
        bytearray(b"x") * (megabytes * 2**20)

    room = int(running.peak() - running._SELF.memory_info().rss / 2**20)  # it was larger before
    monkeypatch.setattr(running, "CASE_MIB", room + 40)
    found = attack(Target("hungry", st.just(room + 200), hungry), 1)
    assert f"and {room + 40} are allowed (input: {room + 200})" in found.problem
    assert attack(Target("modest", st.just(1), hungry), 1).problem == ""


def test_the_same_cases_whatever_else_is_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hypothesis reads constants from the source of modules that are not installed, when they are loaded."""
    later = tmp_path / "later.py"
    later.write_text(f"NUMBERS = {list(range(900_000, 900_100))}")
    seen: list[list[int]] = []
    target = Target("numbers", st.integers(), lambda case: seen[-1].append(case))
    for _ in range(2):
        seen.append([])
        attack(target, 300)
        module = ModuleType("later")
        module.__file__ = str(later)
        monkeypatch.setitem(sys.modules, "later", module)
    assert seen[0] == seen[1] and len(set(seen[0])) > 100
    seen.append([])
    attack(target, 300, number=90)
    assert seen[2] != seen[0]


def test_the_table_tells_shares_and_what_was_not_reached(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell([Result("one", cases=30), Result("two", cases=10)]) == 0
    assert "one                         30   75.0%" in capsys.readouterr().out
    assert tell([Result("one", cases=30), Result("two")]) == 1
    assert "not reached: two" in capsys.readouterr().out
    assert tell([Result("one", cases=30, problem="it broke")]) == 1


def test_what_is_half_written_is_noticed() -> None:
    leaves = parsers.in_file("a.txt", lambda path: path.with_suffix(".part").touch())
    assert "left behind" in attack(Target("leaves", st.binary(max_size=3), leaves), 5).problem
