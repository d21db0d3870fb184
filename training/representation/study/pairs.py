"""Which genera are to be told apart where nobody says: one pair that is similar, one that is not.

As in the published study, whose pairs share their first genus: similar is another genus of its family,
distinct one of another order (another family, where no orders are known).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from training.representation.records import Record


def chosen_pairs(records: Iterable[Record]) -> list[dict[str, str]]:
    """Of the pictures of the test sets; those with the most pictures, of equals the first by name.

    None where no family has two genera, and no distinct pair where all are of one family.
    """
    counts: Counter[str] = Counter()
    taxa: dict[str, tuple[str, str]] = {}
    for one in records:
        if one.genus and one.family:
            counts[one.genus] += 1
            taxa.setdefault(one.genus, (one.family, one.order))
    names = sorted(counts, key=lambda name: (-counts[name], name))
    similar = [
        (first, second)
        for place, first in enumerate(names)
        for second in names[place + 1 :]
        if taxa[first][0] == taxa[second][0]
    ]
    if not similar:
        return []
    first, second = min(similar, key=lambda pair: (-counts[pair[1]], -counts[pair[0]], pair))
    found = [{"first": first, "second": second, "kind": "similar"}]
    family, order = taxa[first]
    others = [name for name in names if order and taxa[name][1] not in ("", order)]
    others = others or [name for name in names if taxa[name][0] != family]
    if others:
        found.append({"first": first, "second": others[0], "kind": "distinct"})
    return found
