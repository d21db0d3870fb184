"""Which picture of the pool goes into which split: exact counts per class, and no group in two splits.

1. Of each class the first N of its selection order are chosen (balance.py).
2. Groups with more than one chosen picture are placed first, the largest first, each in one split for all the
   classes it touches: at random, weighted by the room left, among the splits that hold it whole. Where none
   does, it goes where most of it fits, and what does not fit is left out.
3. Pictures that are alone in their group fill every split to its exact size, in random order.
4. Places that 2 left empty are filled from the rest of the selection order, by pictures whose group stands
   nowhere yet or in that split.

What then is empty is missing: the class has too few pictures, or too many of them in groups. Where it has
enough by number, all of it is tried again with other chances, from the third time on with all pictures in
place of the chosen ones; a small pool more often than a large one. This is bin packing, so a way may exist
that is not found: of 800 random sets that could be split (three classes, nothing but groups of two to four
pictures, one in five over several classes) none was taken for a shortage; with eight tries 63 were.

A picture that is left over although later ones of its order were taken was passed over for its group.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from curation.services.balance import SPLITS, Picture, Sizes, draw, selection_order

ATTEMPTS = 8, 100  # at least, at most
PLACED_AT_MOST = 2_000_000  # pictures in all attempts, beyond the least number of them


@dataclass(frozen=True)
class Plan:
    """splits: SHA-256 -> split. missing: category -> places that stayed empty (only where there are any).

    passed: SHA-256 of those passed over for their group -> the split where it stands, empty for none.
    """

    sizes: Sizes
    splits: dict[str, str]
    missing: dict[int, int]
    passed: dict[str, str] = field(default_factory=dict)


def plan(
    pool: Iterable[Picture], categories: Sequence[int], sizes: Sizes, *, balance: str, seed: int
) -> Plan:
    """Choose and split `sizes.total` pictures of each category."""
    return plan_in_order(orders_of(pool, categories, balance, seed), sizes, seed)


def orders_of(
    pool: Iterable[Picture], categories: Sequence[int], balance: str, seed: int
) -> dict[int, list[Picture]]:
    """category -> its pictures in the order in which they are taken."""
    by_class: dict[int, list[Picture]] = {category: [] for category in categories}
    for picture in pool:
        by_class[picture.category].append(picture)
    return {category: selection_order(pictures, balance, seed) for category, pictures in by_class.items()}


def plan_in_order(orders: dict[int, list[Picture]], sizes: Sizes, seed: int) -> Plan:
    """The same, from orders that were made before."""
    best = _Packing(orders, sizes, seed).packed()
    short = {category for category, order in orders.items() if len(order) < sizes.total}
    least, most = ATTEMPTS
    pictures = sum(map(len, orders.values())) or 1
    for attempt in range(1, min(max(PLACED_AT_MOST // pictures, least), most)):
        if best.missing.keys() <= short:
            break
        found = _Packing(orders, sizes, seed, attempt).packed()
        best = min(best, found, key=lambda each: sum(each.missing.values()))
    return replace(best, passed=_passed_over(orders, best.splits))


def _passed_over(orders: dict[int, list[Picture]], splits: dict[str, str]) -> dict[str, str]:
    groups = Counter(picture.group for order in orders.values() for picture in order)
    place = {
        picture.group: splits[picture.sha256]
        for order in orders.values()
        for picture in order
        if groups[picture.group] > 1 and picture.sha256 in splits
    }
    passed: dict[str, str] = {}
    for order in orders.values():
        last = max((at for at, picture in enumerate(order) if picture.sha256 in splits), default=0)
        for picture in order[:last]:
            if groups[picture.group] > 1 and picture.sha256 not in splits:
                passed[picture.sha256] = place.get(picture.group, "")
    return passed


@dataclass
class _Packing:
    orders: dict[int, list[Picture]]
    sizes: Sizes
    seed: int
    attempt: int = 0
    room: dict[int, list[int]] = field(init=False)
    place: dict[str, int] = field(default_factory=dict)  # group -> index of its split
    splits: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.room = {category: list(self.sizes) for category in self.orders}

    def packed(self) -> Plan:
        # The first two tries choose first and split then; the others split whatever there is.
        wanted = self.sizes.total if self.attempt < 2 else None
        groups: dict[str, list[Picture]] = defaultdict(list)
        for order in self.orders.values():
            for picture in order[:wanted]:
                groups[picture.group].append(picture)
        large = [group for group, chosen in groups.items() if len(chosen) > 1]
        # Length ties are broken by chance; `large` itself is in no order worth keeping.
        for group in sorted(
            large, key=lambda g: (-len(groups[g]), draw(self.seed, f"group {self.attempt}", g))
        ):
            self._place_group(group, groups[group])
        for category, order in self.orders.items():
            singles = [picture for picture in order[:wanted] if len(groups[picture.group]) == 1]
            self._place_singles(category, singles)
        for category, order in self.orders.items():
            self._fill(category, order)
        missing = {category: sum(left) for category, left in self.room.items() if any(left)}
        return Plan(self.sizes, self.splits, missing)

    def _put(self, picture: Picture, split: int) -> None:
        self.room[picture.category][split] -= 1
        self.place[picture.group] = split
        self.splits[picture.sha256] = SPLITS[split]

    def _place_group(self, group: str, chosen: list[Picture]) -> None:
        needed: dict[int, int] = defaultdict(int)
        for picture in chosen:
            needed[picture.category] += 1
        weights = [
            sum(self.room[c][split] for c in needed)
            if all(n <= self.room[c][split] for c, n in needed.items())
            else 0
            for split in range(len(SPLITS))
        ]
        if any(weights):
            split = self._one_of(weights, group)
        else:
            fitting = [sum(min(n, self.room[c][s]) for c, n in needed.items()) for s in range(len(SPLITS))]
            split = fitting.index(max(fitting))
        for picture in chosen:
            if self.room[picture.category][split]:
                self._put(picture, split)

    def _one_of(self, weights: list[int], group: str) -> int:
        if self.attempt == 1:
            return weights.index(max(weights))
        at = int.from_bytes(draw(self.seed, f"split of group {self.attempt}", group)) % sum(weights)
        for split, weight in enumerate(weights):
            if at < weight:
                return split
            at -= weight
        raise AssertionError(weights)

    def _place_singles(self, category: int, singles: list[Picture]) -> None:
        waiting = sorted(singles, key=lambda picture: draw(self.seed, "split", picture.sha256))
        for split in range(len(SPLITS)):
            here = waiting[: self.room[category][split]]
            waiting = waiting[len(here) :]
            for picture in here:
                self._put(picture, split)

    def _fill(self, category: int, order: list[Picture]) -> None:
        room = self.room[category]
        for picture in order:
            if not any(room):
                return
            if picture.sha256 in self.splits:
                continue
            split = self.place.get(picture.group)
            if split is None:
                split = room.index(max(room))
            if room[split]:
                self._put(picture, split)
