"""The ledger of looks: nothing is lost, nothing is counted twice, and no damage stops it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from training.looks import Looks, counted, ledger, look, looks_at

RELEASE = "a" * 64


@pytest.fixture(autouse=True)
def _var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VASCULUM_VAR", str(tmp_path))


def seen(weights: str = "w1", split: str = "test", release: str = RELEASE) -> Looks | None:
    return look(release, split, model=f"m-{weights}", weights=weights, name="net", purpose="paper")


def test_every_look_counts_and_models_are_told_apart() -> None:
    assert seen("w1") == Looks("test", 1, 1)
    assert seen("w2") == Looks("test", 2, 2)
    assert str(seen("w1")) == "look 3 of this test split; 2 different models"
    assert looks_at(RELEASE, "test") == Looks("test", 3, 2)
    assert looks_at("b" * 64, "test") == Looks("test", 0, 0)


def test_what_is_written_down() -> None:
    seen()
    entry = json.loads(ledger(RELEASE).read_text())
    assert entry.pop("time").endswith("+00:00")
    assert entry == {"split": "test", "model": "m-w1", "weights": "w1", "name": "net", "purpose": "paper"}


def test_splits_for_choosing_are_not_counted() -> None:
    assert seen(split="validate") is None
    assert not ledger(RELEASE).exists()
    assert [split for split in ("train", "test", "validate", "survey") if counted(split)] == [
        "test",
        "survey",
    ]


def test_splits_and_releases_are_counted_by_themselves() -> None:
    seen(split="survey")
    seen(release="b" * 64)
    assert seen() == Looks("test", 1, 1)


def test_many_at_once() -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = [one.looks for one in pool.map(lambda k: seen(f"w{k % 3}"), range(40)) if one]
    assert sorted(numbers) == list(range(1, 41))
    assert looks_at(RELEASE, "test") == Looks("test", 40, 3)


def test_a_line_cut_off_stays_a_look() -> None:
    seen()
    path = ledger(RELEASE)
    path.write_bytes(path.read_bytes() + b'{"split": "te')
    assert seen() == Looks("test", 3, 2)
    assert len(path.read_bytes().splitlines()) == 3


@pytest.mark.parametrize("bad", ["../../etc/passwd", "", "A" * 64, "a" * 63])
def test_a_manifest_is_no_path(bad: str) -> None:
    with pytest.raises(ValueError, match="must be 64 hexadecimal digits"):
        ledger(bad)
