"""The benchmark of freezing: what it fills a database with, its baseline, and what it prints."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.freeze import as_text
from benchmarks.freeze_plain import WAYS, split
from benchmarks.freeze_rows import rows


def test_the_pictures_are_as_promised() -> None:
    made = rows(3_000, 120, 17)
    decided = made[:3_000]
    assert len({row.sha256 for row in made}) == len(made) == 3_000 + 60 + 30
    supply = Counter(row.label for row in decided)
    assert supply[0] == 120 and len(supply) == 17 and min(supply.values()) >= 120
    near = Counter(row.group for row in decided)
    assert max(near.values()) <= 4
    share = sum(n for n in near.values() if n > 1) / 3_000
    assert 0.08 < share < 0.2  # a tenth, and most of the first class
    first = [row for row in decided if row.label == 0]
    specimens = Counter(row.occurrence or row.sha256 for row in first)
    together = sum(near[row.group] > 1 or specimens[row.occurrence or row.sha256] > 1 for row in first)
    assert together > 0.7 * len(first)
    for row in decided:
        if row.parent >= 0:
            parent = made[row.parent]
            assert (row.source, row.licence) == (parent.source, parent.licence) and parent.parent < 0
    assert Counter(row.label for row in made[3_000:])[-1] == 60
    assert rows(3_000, 120, 17) == made
    with pytest.raises(ValueError, match="too few"):
        rows(2_000, 120, 17)


@pytest.mark.parametrize("way", WAYS)
def test_the_baseline_says_how_far_its_counts_are_off(way: str) -> None:
    # Pairs only: each fold wants 5 of a class, which no pairs are.
    pictures = [(category, f"{category} {n // 2}") for category in range(2) for n in range(60)]
    found = split(pictures, 60, way)
    assert found["pictures"] == 120
    assert all(off >= 1 for off in found["most_off"].values())


def test_what_is_printed() -> None:
    one = {
        "order": 1,
        "balance": "random",
        "seconds": 31.25,
        "cpu_seconds": 13.0,
        "database_cpu_seconds": 7.0,
        "peak_mib": 275,
        "load": 1.5,
        "exact": True,
        "left_out": {"surplus": 3},
    }
    found = {
        "rows": 300_000,
        "per_class": 12_288,
        "cpus": 2,
        "runs": [one, one | {"order": 2, "exact": False}],
        "plain": {"GroupShuffleSplit": {"seconds": 3.7, "most_off": {"test": 68.0, "validate": 70.0}}},
        "same_manifests": False,
        "reached": False,
    }
    lines = as_text(found).splitlines()
    assert lines[2].split()[:7] == ["random,", "order", "1", "31.2", "13.0", "7.0", "275"]
    assert "exact, left out" in lines[2] and "NOT exact" in lines[3]
    assert "test 68, validate 70" in lines[4]
    assert lines[5].startswith("manifests of both orders are NOT the same") and lines[5].endswith("NO")
