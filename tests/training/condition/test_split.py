"""Splits by sheet: whole specimens, the shares asked for, in every source and age."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.condition.sheets import SPLITS, Sheet, SheetSet
from training.condition.split import age_band, check_splits, split_sheets, with_splits
from training.data.errors import DataError

RECORDS = st.lists(
    st.builds(
        lambda label, source, year, group: Sheet("", "", label, "", source, year, group),
        st.sampled_from(["clean", "contaminated", "mould"]),
        st.sampled_from(["", "NY", "US"]),
        st.none() | st.integers(1800, 1999),
        st.sampled_from(["", "", "", "g1", "g2", "g3"]),
    ),
    max_size=80,
).map(lambda found: [Sheet(f"s{n:03d}", "x.jpg", one.label, "", one.source, one.year, one.group)
                     for n, one in enumerate(found)])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(records=RECORDS, seed=st.integers(0, 5), turned=st.randoms())
def test_any_sheets(records: list[Sheet], seed: int, turned: object) -> None:
    split = split_sheets(records, seed=seed)
    assert split.keys() == {one.id for one in records} and set(split.values()) <= set(SPLITS)
    for group in {one.group for one in records} - {""}:
        assert len({split[one.id] for one in records if one.group == group}) == 1, "a specimen is torn apart"
    shuffled = list(records)
    turned.shuffle(shuffled)  # type: ignore[attr-defined]
    assert split_sheets(shuffled, seed=seed) == split
    largest = max(Counter(one.group or one.id for one in records).values(), default=1)
    for label in {one.label for one in records}:
        own = [split[one.id] for one in records if one.label == label]
        for name, share in zip(SPLITS, (0.7, 0.2, 0.1), strict=True):
            assert abs(own.count(name) - share * len(own)) <= 2 + 2 * largest


def test_the_shares_hold_in_each_source_and_age() -> None:
    records = [
        Sheet(f"{label}{source}{year}{n}", "x.jpg", label, "", source, year)
        for label in ("clean", "contaminated")
        for source in ("NY", "US", "K")
        for year in (1850, 1950)
        for n in range(20)
    ]
    split = split_sheets(records)
    for part in {(one.label, one.source, one.year) for one in records}:
        counts = Counter(split[one.id] for one in records if (one.label, one.source, one.year) == part)
        assert (
            abs(counts["train"] - 14) <= 1 and abs(counts["validate"] - 4) <= 1 and 1 <= counts["test"] <= 3
        )
    assert Counter(split.values()) == {"train": 168, "validate": 48, "test": 24}
    assert split_sheets(records, seed=1) != split


def test_other_shares() -> None:
    records = [Sheet(f"s{n}", "x.jpg", "clean") for n in range(10)]
    assert set(split_sheets(records, (1, 0, 1)).values()) == {"train", "test"}
    for wrong in ((1, 2), (0, 0, 0), (1, -1, 1), (1, float("nan"), 1)):
        with pytest.raises(ValueError, match="ratio must be three numbers"):
            split_sheets(records, wrong)


def test_splits_that_are_there_are_kept() -> None:
    own = SheetSet(Path("x"), (Sheet("a", "a", "clean", "test"),), ("clean",))
    assert with_splits(own) is own
    bare = SheetSet(Path("x"), tuple(Sheet(f"s{n}", "a", "clean") for n in range(10)), ("clean", "mould"))
    assert Counter(one.split for one in with_splits(bare).sheets) == {"train": 7, "validate": 2, "test": 1}
    with pytest.raises(DataError, match="train has none of 'mould'"):
        check_splits(with_splits(bare))


def test_age_bands() -> None:
    assert [age_band(year) for year in (None, 1850, 1874, 1875)] == ["", "1850", "1850", "1875"]
