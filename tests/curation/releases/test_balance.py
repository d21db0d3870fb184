"""The order in which pictures are taken, and sizes in proportion."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.errors import Refused
from curation.services.balance import Picture, Sizes, proportioned, selection_order
from tests.curation.releases.conftest import sha256_for


def pictures(supply: dict[str, int]) -> list[Picture]:
    found = []
    for source, n in supply.items():
        for number in range(n):
            sha256 = sha256_for(f"{source} {number}")
            found.append(Picture(sha256, 0, source, sha256))
    return found


def taken(supply: dict[str, int], wanted: int, seed: int = 1) -> Counter[str]:
    order = selection_order(pictures(supply), "even-sources", seed)
    return Counter(picture.source for picture in order[:wanted])


def test_even_sources_fills_like_water() -> None:
    # 3 and 5 are exhausted below the level; the other two share what is left: (20 - 8) / 2.
    assert taken({"A": 3, "B": 100, "C": 5, "D": 40}, 20) == {"A": 3, "B": 6, "C": 5, "D": 6}


def test_the_published_table_shows_the_same_filling() -> None:
    # Animal specimens: every source with more than the level gives 857 or 858.
    published = {"YPM": 840, "MCZ": 848, "ASU": 807, "SDNHM": 505, "UMMZ": 676, "NHMD": 417, "TTU": 388}
    published |= {"UHIM": 91, "YU": 1} | {
        name: 2_000 for name in ["AK", "CAS", "FMNH", "KY", "MZH", "NHMO", "NMR", "TU", "UA"]
    }
    found = taken(published, 12_288)
    level = {n for source, n in found.items() if published[source] == 2_000}
    assert level == {857, 858}
    assert all(found[source] == n for source, n in published.items() if n < 857)


# How fast examples are drawn says something of the machine, not of the code.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    supply=st.dictionaries(st.text("ABCDEFG", min_size=1, max_size=3), st.integers(0, 30), min_size=1),
    wanted=st.integers(0, 100),
    seed=st.integers(0, 1000),
)
def test_quotas(supply: dict[str, int], wanted: int, seed: int) -> None:
    found = taken(supply, wanted, seed)
    assert all(n <= supply[source] for source, n in found.items())
    assert found.total() == min(wanted, sum(supply.values()))
    not_exhausted = [found[source] for source, n in supply.items() if found[source] < n]
    if not_exhausted:
        assert max(found.values(), default=0) - min(not_exhausted) <= 1


@pytest.mark.parametrize("balance", ["random", "even-sources"])
def test_the_order_depends_on_seed_and_content_alone(balance: str) -> None:
    some = pictures({"A": 20, "B": 20})
    order = selection_order(some, balance, 3)
    assert selection_order(reversed(some), balance, 3) == order
    assert selection_order(some, balance, 4) != order
    assert sorted(order) == sorted(some)


def test_random_is_uniform_over_pictures_and_not_over_sources() -> None:
    found = Counter(
        picture.source
        for seed in range(40)
        for picture in selection_order(pictures({"A": 90, "B": 10}), "random", seed)[:20]
    )
    # 800 draws at 10 %: 80 expected, standard deviation about 8.
    assert 48 < found["B"] < 112


@pytest.mark.parametrize(
    ("per_class", "target", "expected"),
    [
        (12_288, (10_240, 1_024, 1_024), (10_240, 1_024, 1_024)),
        (20, (10_240, 1_024, 1_024), (16, 2, 2)),
        (10, (10_240, 1_024, 1_024), (8, 1, 1)),
        (3, (10_240, 1_024, 1_024), (1, 1, 1)),
        (10, (6, 2, 2), (6, 2, 2)),
        (5, (6, 2, 2), (3, 1, 1)),
        (7, (1, 0, 0), (7, 0, 0)),
        (7, (0, 1, 1), (0, 3, 4)),
        (9, (2, 0, 1), (6, 0, 3)),
    ],
)
def test_proportions(per_class: int, target: tuple[int, int, int], expected: tuple[int, int, int]) -> None:
    assert proportioned(per_class, Sizes(*target)) == Sizes(*expected)


@given(per_class=st.integers(3, 10_000), target=st.tuples(*[st.integers(1, 10_000)] * 3))
def test_proportions_are_exact_and_leave_no_split_empty(per_class: int, target: tuple[int, int, int]) -> None:
    try:
        sizes = proportioned(per_class, Sizes(*target))
    except Refused:
        return  # nothing would be left for training
    assert sizes.total == per_class
    assert min(sizes) >= 1


def test_too_few_for_one_in_each_split() -> None:
    with pytest.raises(Refused, match="too few for 6:2:2"):
        proportioned(2, Sizes(6, 2, 2))


def test_an_unknown_balance_is_refused() -> None:
    with pytest.raises(Refused, match="'fair'"):
        selection_order(pictures({"A": 1}), "fair", 1)
