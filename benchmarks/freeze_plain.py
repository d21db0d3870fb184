"""The plain way to split with groups: scikit-learn, on the pictures and groups of the same database.

python -m benchmarks.freeze_plain --per-class N --way StratifiedGroupKFold|GroupShuffleSplit

--per-class pictures of each class are chosen at random, then split 10:1:1 by scikit-learn. Reading is not
timed. Prints one JSON document: seconds, and the largest difference between a count of a class and what was
wanted.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from benchmarks.summary import number

WAYS = ("StratifiedGroupKFold", "GroupShuffleSplit")
FOLDS = 12  # 10:1:1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.freeze_plain", description=__doc__)
    parser.add_argument("--per-class", type=number, default=12_288)
    parser.add_argument("--way", choices=WAYS, default=WAYS[0])
    arguments = parser.parse_args()
    import django

    django.setup()
    from django.db import transaction

    from curation.models import Project
    from curation.services.pool import read_pool
    from curation.services.release_scope import Scope

    with transaction.atomic():
        pool = read_pool(Project.objects.get(), Scope())
    begun = time.perf_counter()
    off = split([(p.category, p.group) for p in pool.pictures], arguments.per_class, arguments.way)
    print(json.dumps({"seconds": round(time.perf_counter() - begun, 1), **off}))
    return 0


def split(pictures: list[tuple[int, str]], per_class: int, way: str) -> dict[str, Any]:
    """How far the counts are off, in pictures, for the worst class: of all, of test and of validate."""
    import numpy as np
    from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold

    labels = np.array([category for category, _ in pictures])
    _, groups = np.unique([group for _, group in pictures], return_inverse=True)
    draw = np.random.default_rng(1)
    chosen = np.concatenate(
        [
            draw.choice(np.flatnonzero(labels == label), per_class, replace=False)
            for label in np.unique(labels)
        ]
    )
    labels, groups = labels[chosen], groups[chosen]
    if way == "StratifiedGroupKFold":
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=1).split(labels, labels, groups)
        (_, test), (_, validate) = next(folds), next(folds)
    else:
        rest, test = next(
            GroupShuffleSplit(1, test_size=1 / FOLDS, random_state=1).split(labels, groups=groups)
        )
        again = GroupShuffleSplit(1, test_size=1 / (FOLDS - 1), random_state=1)
        _, inner = next(again.split(rest, groups=groups[rest]))
        validate = rest[inner]
    wanted = per_class / FOLDS
    off = {
        name: float(np.abs(np.bincount(labels[part], minlength=labels.max() + 1) - wanted).max())
        for name, part in (("test", test), ("validate", validate))
    }
    return {"pictures": len(chosen), "most_off": {name: round(n, 1) for name, n in off.items()}}


if __name__ == "__main__":
    sys.exit(main())
