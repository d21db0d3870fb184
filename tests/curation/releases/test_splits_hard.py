"""Sets that can be split, because they were made from splits, and that are mostly or wholly groups."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from curation.services.balance import Picture, Sizes
from tests.curation.releases.test_splits import check, made, picture

CLASSES = 3


def solvable(seed: int, sizes: Sizes, singles: float) -> list[Picture]:
    """Every split filled exactly by groups of two to four, one in five over several classes; a part alone."""
    draw = random.Random(seed)
    groups: list[list[int]] = []  # the classes of the pictures of each
    for size in sizes:
        alone = round(size * singles)
        left = dict.fromkeys(range(CLASSES), size - alone)
        groups += [[category] for category in left for _ in range(alone)]
        while any(left.values()):
            open_ones = [category for category, n in left.items() if n]
            if draw.random() < 0.8:
                open_ones = [draw.choice(open_ones)]
            group: list[int] = []
            for category in draw.choices(open_ones, k=draw.choice((2, 3, 4))):
                if left[category]:
                    left[category] -= 1
                    group.append(category)
            groups.append(group)
    return [
        picture(f"{seed} {at} {n}", category, f"g{at}")
        for at, group in enumerate(groups)
        for n, category in enumerate(group)
    ]


@pytest.mark.parametrize("balance", ["random", "even-sources"])
@pytest.mark.parametrize(("sizes", "singles"), [((20, 2, 2), 0.0), ((60, 6, 6), 0.1), ((14, 4, 2), 0.5)])
def test_every_place_is_filled_where_that_is_possible(
    balance: str, sizes: tuple[int, int, int], singles: float
) -> None:
    shares = Counter[bool]()
    for seed in range(40):
        pool = solvable(seed, Sizes(*sizes), singles)
        shares.update(n > 1 for n in Counter(each.group for each in pool).values())
        found = made(pool, Sizes(*sizes), classes=CLASSES, balance=balance, seed=seed)
        check(found, pool, CLASSES)
        assert found.missing == {}, seed
    assert shares[True] > 100
