"""The benchmarks run, compare what they should, and print what can be parsed. No time is asserted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from benchmarks.predict import Incomparable, compare
from benchmarks.renditions_compare import compare as compare_renditions
from benchmarks.review_site import chromium_program
from benchmarks.summary import as_text, summarise
from benchmarks.timing import ROOT, Program, ProgramFailed, Run, run, run_in_turn
from tests.worker import wait_for


def call(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def script(code: str, name: str = "script") -> Program:
    return Program(name, [sys.executable, "-c", code])


def check_programs(summary: dict[str, Any], names: tuple[str, str], rounds: int) -> None:
    assert summary["rounds"] == rounds
    for name in names:
        one = summary[name]
        assert 0 < one["seconds"]["min"] <= one["seconds"]["median"] <= one["seconds"]["max"]
        assert one["pictures_per_second"] > 0
        assert one["cpu_seconds"]["min"] > 0
        assert one["peak_mib"] > 5
    assert 0 < summary["ratio"]["min"] <= summary["ratio"]["median"] <= summary["ratio"]["max"]


def test_predict_prints_a_summary_of_both_programs() -> None:
    done = call("benchmarks.predict", "--pictures", 18, "--rounds", 1, "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    check_programs(summary, ("vasculum", "keras"), rounds=1)
    assert summary["pictures"] == 18
    assert summary["same_class"] == 18
    # The same network on the same pixels; the tables have six decimals.
    assert summary["largest_difference"] <= 1e-5


def test_predict_names_an_argument_that_is_wrong(tmp_path: Path) -> None:
    for words in (["--images", tmp_path / "none"], ["--model", tmp_path / "none"], ["--pictures", 0]):
        done = call("benchmarks.predict", *words)
        assert done.returncode == 2
        assert str(words[0]) in done.stderr


def test_ingest_prints_a_summary_of_both_programs(tmp_path: Path) -> None:
    images = tmp_path / "images"
    drawn = call("benchmarks.prepare", "pictures", images, "--count", 3, "--short-side", 240, "--drawn", 2)
    assert drawn.returncode == 0, drawn.stderr
    assert (images / "000000.jpg").read_bytes() == (images / "000002.jpg").read_bytes()
    assert (images / "000000.jpg").read_bytes() != (images / "000001.jpg").read_bytes()
    done = call("benchmarks.ingest", "--images", images, "--rounds", 2, "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    check_programs(summary, ("vasculum", "pillow"), rounds=2)
    assert summary["pictures"] == 3
    assert summary["mean_difference"].keys() == {"review", "dataset", "thumb"}
    assert max(summary["mean_difference"].values()) < 4


def test_renditions_speed_takes_large_pictures_only_and_says_what_it_reached(tmp_path: Path) -> None:
    images = tmp_path / "images"
    for name, side in (("large", 700), ("small", 100)):
        drawn = (
            "benchmarks.prepare",
            "pictures",
            images / name,
            "--count",
            1,
            "--short-side",
            side,
            "--drawn",
            1,
        )
        assert call(*drawn).returncode == 0
        (images / name / "000000.jpg").rename(images / f"{name}.jpg")
    words = (
        "benchmarks.renditions_speed",
        "--images",
        images,
        "--megapixels",
        0.3,
        "--times",
        2,
        "--rounds",
        1,
    )
    done = call(*words, "--threads", 2, "--least", 0.01, "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    check_programs(summary, ("vasculum", "loop"), rounds=1)
    assert (summary["files"], summary["pictures"]) == (1, 2)
    assert max(summary["mean_difference"].values()) < 4
    done = call(*words, "--least", 10_000)
    assert done.returncode == 1
    assert "at least 10000 times: NOT reached" in done.stdout
    done = call("benchmarks.renditions_speed", "--images", images, "--megapixels", 9)
    assert done.returncode == 1
    assert "none of the 2 pictures" in done.stderr and "more than 9 megapixels" in done.stderr


def test_ingest_says_which_program_failed(tmp_path: Path) -> None:
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    done = call("benchmarks.ingest", "--images", tmp_path, "--rounds", 1)
    assert done.returncode == 1
    assert "vasculum" in done.stderr and "cut.jpg" in done.stderr


def test_programs_run_in_turn(tmp_path: Path) -> None:
    log = tmp_path / "log"
    programs = [script(f"open({str(log)!r}, 'a').write({name!r})", name) for name in ("a", "b")]
    runs = run_in_turn(programs, 3)
    assert log.read_text() == "ababab"
    assert [len(one) for one in runs.values()] == [3, 3]


def test_peak_memory_and_cpu_time_are_those_of_the_child() -> None:
    # A child's peak begins at that of its parent, and this process is a large one.
    measuring = (
        "from benchmarks.timing import Program, run\nimport sys\n"
        "for code in ('pass', \"x = b'x' * (100 << 20)\"):\n"
        "    print(run(Program('one', [sys.executable, '-c', code])).peak_mib)"
    )
    small, large = map(float, run(script(measuring)).output.split())
    assert small < 60
    assert 90 < large - small < 110
    busy = run(script("import time\nwhile time.process_time() < 0.3: pass"))
    asleep = run(script("import time; time.sleep(0.3)"))
    assert busy.cpu_seconds >= 0.3 > asleep.cpu_seconds
    assert asleep.seconds >= 0.3


def test_a_failing_program_is_named_with_what_it_said() -> None:
    with pytest.raises(ProgramFailed, match=r"(?s)broken.*status 3.*no such sheet"):
        run(script("import sys; print('no such sheet', file=sys.stderr); sys.exit(3)", "broken"))


def test_a_program_that_hangs_is_ended() -> None:
    with pytest.raises(ProgramFailed, match="stuck: .* did not end within 0.5 seconds"):
        run(script("import time; time.sleep(60)", "stuck"), limit=0.5)


def test_the_ratio_is_taken_pair_by_pair() -> None:
    ours = [Run(seconds, 1, 10, "") for seconds in (1.0, 2.0, 4.0)]
    plain = [Run(seconds, 1, 90, "") for seconds in (5.0, 4.0, 12.0)]
    summary = summarise({"ours": ours, "plain": plain}, pictures=100)
    assert summary["ratio"] == {"min": 2.0, "median": 3.0, "max": 5.0}
    assert summary["ours"]["seconds"] == {"min": 1.0, "median": 2.0, "max": 4.0}
    assert (summary["ours"]["pictures_per_second"], summary["plain"]["pictures_per_second"]) == (50.0, 20.0)
    assert (summary["ours"]["peak_mib"], summary["plain"]["peak_mib"]) == (10, 90)
    text = as_text("predict", summary, ("ours", "plain"))
    assert text.splitlines()[0].startswith("predict: 100 pictures, rounds in turn: 3")
    assert text.splitlines()[2].split() == ["ours", "2.0", "(1.0-4.0)", "50.0", "1.0", "10"]
    assert text.splitlines()[-1] == "ours is 3.0 times as fast as plain (2.0-5.0)"


def test_tables_are_compared_file_by_file(tmp_path: Path) -> None:
    ours, plain = tmp_path / "ours.tsv", tmp_path / "plain.tsv"
    head = "model\tfile\tprediction\tconfidence\tx\ty\n"
    ours.write_text(f"{head}m\ta\tx\t0.7\t0.7\t0.3\nm\tb\ty\t0.51\t0.49\t0.51\n", encoding="utf-8")
    plain.write_text("file\tprediction\tx\ty\nb\tx\t0.51\t0.49\na\tx\t0.7\t0.3\n", encoding="utf-8")
    assert compare(ours, plain) == {"pictures": 2, "same_class": 1, "largest_difference": 0.02}
    plain.write_text("file\tprediction\tx\ty\na\tx\t0.7\t0.3\n", encoding="utf-8")
    with pytest.raises(Incomparable, match="vasculum predicted 2, keras 1, 1 are common"):
        compare(ours, plain)


def test_renditions_are_compared_by_pixel(tmp_path: Path) -> None:
    for folder, grey, size in (("a", 10, (8, 8)), ("b", 13, (8, 9)), ("c", 10, (8, 12))):
        (tmp_path / folder).mkdir()
        Image.new("RGB", size, (grey,) * 3).save(tmp_path / folder / "000000.review", "PNG")
    assert compare_renditions(tmp_path / "a", tmp_path / "b") == {"review": 3.0}
    with pytest.raises(ValueError, match=r"\(8, 8\) pixels .* \(8, 12\)"):
        compare_renditions(tmp_path / "a", tmp_path / "c")


def test_dedupe_prints_what_was_grouped_and_both_programs_find_the_same() -> None:
    done = call("benchmarks.dedupe", "--hashes", 1500, "--new", 200, "--small", 800, "--rounds", 1, "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    check_programs(summary["small"], ("vasculum", "plain"), rounds=1)
    assert summary["small"]["pairs"] > 100
    assert summary["whole"]["pictures"] == 1500 > summary["whole"]["groups"] > 500
    assert summary["new"]["seconds"]["median"] > 0
    done = call("benchmarks.dedupe", "--hashes", 10, "--new", 10)
    assert done.returncode == 2 and "--new" in done.stderr


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder for temporary files short enough for the sockets of browsers."""
    with tempfile.TemporaryDirectory(prefix="vb-") as folder:
        yield Path(folder)


@pytest.mark.browser
def test_queue_measures_ours_and_the_plain_way() -> None:
    words = ["--rows", 300, "--curators", 2, "--seconds", 2, "--pause", 0.4, "--orders", "double", "plain"]
    done = call("benchmarks.queue", *words, "--most", 10_000, "--json")
    assert done.returncode == 0, done.stderr
    orders = json.loads(done.stdout)["orders"]
    assert set(orders) == {"double", "plain"}
    for row in orders.values():
        assert row["batches"] > 2
        for part in ("call", "database"):
            assert 0 < row[part]["p50_ms"] <= row[part]["p95_ms"] <= row[part]["p99_ms"]
        assert row["database"]["p50_ms"] < row["call"]["p50_ms"]
    assert call("benchmarks.queue", *words[:-1], "--most", 0.001).returncode == 1


def test_review_speed_measures_both_ways_and_leaves_nothing_behind(short_path: Path) -> None:
    if not Path(chromium_program()).exists():
        if os.environ.get("CI"):
            pytest.fail(f"no browser at {chromium_program()}; set VASCULUM_CHROMIUM")
        pytest.skip(f"no browser at {chromium_program()}; set VASCULUM_CHROMIUM")
    own = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    words = ["--rows", "300", "--pictures", "12", "--short-side", "300", "--pause", "0"]

    def measure(*more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "benchmarks.review_speed", *words, *more]
        pipe = subprocess.PIPE
        environment = own | {"TMPDIR": str(short_path)}
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)

    done = measure("--most", "0.01", "--json")
    out, err = done.communicate(timeout=200)
    assert done.returncode == 1 and out, err  # nobody is that quick
    found = json.loads(out)
    for way in ("vasculum", "one by one"):
        row = found["ways"][way]
        assert row["pictures"] == 12 and 0 < row["p50_ms"] <= row["p95_ms"] <= row["max_ms"]
    assert found["ratio"] > 0 and found["reached"] is False
    stopped = measure()
    wait_for(lambda: any(short_path.glob("benchmark-*/var/pg/postmaster.pid")), 60)
    stopped.send_signal(signal.SIGINT)
    stopped.communicate(timeout=60)
    assert stopped.returncode != 0
    assert not list(short_path.glob("benchmark-*"))
    marks = [
        str(short_path) in " ".join(process.info["cmdline"] or [])
        for process in psutil.process_iter(["cmdline"])
    ]
    assert not any(marks)
