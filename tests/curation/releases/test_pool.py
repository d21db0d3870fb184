"""Held-out sources, whatever the groups are: nobody is lost, and no group stands in two splits."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from curation.services.balance import Sizes
from curation.services.pool import Pool
from curation.services.splits import plan
from tests.curation.releases.test_splits import picture


@given(
    given_pool=st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 12), st.sampled_from("ABTS")), max_size=50
    ),
    balance=st.sampled_from(["random", "even-sources"]),
    held=st.sampled_from([{"T": "test"}, {"S": "survey"}, {"T": "test", "S": "survey"}]),
    seed=st.integers(0, 50),
)
def test_groups_and_held_out_sources(
    given_pool: list[tuple[int, int, str]], balance: str, held: dict[str, str], seed: int
) -> None:
    everything = [picture(f"{n}", c, f"g{group}", source) for n, (c, group, source) in enumerate(given_pool)]
    pool = Pool({0: "a", 1: "b"}, pictures=list(everything))
    pool.hold_out(held)
    assert pool.candidates == len(everything)
    sizes = Sizes(3, 0 if "T" in held else 1, 1)
    made = plan(pool.pictures, range(2), sizes, balance=balance, seed=seed)
    members = pool.members(made)
    splits = defaultdict(set)
    for each, split in members:
        splits[each.group].add(split)
        # A held-out source is in its split alone, and its split, if nothing else goes there, is of it alone.
        if each.source in held or split in {"survey", held.get("T")}:
            assert held.get(each.source) == split
    assert all(len(each) == 1 for each in splits.values())
    left = list(pool.left_out(made))
    assert sorted([each.sha256 for each, _ in members] + [row.sha256 for row in left]) == sorted(
        each.sha256 for each in everything
    )
    # Only those of a survey whose group touches the test are ever missing from their split.
    tested = {each.group for each in everything if held.get(each.source) == "test"}
    there = {each.sha256 for each, _ in members}
    for each in everything:
        if each.source in held:
            assert (each.sha256 in there) == (held[each.source] == "test" or each.group not in tested)
    for row in left:
        if row.reason == "held-out":
            assert row.detail in held.values()
