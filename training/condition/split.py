"""Which sheets train, which validate and which test: by sheet, so that no tile of a test sheet is trained on.

Sheets of one specimen stay together. Per label the sheets are laid out by look-alike, source and age, in a
drawn order within each, and dealt to the splits in turn as their shares demand; so every stretch of that row,
and with it every source and age band, has nearly the shares of the whole.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from training.condition.sheets import SPLITS, Sheet, SheetSet
from training.data.errors import DataError

RATIO = (70, 20, 10)
SEED = 89
BAND = 25  # years of an age band


def split_sheets(
    records: Iterable[Sheet], ratio: Sequence[float] = RATIO, seed: int = SEED
) -> dict[str, str]:
    """The split of each sheet by its id; the same for the same sheets in any order.

    ratio: of train, validate and test. Of each label a split has its share to within one sheet and the size
    of the largest group. Raises ValueError for shares that are none.
    """
    shares = _shares(ratio)
    groups: defaultdict[str, list[Sheet]] = defaultdict(list)
    for sheet in sorted(records, key=lambda one: one.id):
        # Two kinds of names, lest a group be called as another sheet.
        groups[f"group:{sheet.group}" if sheet.group else f"sheet:{sheet.id}"].append(sheet)
    row = sorted(groups.items(), key=lambda one: _place(one[1][0], one[0], seed))
    split_of: dict[str, str] = {}
    seen: Counter[str] = Counter()
    given: Counter[tuple[str, str]] = Counter()
    for _, sheets in row:
        labels = Counter(one.label for one in sheets)
        seen.update(labels)
        split = _neediest(labels, seen, given, shares)
        for label, n in labels.items():
            given[label, split] += n
        split_of.update({one.id: split for one in sheets})
    return split_of


def with_splits(found: SheetSet, ratio: Sequence[float] = RATIO, seed: int = SEED) -> SheetSet:
    """The set with a split for every sheet: its own where it brings them, else drawn ones."""
    if all(one.split for one in found.sheets):
        return found
    split_of = split_sheets(found.sheets, ratio, seed)
    return replace(found, sheets=tuple(replace(one, split=split_of[one.id]) for one in found.sheets))


def check_splits(found: SheetSet, splits: Sequence[str] = SPLITS) -> None:
    """DataError unless every class has a sheet in each of the splits."""
    there = {(one.split, one.label) for one in found.sheets}
    for split in splits:
        for label in found.classes:
            if (split, label) not in there:
                raise DataError(
                    f"{found.root}: each of {', '.join(splits)} must have sheets of every class, "
                    f"{split} has none of {label!r}; bring more sheets of it"
                )


def age_band(year: int | None) -> str:
    """The first year of its band; "" where the year is not known."""
    return "" if year is None else str(year // BAND * BAND)


def _shares(ratio: Sequence[float]) -> dict[str, float]:
    if len(ratio) != len(SPLITS) or not all(one >= 0 for one in ratio) or not sum(ratio) > 0:
        raise ValueError(f"ratio must be three numbers of at least 0 with a sum above 0, got {list(ratio)!r}")
    return {split: one / sum(ratio) for split, one in zip(SPLITS, ratio, strict=True)}


def _place(first: Sheet, name: str, seed: int) -> tuple[str, ...]:
    drawn = hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()
    return first.label, first.look_alike, first.source, age_band(first.year), drawn


def _neediest(
    labels: Counter[str], seen: Counter[str], given: Counter[tuple[str, str]], shares: dict[str, float]
) -> str:
    """The split that is farthest behind with these labels; of equals the one with the smallest share, which
    would else wait longest."""

    def behind(split: str) -> tuple[float, float]:
        lack = sum(n * (shares[split] * seen[label] - given[label, split]) for label, n in labels.items())
        return round(lack, 9), -shares[split]

    return max((split for split in SPLITS if shares[split] > 0), key=behind)
