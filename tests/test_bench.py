"""`make bench`: every benchmark is in it and can be called as it says; a failing one is a row; words stay."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import pytest

from benchmarks.bench import measured
from benchmarks.bench_table import BEGIN, END, put_between_marks
from benchmarks.suite import BENCHMARKS, PARTS, Benchmark
from benchmarks.timing import ROOT

MODULES = {
    path.stem
    for path in (ROOT / "benchmarks").glob("*.py")
    if 'if __name__ == "__main__"' in path.read_text() and path.stem != "__main__"
}


def test_every_benchmark_is_in_the_suite_and_in_the_list() -> None:
    names = {one.name for one in BENCHMARKS}
    assert names == MODULES - PARTS
    listed = (ROOT / "benchmarks/README.md").read_text()
    assert [name for name in names if f"python -m benchmarks.{name} " not in listed] == []


@pytest.mark.parametrize("one", BENCHMARKS, ids=lambda one: one.name)
def test_arguments_are_those_of_the_benchmark(one: Benchmark, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own parser takes them: what would be measured is told to stop there."""
    module = importlib.import_module(f"benchmarks.{one.name}")
    for words in (one.small, one.full):
        monkeypatch.setattr(sys, "argv", [one.name, *words.split(), "--json"])
        real = module.argparse.ArgumentParser.parse_args

        def stop(parser: object, real: object = real) -> None:
            real(parser)  # type: ignore[operator]
            raise InterruptedError

        with (
            mock.patch.object(module.argparse.ArgumentParser, "parse_args", stop),
            pytest.raises(InterruptedError),
        ):
            module.main()


def test_what_each_printed_gives_its_ratios() -> None:
    ratios = {one.name: one.ratios for one in BENCHMARKS}
    orders = {"entropy": {"database": {"p95_ms": 20}}, "plain": {"database": {"p95_ms": 1200}}}
    assert ratios["queue"]({"orders": orders}) == {"database, p95, slowest order": 60}
    assert ratios["predict"]({"ratio": {"min": 1, "median": 3.2, "max": 4}}) == {"speed": 3.2}
    runs = [{"rows_per_second": rate} for rate in (100, 500, 400)]
    assert ratios["import_records"]({"runs": runs}) == {"rows a second": 4}
    files = {
        "votes.tsv": {"vasculum": {"seconds": 2}, "plain": {"seconds": 9}},
        "votes.csv": {"vasculum": {}},
    }
    assert ratios["labels"]({"files": files}) == {"votes.tsv": 4.5}
    found = {"regression_seconds": 2, "cleanlab_seconds": 1, "plain_seconds": 9}
    assert ratios["mislabels"](found) == {"speed": 3}


def fake(name: str, code: str, folder: Path) -> Benchmark:
    (folder / f"{name}.py").write_text(code)
    return Benchmark(name, "nothing", "", lambda found: {"speed": found["ratio"]})


def test_what_fails_is_a_row_and_the_words_around_the_table_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scripts in the place of benchmarks: one well, one that breaks, one that hangs with a child."""
    real = subprocess.Popen

    def script(command: list[str], **options: object) -> object:
        return real([sys.executable, str(tmp_path / f"{command[2].partition('.')[2]}.py")], **options)  # type: ignore[call-overload]

    monkeypatch.setattr("benchmarks.bench.subprocess.Popen", script)
    monkeypatch.setattr("benchmarks.bench.GRACE_SECONDS", 0.5)
    child = tmp_path / "child"
    hangs = (
        "import signal, subprocess, sys, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        'code = \'import sys, time\\nwhile True: open(sys.argv[1], "w").write(str(time.time())); '
        "time.sleep(.05)'\n"
        f"subprocess.Popen([sys.executable, '-c', code, {str(child)!r}])\ntime.sleep(60)"
    )
    fakes = [
        fake("well", "print('{\"ratio\": 2.5}')", tmp_path),
        fake("breaks", "import sys; sys.exit('no such sheet | here')", tmp_path),
        fake("slower", "import sys; print('{\"ratio\": 0.5}'); sys.exit(1)", tmp_path),
        fake("hangs", hangs, tmp_path),
    ]
    rows = [measured(one, "small", 2, tmp_path / "keep") for one in fakes]
    assert [row.done for row in rows] == [True, False, False, False]
    assert json.loads((tmp_path / "keep/small/well.json").read_text()) == {"ratio": 2.5}
    assert rows[2].ratios == {"speed": 0.5} and "not reached" in rows[2].problem
    assert "did not end within 2 seconds" in rows[3].problem
    written = child.read_text()
    time.sleep(0.3)
    assert child.read_text() == written  # its child has ended, too
    page = tmp_path / "page.md"
    page.write_text(f"# Words\n{BEGIN}\nold\n{END}\nmore words\n")
    put_between_marks(page, rows)
    put_between_marks(page, rows)
    said = page.read_text()
    assert said.startswith(f"# Words\n{BEGIN}\nOn ") and said.endswith(f"{END}\nmore words\n")
    assert "old" not in said and said.count("| well | small | nothing | speed 2.50 |") == 1
    assert re.search(r"\| \d+\.\d on \d+ CPUs \| 20\d\d-\d\d-\d\d \|", said)
    assert "failed with status 1: no such sheet \\| here" in said
    assert "| breaks | small | nothing | **failed**: failed with status 1" in said
    assert "Failed: breaks, slower, hangs." in said
    # One that is run again takes its own row's place, at its scale, and leaves the others.
    (tmp_path / "breaks.py").write_text("print('{\"ratio\": 3}')")
    put_between_marks(page, [measured(fakes[1], "small", 60, tmp_path / "keep")])
    put_between_marks(page, [measured(fakes[0], "full", 60, tmp_path / "keep")])
    said = page.read_text()
    assert said.count("| breaks |") == 1 and "| breaks | small | nothing | speed 3.00 |" in said
    assert said.index("| well | full |") < said.index("| well | small |") and "Failed: slower, hangs." in said
    page.write_text("no marks")
    with pytest.raises(ValueError, match="measured: begin"):
        put_between_marks(page, [])
